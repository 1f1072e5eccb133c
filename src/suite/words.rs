//! A test in words, made from its steps: what it needs, what it does, and what must hold. What is code stands between backticks.

use serde_json::Value as Json;

use super::body::{Fixture, Values};
use super::step::{CallStep, Check, Expect, RaceStep, SearchStep, Step, StepKind};
use super::test::Test;
use crate::expr::{Expression, Template};
use crate::model::plural;

/// The largest number of rows of a table that are named.
const ROWS: usize = 12;

/// A test in words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InWords {
    /// What it needs first, each in a few words.
    pub needs: Vec<String>,
    /// The rows for each of which the steps are done; none when it has no table.
    pub rows: Vec<String>,
    /// The steps.
    pub steps: Vec<StepInWords>,
    /// The steps that are done once, after the last row.
    pub after: Vec<StepInWords>,
}

/// A step in words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StepInWords {
    /// What is done, in a sentence.
    pub does: String,
    /// What is sent, as it stands in the suite.
    pub sends: Option<Json>,
    /// What must hold, each in a sentence.
    pub expects: Vec<String>,
}

impl InWords {
    /// The whole as lines, what a step expects further in.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.needs.is_empty() {
            lines.push(format!("It needs {}.", self.needs.join("; ")));
        }
        if !self.rows.is_empty() {
            let named: Vec<_> = self.rows.iter().take(ROWS).map(String::as_str).collect();
            let more = match self.rows.len().saturating_sub(named.len()) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let rows = plural(self.rows.len(), "row");
            lines.push(format!("It does this for {rows}: {}{more}.", named.join(", ")));
        }
        let mut add = |steps: &[StepInWords]| {
            for (number, step) in (1_usize..).zip(steps) {
                lines.push(format!("{number}. {}", step.does));
                lines.extend(step.expects.iter().map(|expected| format!("   - {expected}")));
            }
        };
        add(&self.steps);
        add(&self.after);
        lines
    }
}

/// A test in words. Its body must be [prepared](Test::prepare).
pub fn in_words(test: &Test) -> InWords {
    let body = test.body();
    let needs = |fixtures: &[std::sync::Arc<Fixture>], where_: &str| {
        let titles = fixtures
            .iter()
            .map(|fixture| format!("{}{where_}", fixture.title));
        titles.collect::<Vec<_>>()
    };
    let peer = body.peer.as_deref().unwrap_or_default();
    let mut all = needs(&body.fixtures, "");
    all.extend(needs(&body.tries, ", if there is one"));
    all.extend(needs(&body.each_row, ", anew for each row"));
    all.extend(needs(peer, ", at another provider of the platform"));
    let rows = body.cases.iter().filter(|case| !case.is_left_out());
    InWords {
        needs: all,
        rows: rows
            .map(|case| match &case.values {
                Values::Pair(kind) => kind.phrase().to_owned(),
                Values::Written(_) | Values::Generated(_) => format!("`{}`", case.id),
            })
            .collect(),
        steps: body.steps.iter().map(step).collect(),
        after: body.after.iter().map(step).collect(),
    }
}

fn step(step: &Step) -> StepInWords {
    let mut told = match &step.kind {
        StepKind::Call(call) => of_call(call),
        StepKind::Search(search) => of_search(search),
        StepKind::ForEach(each) => StepInWords {
            does: format!("Calls `{}` for each of `{}`", each.tool.tool(), code(&each.list)),
            sends: Some(each.input.written()),
            expects: expects(&each.expect),
        },
        StepKind::Race(race) => of_race(race),
        StepKind::Wait(time) => plain(format!("Waits for `{}`", code(time))),
        StepKind::Need(need) => plain(format!(
            "Goes on only if `{}`: else {}",
            code(&need.check),
            said(&need.reason)
        )),
        StepKind::Let(names) => {
            let names = names
                .iter()
                .map(|(name, value)| format!("`{name}` is {}", said(value)));
            plain(format!("Notes that {}", names.collect::<Vec<_>>().join(", ")))
        }
        StepKind::That(checks) => StepInWords {
            does: "Compares what it has found".to_owned(),
            sends: None,
            expects: checks.iter().map(check).collect(),
        },
    };
    if step.at_peer {
        told.does.push_str(", at another provider of the platform");
    }
    if let Some(when) = &step.when {
        told.does.extend([", if `", &code(when), "`"]);
    }
    if step.tells {
        told.does.push_str(". This is what tells right from wrong");
    }
    told.does.push('.');
    told
}

fn plain(does: String) -> StepInWords {
    StepInWords {
        does,
        ..StepInWords::default()
    }
}

fn of_call(call: &CallStep) -> StepInWords {
    let mut does = calls(call.tool.tool(), call.sending.as_ref());
    if call.invalid_input {
        does.push_str(", which the input schema forbids");
    }
    if call.if_offered {
        does.push_str(", where it is offered");
    }
    if call.answer_lost {
        does.push_str(", and hangs up before the answer comes");
    }
    if let Some(shows) = &call.shows {
        does.extend([", to see ", shows]);
    }
    StepInWords {
        does,
        sends: Some(call.input.written()),
        expects: expects(&call.expect),
    }
}

fn of_search(search: &SearchStep) -> StepInWords {
    let what = match search.pairs {
        Some(_) => "two that meet are found",
        None => "one is found",
    };
    StepInWords {
        does: format!("Asks `{}` in turn until {what}", search.tool.tool()),
        sends: Some(search.input.written()),
        expects: expects(&search.expect),
    }
}

fn of_race(race: &RaceStep) -> StepInWords {
    let calls: Vec<_> = race
        .calls
        .iter()
        .map(|call| {
            let callers = plural(call.callers, "caller");
            let sends = call
                .sending
                .as_ref()
                .map(|sending| format!(" with {}", said(sending)));
            format!("{callers} of `{}`{}", call.tool.tool(), sends.unwrap_or_default())
        })
        .collect();
    let apart = race.apart.as_ref();
    let how = apart.map_or_else(
        || "At one time".to_owned(),
        |apart| format!("`{}` ms apart", code(apart)),
    );
    let mut all: Vec<String> = Vec::new();
    for call in &race.calls {
        for expected in expects(&call.expect) {
            if !all.contains(&expected) {
                all.push(expected);
            }
        }
    }
    StepInWords {
        does: format!("{how}: {}", calls.join(", ")),
        sends: race.calls.first().map(|call| call.input.written()),
        expects: all,
    }
}

fn calls(tool: &str, sending: Option<&Template>) -> String {
    match sending {
        Some(sending) => format!("Calls `{tool}` with {}", said(sending)),
        None => format!("Calls `{tool}`"),
    }
}

/// What a template says, with its expressions as code.
fn said(template: &Template) -> String {
    template.in_words()
}

/// An expression in one line, as it may stand between backticks.
fn code(expression: &Expression) -> String {
    let words: Vec<_> = expression.text().split_whitespace().collect();
    words.join(" ").replace('`', "'")
}

fn expects(expect: &Expect) -> Vec<String> {
    let mut found = Vec::new();
    match (expect.ok, expect.errors.as_slice()) {
        (Some(true), _) => found.push("it succeeds".to_owned()),
        (Some(false), []) => found.push("it is refused".to_owned()),
        (Some(false), errors) => {
            let errors: Vec<_> = errors.iter().map(|error| format!("`{error}`")).collect();
            found.push(format!("it is refused with {}", errors.join(" or ")));
        }
        (None, _) => {}
    }
    found.extend(expect.that.iter().map(check));
    found
}

fn check(check: &Check) -> String {
    let when = check.when.as_ref();
    let when = when.map_or_else(String::new, |when| format!("if `{}`: ", code(when)));
    format!("{when}`{}`; else: {}", code(&check.check), said(&check.otherwise))
}
