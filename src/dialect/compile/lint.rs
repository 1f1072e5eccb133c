//! Checks that the keys of a dialect agree with each other, and that it claims nothing that the provider did not say.

use std::collections::HashSet;
use std::sync::Arc;

use super::context::{Compiler, Scope};
use crate::capability::Capability;
use crate::diagnostic::{Problem, Spot, near_miss};
use crate::dialect::raw::{RawCall, RawGap, RawRule, RawStep};
use crate::dialect::step::{Kind, Meaning, Rule, Statuses, Step, StepRequest};
use crate::dialect::types::Protocol;
use crate::expr::Expression;

/// Each gap covers something that no other gap of the call covers.
pub(super) fn idle_gaps(
    compiler: &Compiler<'_>,
    call: &Spot<String>,
    gaps: &[RawGap],
) -> Result<(), Problem> {
    let is_whole = |gap: &RawGap| gap.when.is_none() && gap.fields.is_empty() && gap.tests.is_empty();
    if gaps.len() > 1 && gaps.iter().any(is_whole) {
        let message =
            "a gap without `when`, `fields` and `tests` is the whole call, so the other gaps cover nothing";
        return Err(compiler.at(call, message));
    }
    let mut known = HashSet::new();
    let named = gaps.iter().flat_map(|gap| &gap.tests);
    match named.into_iter().find(|test| !known.insert(&test.value)) {
        Some(test) => Err(compiler.at(test, format!("the test `{}` is left out already", test.value))),
        None => Ok(()),
    }
}

/// A step does one thing, by the means that its dialect has.
pub(super) fn one_kind(compiler: &Compiler<'_>, raw: &RawStep) -> Result<(), Problem> {
    let source = compiler.source;
    let node = raw.request.as_ref().or(raw.tool.as_ref());
    let span = node
        .map(|node| node.span(source))
        .or_else(|| raw.id.as_ref().map(|id| id.span(source)))
        .or_else(|| raw.rows.as_ref().map(|rows| rows.list.span(source)))
        .or_else(|| raw.bound.values().next().map(|node| node.key_span(source)));
    let wrong = |message: &str| match &span {
        Some(span) => Problem::at(source, span.clone(), message),
        None => Problem::of(source, message),
    };
    let kinds = [
        raw.request.is_some(),
        raw.tool.is_some(),
        raw.rows.is_some(),
        !raw.bound.is_empty(),
        !raw.first_of.is_empty(),
    ];
    if kinds.iter().filter(|kind| **kind).count() != 1 {
        return Err(wrong(
            "a step has exactly one of `request`, `tool`, `rows`, `let` and `first_of`",
        ));
    }
    let http = !raw.query.is_empty() || !raw.headers.is_empty() || raw.json.is_some() || !raw.form.is_empty();
    match compiler.protocol() {
        Protocol::Http if raw.tool.is_some() => {
            return Err(wrong(
                "a dialect with `transport: http` makes requests, it calls no `tool`",
            ));
        }
        Protocol::Mcp | Protocol::Stdio if raw.request.is_some() => {
            return Err(wrong("a dialect over MCP calls tools, it makes no `request`"));
        }
        _ => {}
    }
    if raw.request.is_none() && http {
        return Err(wrong("`query`, `headers`, `json` and `form` go with `request`"));
    }
    if raw.tool.is_none() && raw.arguments.is_some() {
        return Err(wrong("`arguments` go with `tool`"));
    }
    if raw.json.is_some() && !raw.form.is_empty() {
        return Err(wrong("a request has one body: `json` or `form`"));
    }
    let asks = raw.request.is_some() || raw.tool.is_some();
    let of_asking = raw.for_each.is_some()
        || raw.pages.is_some()
        || raw.undo.is_some()
        || raw.cleanup.is_some()
        || !raw.answers.is_empty();
    if !asks && (of_asking || raw.decides || raw.reads) {
        return Err(wrong(
            "`for_each`, `pages`, `answers`, `undo`, `cleanup`, `reads` and `decides` go with a request or a tool",
        ));
    }
    if raw.for_each.is_some() && raw.pages.is_some() {
        return Err(wrong("a step loops over elements or over pages, not over both"));
    }
    if raw.rows.is_some() && raw.id.is_none() {
        return Err(wrong("`rows` need an `id`, by which later steps read them"));
    }
    if !asks && raw.rows.is_none() && raw.id.is_some() {
        return Err(wrong(
            "only a request, a tool or `rows` have an `id`; `let` names its values itself",
        ));
    }
    let open = raw.first_of.iter().position(|branch| branch.when.is_none());
    if open.is_some_and(|open| open.saturating_add(1) < raw.first_of.len()) {
        return Err(wrong("the branches after one without `when` are never taken"));
    }
    Ok(())
}

/// Marks the step before which calls that race wait for each other.
pub(super) fn decided(
    compiler: &Compiler<'_>,
    raw: &RawCall,
    mut steps: Vec<Step>,
) -> Result<Vec<Step>, Problem> {
    let marked = steps
        .iter()
        .flat_map(Step::asks)
        .filter(|ask| ask.decides)
        .count();
    if marked > 1 {
        return Err(compiler.at(&raw.call, "two steps of a call cannot both say `decides`"));
    }
    let mut writing: Vec<_> = steps
        .iter_mut()
        .filter_map(|step| match &mut step.kind {
            Kind::Ask(ask) if !ask.reads => Some(ask),
            _ => None,
        })
        .collect();
    if marked == 0 && writing.len() > 1 {
        let names: Vec<_> = writing.iter().map(|ask| format!("`{}`", ask.name)).collect();
        return Err(compiler
            .at(&raw.call, format!("the steps {} may all change something", names.join(", ")))
            .hint("`decides: true` on one of them says where callers that race wait for each other; `reads: true` says that a step changes nothing"));
    }
    if marked == 0
        && let Some(ask) = writing.first_mut()
    {
        ask.decides = true;
    }
    Ok(steps)
}

/// A name that nobody reads is a slip.
pub(super) fn unread(compiler: &Compiler<'_>, scope: &Scope<'_>) -> Result<(), Problem> {
    match scope.unread().next() {
        None => Ok(()),
        Some((name, span)) => {
            Err(
                Problem::at(compiler.source, span.clone(), format!("nothing reads `{name}`"))
                    .hint("leave the name away, or read it"),
            )
        }
    }
}

/// The one meaning that a rule states.
pub(super) fn meaning(
    compiler: &Compiler<'_>,
    raw: &RawRule,
    contract: Option<&Arc<Capability>>,
) -> Result<Meaning, Problem> {
    let mut said = Vec::new();
    let words = |spot: &Option<Spot<String>>, make: fn(String) -> Meaning| {
        spot.as_ref()
            .map(|spot| (spot.span(compiler.source), make(spot.value.clone())))
    };
    if let Some(ok) = &raw.ok {
        if !ok.value {
            return Err(compiler.at(
                ok,
                "`ok` is `true` or left out; `error` says what a refusal means",
            ));
        }
        said.push((ok.span(compiler.source), Meaning::Ok));
    }
    if let Some(retry) = &raw.retry {
        if let Some(problem) = retry.respelled(compiler.source) {
            return Err(problem);
        }
        if !(1..=5).contains(&retry.value) {
            return Err(compiler.at(retry, "a request is made again one to five times"));
        }
        said.push((retry.span(compiler.source), Meaning::Retry(retry.value)));
    }
    if let Some(wait) = &raw.wait {
        if !wait.value {
            return Err(compiler.at(wait, "`wait` is `true` or left out"));
        }
        said.push((wait.span(compiler.source), Meaning::Wait));
    }
    said.extend(words(&raw.error, Meaning::Error));
    said.extend(words(&raw.not_asked, Meaning::NotAsked));
    said.extend(words(&raw.fault, Meaning::Fault));
    said.extend(words(&raw.gap, Meaning::Gap));
    const KINDS: &str =
        "a rule has exactly one of `ok`, `error`, `retry`, `wait`, `not_asked`, `fault` and `gap`";
    let mut said = said.into_iter();
    let (span, meaning) = said.next().ok_or_else(|| match (&raw.when, &raw.status) {
        (Some(when), _) => compiler.at(when, KINDS),
        (None, Some(status)) => Problem::at(compiler.source, status.span(compiler.source), KINDS),
        (None, None) => Problem::of(compiler.source, KINDS),
    })?;
    if said.next().is_some() {
        return Err(Problem::at(compiler.source, span, KINDS));
    }
    if let (Meaning::Error(code), Some(contract), Some(spot)) = (&meaning, contract, &raw.error) {
        let codes = contract.error_codes();
        if !codes.is_empty() && !codes.contains(code) {
            return Err(compiler
                .at(spot, format!("`{}` has no error code `{code}`", contract.tool()))
                .did_you_mean(near_miss(code, codes.iter().map(String::as_str))));
        }
    }
    Ok(meaning)
}

/// A business error is a word of the provider's: what the dialect knows by itself is none.
pub(super) fn honest(
    compiler: &Compiler<'_>,
    raw: &RawRule,
    meaning: &Meaning,
    statuses: &[Statuses],
    when: Option<&Expression>,
) -> Result<(), Problem> {
    let (Meaning::Error(_), Some(error)) = (meaning, &raw.error) else {
        return Ok(());
    };
    let success = |statuses: &Statuses| matches!(statuses, Statuses::One(200..=299) | Statuses::Class(2));
    let answered = |name: &String| ["status", "headers", "body", "is_error"].contains(&name.as_str());
    let says_so = match when {
        Some(when) => when.roots().iter().any(answered),
        None => !statuses.is_empty() && !statuses.iter().any(success),
    };
    if says_so {
        return Ok(());
    }
    Err(compiler
        .at(
            error,
            "a business error needs an answer of the provider that says so",
        )
        .hint("a `status` that is no success, or a `when` that reads `body`, `headers` or `is_error`"))
}

/// A request is made again only where that cannot do a thing twice.
pub(super) fn retries(
    compiler: &Compiler<'_>,
    raw: &RawStep,
    request: &StepRequest,
    reads: bool,
) -> Result<(), Problem> {
    let keyed = match request {
        StepRequest::Http { headers, .. } => headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("idempotency-key")),
        StepRequest::Tool { arguments, .. } => arguments.fields().is_some_and(|fields| {
            fields
                .iter()
                .any(|field| field.to_lowercase().contains("idempotency"))
        }),
    };
    match raw.answers.iter().find_map(|rule| rule.retry.as_ref()) {
        Some(retry) if !reads && !keyed => Err(compiler.at(
            retry,
            "a request that may change something is made again only with a key of idempotency",
        )),
        _ => Ok(()),
    }
}

/// A rule behind one that takes the same answers is never reached.
pub(super) fn reachable(compiler: &Compiler<'_>, raw: &[RawRule], rules: &[Rule]) -> Result<(), Problem> {
    for (at, (rule, raw)) in rules.iter().zip(raw).enumerate() {
        let covers = |earlier: &&Rule| {
            let takes = |status: &Statuses| {
                earlier.statuses.contains(status)
                    || matches!(status, Statuses::One(one) if earlier.statuses.contains(&Statuses::Class(one / 100)))
            };
            earlier.when.is_none()
                && (earlier.statuses.is_empty()
                    || !rule.statuses.is_empty() && rule.statuses.iter().all(takes))
        };
        let Some(earlier) = rules.iter().take(at).find(covers) else {
            continue;
        };
        let message = format!(
            "this rule is never reached: `{}` takes its answers",
            earlier.shown
        );
        return Err(match (&raw.status, &raw.when) {
            (Some(status), _) => Problem::at(compiler.source, status.span(compiler.source), message),
            (None, Some(when)) => compiler.at(when, message),
            (None, None) => match &raw.error {
                Some(error) => compiler.at(error, message),
                None => Problem::of(compiler.source, message),
            },
        });
    }
    Ok(())
}
