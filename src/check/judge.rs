//! Judges one answer against its contract and the expectation of a step.

use serde_json::Value;

use super::finding::{Finding, Unmet};
use crate::capability::Capability;
use crate::expr::{Bindings, EvalCause, Template};
use crate::model::{Answer, AnswerShape, clip};
use crate::suite::{Check, Expect};

/// The most characters of a value that a message shows.
const SHOWN: usize = 200;

/// The most characters of a sentence that a suite makes of what a provider said.
const LONGEST_SENTENCE: usize = 2_000;

/// Judges an answer.
///
/// `bindings` hold `input` and `output` beside everything that the step may read; `sending` says what was sent,
/// `counts` whether a predicate says something of the provider: others are left out.
///
/// # Errors
///
/// The first thing that is wrong: the output schema, then that `ok` and `error` agree, then the expectation.
pub fn judge(
    tool: &Capability,
    expect: &Expect,
    sending: Option<&str>,
    answer: &Answer,
    bindings: &Bindings,
    counts: &mut dyn FnMut(&Check) -> bool,
) -> Result<(), Unmet> {
    schema(tool, expect, answer)?;
    if !tool.reading().is_native() {
        agreement(tool, expect, &answer.output)?;
    }
    outcome(tool, expect, sending, answer, bindings)?;
    let mut judged = expect.that.iter().filter(|that| counts(that));
    judged.try_for_each(|that| check(that, bindings))
}

/// The code for an input that breaks its schema, in contracts that have one (provider contract, "How an answer is judged", 7).
const INVALID_INPUT: &str = "invalid_input";

/// Returns true if any honest refusal is right: the expectation names no code.
fn takes_any_refusal(expect: &Expect) -> bool {
    expect.ok == Some(false) && expect.errors.is_empty()
}

/// Returns true if a contract has codes, and none for an input that breaks its schema. Where any refusal is right, a code of another
/// contract is as honest as one of its own (provider contract, "Where a contract has no error code for a case").
fn lacks_a_code(tool: &Capability) -> bool {
    let codes = tool.error_codes();
    !codes.is_empty() && !codes.iter().any(|code| *code == INVALID_INPUT)
}

/// Every answer keeps the published output schema; but for the list of codes where the contract has none for the case. The refusals of
/// native answers have no schema: it is that of the results.
fn schema(tool: &Capability, expect: &Expect, answer: &Answer) -> Result<(), Finding> {
    if tool.reading().is_native() && !answer.is_success() {
        return Ok(());
    }
    let mut violations = tool.output.violations(&answer.output);
    if !answer.is_success() && takes_any_refusal(expect) && lacks_a_code(tool) {
        violations.retain(|violation| violation.pointer != "/error" || violation.keyword != "enum");
    }
    let Some(first) = violations.first() else {
        return Ok(());
    };
    let more = match violations.len() {
        1 => String::new(),
        count => format!(" (and {} more)", count.saturating_sub(1)),
    };
    let place = if first.path.is_empty() {
        String::new()
    } else {
        format!("`{}`: ", first.path)
    };
    Err(Finding::new(format!(
        "{} answered against its output schema: {place}{}{more}",
        tool.tool(),
        first.message
    ))
    .rule("output-schema"))
}

/// `ok` and `error` never contradict (provider contract, "Level").
fn agreement(tool: &Capability, expect: &Expect, output: &Value) -> Result<(), Finding> {
    // Not every contract has a code for an input that breaks its schema, so a test that takes any refusal takes one without.
    let any_refusal = takes_any_refusal(expect);
    let error = output.get("error").filter(|error| !error.is_null());
    match (output.get("ok").and_then(Value::as_bool), error) {
        (Some(true), Some(error)) => Err(Finding::new(format!(
            "{} answered `ok: true` together with error {}",
            tool.tool(),
            clip(&error.to_string(), SHOWN)
        ))
        .rule("output-schema")
        .sides("no error beside `ok: true`", clip(&error.to_string(), SHOWN))),
        (Some(false), None) if !any_refusal => Err(Finding::new(format!(
            "{} refused without an error code",
            tool.tool()
        ))
        .rule("output-schema")
        .sides("an error code beside `ok: false`", "no `error`")),
        (Some(false), Some(Value::String(code))) if code.is_empty() => Err(Finding::new(format!(
            "{} refused with an empty error code",
            tool.tool()
        ))
        .rule("output-schema")
        .sides("an error code beside `ok: false`", "\"\"")),
        _ => Ok(()),
    }
}

/// Checks that the call succeeded or failed as it should have.
fn outcome(
    tool: &Capability,
    expect: &Expect,
    sending: Option<&str>,
    answer: &Answer,
    bindings: &Bindings,
) -> Result<(), Finding> {
    let Some(wanted) = expect.ok else { return Ok(()) };
    let ok = answer.is_success();
    let code = answer.code().unwrap_or_default();
    let right_code = expect.errors.is_empty() || expect.errors.iter().any(|known| known == code);
    if ok == wanted && (ok || right_code) {
        return Ok(());
    }
    let codes = expect
        .errors
        .iter()
        .map(|code| format!("`{code}`"))
        .collect::<Vec<_>>()
        .join(" or ");
    let (expected, actual) = match tool.reading().shape() {
        AnswerShape::Envelope => envelope_sides(wanted, &expect.errors, answer),
        AnswerShape::Native => native_sides(wanted, &expect.errors, answer),
    };
    let why = refused_with(tool, answer);
    let what = sending.map(|sending| format!(" {sending}")).unwrap_or_default();
    let made = match (wanted, ok) {
        (true, _) => format!("{} refused{what} {why}, expected a success", tool.tool()),
        (false, true) if codes.is_empty() => format!("{} accepted{what}, expected a refusal", tool.tool()),
        (false, true) => format!("{} accepted{what}, expected {codes}", tool.tool()),
        (false, false) => {
            format!("{} refused{what} {why}, expected {codes}", tool.tool())
        }
    };
    let message = expect
        .otherwise
        .as_ref()
        .map_or(made, |otherwise| sentence(otherwise, bindings));
    Err(Finding {
        rule: expect.rule.clone(),
        ..Finding::new(message)
    }
    .sides(expected, actual))
}

/// What was expected of an answer with `ok`, and what it was.
fn envelope_sides(wanted: bool, errors: &[String], answer: &Answer) -> (String, String) {
    let expected = match (wanted, errors) {
        (true, _) => "ok: true".to_owned(),
        (false, []) => "ok: false with an error code".to_owned(),
        (false, errors) => format!("ok: false, error: {}", errors.join(" or ")),
    };
    let actual = match answer.is_success() {
        true => "ok: true".to_owned(),
        false => format!(
            "ok: false, error: {}",
            clip(answer.code().unwrap_or_default(), SHOWN)
        ),
    };
    (expected, actual)
}

/// The same of a native answer.
fn native_sides(wanted: bool, errors: &[String], answer: &Answer) -> (String, String) {
    let expected = match (wanted, errors) {
        (true, _) => "a success".to_owned(),
        (false, []) => "a refusal".to_owned(),
        (false, errors) => format!("a refusal, error: {}", errors.join(" or ")),
    };
    let actual = match (answer.is_success(), answer.refusal()) {
        (true, _) => "a success".to_owned(),
        (false, None) => "a refusal without words".to_owned(),
        (false, Some(why)) => format!("a refusal: {}", clip(why, SHOWN)),
    };
    (expected, actual)
}

/// With what a call was refused, for a sentence.
fn refused_with(tool: &Capability, answer: &Answer) -> String {
    match (answer.code(), answer.refusal()) {
        (None, Some(words)) if tool.reading().is_native() => {
            format!("with the words {:?}", clip(words, SHOWN))
        }
        (None, None) if tool.reading().is_native() => "without words".to_owned(),
        (code, _) => format!("with `{}`", clip(code.unwrap_or_default(), SHOWN)),
    }
}

/// Judges one predicate.
///
/// # Errors
///
/// It does not hold, or has no value. Where that is because something is missing from the answer, or of another type, it is a finding;
/// where the predicate has none whatever the answer says, it is ours.
pub fn check(check: &Check, bindings: &Bindings) -> Result<(), Unmet> {
    if let Some(when) = &check.when
        && when.holds(bindings) == Ok(false)
    {
        return Ok(());
    }
    let error = match check.check.holds(bindings) {
        Ok(true) => return Ok(()),
        Ok(false) => None,
        Err(error) => match error.cause() {
            EvalCause::Values => Some(error.to_string()),
            EvalCause::TooLong => {
                return Err(Unmet::TooLong(format!(
                    "the answer could not be judged by `{}`: {error}",
                    check.check.text()
                )));
            }
            EvalCause::Expression => {
                return Err(Unmet::Bug(format!(
                    "the harness could not evaluate `{}`: {error}",
                    check.check.text()
                )));
            }
        },
    };
    let explanation = check.check.explain(bindings);
    Err(Finding {
        message: sentence(&check.otherwise, bindings),
        rule: check.rule.clone(),
        expected: explanation.expected,
        actual: error.or(explanation.actual),
        check: Some(check.check.text().to_owned()),
        values: explanation.values,
    }
    .into())
}

/// The sentence of a message; where an expression in it has no value, its reason takes the place.
fn sentence(template: &Template, bindings: &Bindings) -> String {
    let sentence = match template.render(bindings) {
        Ok(Value::String(text)) => text,
        Ok(other) => other.to_string(),
        Err(error) => format!("a check does not hold, and its message cannot be made: {error}"),
    };
    clip(&sentence, LONGEST_SENTENCE)
}
