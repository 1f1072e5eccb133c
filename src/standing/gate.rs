//! The gate: may a pipeline go on with a provider? Yes, no or unknown, with reasons.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ClaimHistory, CurrentStanding, Reason, Share, Standing};
use crate::model::{Edition, RunOrigin};
use crate::summary::{ClaimSummary, ProofLevel};

/// The conditions of a gate beside conformance.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Demand {
    /// The greatest age of the latest run that counts.
    pub max_age: Option<TimeDelta>,
    /// The smallest share of must-level tests that must have passed, and the time until now over which it is counted.
    pub min_pass_rate: Option<(Share, TimeDelta)>,
    /// The smallest number of rules that the latest run that counts must have proven.
    pub min_rules: Option<usize>,
    /// The lowest level that the latest run that counts must have proven.
    pub level: Option<ProofLevel>,
}

/// The answer of a gate. A later variant is more serious.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Everything that is demanded holds.
    Yes,
    /// Nothing speaks against it, but something that is demanded is not known.
    Unknown,
    /// Something that is demanded does not hold.
    No,
}

impl Answer {
    /// The word for it, as records and reports write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Unknown => "unknown",
            Self::No => "no",
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One reason in one line, and the answer that follows from it alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Finding")]
pub struct GateReason {
    /// The answer that follows from this reason alone.
    pub says: Answer,
    /// The line. It may hold text of the provider, as it was sent.
    pub words: String,
}

/// The answer of a gate with its reasons.
#[derive(Debug, Clone, PartialEq)]
pub struct GateAnswer {
    /// The most serious answer of the reasons.
    pub answer: Answer,
    /// The reasons, at least one.
    pub reasons: Vec<GateReason>,
    /// Remarks that change no answer, such as runs that do not count because they started in the future. A line each.
    pub notes: Vec<String>,
    /// The standing on which the answer rests.
    pub standing: CurrentStanding,
}

/// Evaluates a gate at an instant.
///
/// `editions` are those of the contract, oldest first, and `proof` is what the latest run that counts
/// says of its rules. If the latest run that counts is too old, the answer is `unknown`, whatever that run found.
pub fn evaluate_gate(
    history: &ClaimHistory,
    editions: &[Arc<Edition>],
    proof: Option<&ClaimSummary>,
    demand: &Demand,
    now: DateTime<Utc>,
) -> GateAnswer {
    let standing = history.standing(editions);
    let mut reasons = Vec::new();
    let mut add = |says, words: String| reasons.push(GateReason { says, words });
    let age = standing.latest.as_ref().map(|(_, at)| now - *at);
    let too_old = age.zip(demand.max_age).is_some_and(|(age, most)| age > most);
    let says = match standing.standing {
        _ if too_old => Answer::Unknown,
        Standing::Conformant => Answer::Yes,
        Standing::Unproven | Standing::Unknown => Answer::Unknown,
        Standing::NotConformant => Answer::No,
    };
    if let (true, Some(age), Some(most)) = (too_old, age, demand.max_age) {
        let line = format!(
            "the latest run that counts is {} old, at most {} are allowed",
            span(age),
            span(most)
        );
        add(Answer::Unknown, line);
    }
    for reason in &standing.reasons {
        add(says, in_full(reason, &standing));
    }
    if standing.standing == Standing::Conformant {
        for (says, words) in of_the_proof(proof, demand) {
            add(says, words);
        }
    }
    if let Some((least, over)) = demand.min_pass_rate {
        let rate = history.rate_since(now - over);
        let (says, words) = match rate.reaches(least) {
            Some(true) => (
                Answer::Yes,
                format!("{rate} must-level results of the last {} passed", span(over)),
            ),
            Some(false) => (
                Answer::No,
                format!(
                    "{rate} must-level results of the last {} passed, at least {least} of them must",
                    span(over)
                ),
            ),
            None => (
                Answer::Unknown,
                format!(
                    "no must-level test was executed in a run that counts in the last {}",
                    span(over)
                ),
            ),
        };
        add(says, words);
    }
    let answer = reasons.iter().map(|reason| reason.says).max();
    GateAnswer {
        answer: answer.unwrap_or(Answer::Unknown),
        reasons,
        notes: notes(history, &standing),
        standing,
    }
}

/// The reasons because of the number of proven rules and the level of a conformant claim.
fn of_the_proof(proof: Option<&ClaimSummary>, demand: &Demand) -> Vec<(Answer, String)> {
    let mut reasons = Vec::new();
    let Some(proof) = proof else {
        if demand.min_rules.is_some() || demand.level.is_some() {
            let words = "the record of the run does not name the rules of the contract";
            reasons.push((Answer::Unknown, words.to_owned()));
        }
        return reasons;
    };
    let (proven, total) = (proof.proven_rules(), proof.total_rules());
    let level = proof.level.map_or("no level", ProofLevel::as_str);
    let enough = demand.min_rules.is_none_or(|least| proven >= least);
    let demanded = demand.min_rules.filter(|_| !enough);
    let words = match demanded {
        None => format!("{proven} of {total} rules proven"),
        Some(least) => format!("{proven} of {total} rules proven, at least {least} are demanded"),
    };
    reasons.push((if enough { Answer::Yes } else { Answer::No }, words));
    let reached = demand.level.is_none_or(|least| proof.level >= Some(least));
    let words = match demand.level.filter(|_| !reached) {
        None => format!("level {level}"),
        Some(least) => format!("level {level}, {least} is demanded"),
    };
    reasons.push((if reached { Answer::Yes } else { Answer::No }, words));
    reasons
}

fn notes(history: &ClaimHistory, standing: &CurrentStanding) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(standing.origin.as_ref().and_then(RunOrigin::remark));
    let name = |edition: &Option<Arc<Edition>>| Some(edition.as_ref()?.name()?.to_owned());
    if let (Some(held), Some(awaited)) = (name(&standing.edition), name(&standing.awaited)) {
        notes.push(format!(
            "by edition {held}: no run was held to edition {awaited} yet"
        ));
    }
    // One line stands for all: a wrong clock rarely writes one run only.
    let mut future = history.from_the_future();
    if let Some(last) = future.next_back() {
        let more = match future.count() {
            0 => String::new(),
            more => format!(", nor {more} more"),
        };
        notes.push(format!("run {} does not count{more}: {}", last.run, last.why));
    }
    notes
}

fn in_full(reason: &Reason, standing: &CurrentStanding) -> String {
    match (&standing.latest, standing.since) {
        (Some((run, _)), Some(since)) => format!(
            "{} since {}: {reason} (run {run})",
            standing.standing,
            since.format("%Y-%m-%d %H:%M UTC")
        ),
        _ => format!("{}: {reason}", standing.standing),
    }
}

/// A span of time in its two greatest units.
fn span(span: TimeDelta) -> String {
    let seconds = span.num_seconds().max(0);
    let units = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (unit, long) in units {
        let count = rest / long;
        rest %= long;
        if count > 0 {
            parts.push(format!("{count} {unit}"));
        } else if !parts.is_empty() {
            break;
        }
        if parts.len() == 2 {
            break;
        }
    }
    if parts.is_empty() {
        "0 s".to_owned()
    } else {
        parts.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use Outcome::{Error, Fail, Pass};

    use super::super::sample::{claim, day, run};
    use super::super::{Extent, histories};
    use super::*;
    use crate::model::Outcome;

    fn asked(days: &[(i64, &[Outcome])], demand: &Demand) -> String {
        let runs: Vec<_> = days.iter().map(|(day, outcomes)| run(*day, outcomes)).collect();
        let facts: Vec<_> = runs.iter().map(|(facts, _)| facts.clone()).collect();
        let rows: Vec<_> = runs.into_iter().flat_map(|(_, rows)| rows).collect();
        let history = histories(&facts, &rows).remove(&claim());
        let history = history.unwrap_or_else(|| ClaimHistory::without_runs(claim()));
        said(&evaluate_gate(&history, &[Arc::default()], None, demand, day(10)))
    }

    fn said(found: &GateAnswer) -> String {
        let lines = found
            .reasons
            .iter()
            .map(|reason| format!("\n  {} {}", reason.says, reason.words));
        format!("{}{}", found.answer, lines.collect::<String>())
    }

    fn demand(max_age: i64, rate: Option<(&str, i64)>) -> Demand {
        Demand {
            max_age: Some(TimeDelta::days(max_age)),
            min_pass_rate: rate.map(|(least, over)| (least.parse().unwrap(), TimeDelta::days(over))),
            ..Demand::default()
        }
    }

    #[test]
    fn a_gate_says_yes_no_or_unknown_and_why() {
        let strict = demand(7, Some(("0.9", 14)));
        let answers = [
            asked(&[(9, &[Pass])], &Demand::default()),
            asked(&[], &Demand::default()),
            asked(&[(8, &[Pass]), (9, &[Pass, Fail, Fail])], &Demand::default()),
            asked(&[(9, &[Pass, Error])], &Demand::default()),
            asked(&[(1, &[Pass])], &demand(7, None)),
            asked(&[(1, &[Fail])], &demand(7, None)),
            asked(&[(3, &[Pass])], &demand(7, None)),
            asked(&[(8, &[Pass, Fail]), (9, &[Pass, Pass])], &strict),
            asked(&[(8, &[Pass]), (9, &[Pass, Pass])], &strict),
            asked(&[(3, &[Pass])], &demand(8, Some(("0.9", 2)))),
        ];
        insta::assert_snapshot!("gate_answers", answers.join("\n"));
    }

    #[test]
    fn a_filtered_run_opens_no_gate() {
        let (mut facts, rows) = run(9, &[Pass]);
        facts.extent = Extent::Filtered("only tests that write nothing".to_owned());
        let history = histories(&[facts], &rows).remove(&claim()).unwrap();
        let found = evaluate_gate(&history, &[Arc::default()], None, &Demand::default(), day(10));
        assert_eq!(found.answer, Answer::Unknown);
    }

    #[test]
    fn a_run_exactly_as_old_as_is_allowed_still_counts() {
        assert!(asked(&[(3, &[Pass])], &demand(7, None)).starts_with("yes"));
        assert!(asked(&[(2, &[Pass])], &demand(7, None)).starts_with("unknown"));
    }

    #[test]
    fn a_span_is_shown_in_its_two_greatest_units() {
        let shown = |seconds| span(TimeDelta::seconds(seconds));
        assert_eq!(
            [0, 59, 3_600, 3_661, 90_061, 86_401].map(shown),
            ["0 s", "59 s", "1 h", "1 h 1 min", "1 d 1 h", "1 d"]
        );
    }
}
