//! The candidates of a search: what it picks from an answer.
//!
//! Tests of a provider share the answers to their searches, and what the same search picked from one of them a little before.

use std::sync::{Arc, OnceLock};

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;
use serde_json::Value;

use super::lease::LeaseSnapshot;
use super::listings::Listed;
use super::span::Span;
use crate::expr::Bound;
use crate::model::weight;
use crate::suite::SearchStep;

/// The time for which picked candidates are used again. The answer itself is kept longer, and a later `now` would make it no newer.
const KEPT: TimeDelta = TimeDelta::minutes(1);

/// Something that a search may take from an answer.
#[derive(Debug)]
pub(super) struct Candidate {
    what: What,
    span: Option<Span>,
    /// The bytes that its value takes, about.
    weight: usize,
}

#[derive(Debug)]
enum What {
    Picked(Arc<Bound>),
    Pair(Pair),
}

impl Candidate {
    /// A candidate, and the span of time that a test holds when it takes it; None where it needs none.
    pub(super) fn new(value: Arc<Bound>, span: Option<Span>) -> Self {
        Self {
            weight: value.as_json().map_or(0, weight),
            what: What::Picked(value),
            span,
        }
    }

    /// Candidates that meet, to be taken together.
    pub(super) fn pair(pair: Pair, span: Span) -> Self {
        Self {
            // Its parts are counted where they were picked.
            weight: 0,
            what: What::Pair(pair),
            span: Some(span),
        }
    }

    /// What was picked; None for a pair.
    pub(super) fn picked(&self) -> Option<&Arc<Bound>> {
        match &self.what {
            What::Picked(value) => Some(value),
            What::Pair(_) => None,
        }
    }

    /// What the id of a search reads of it, beside the values that were chosen on the way to it.
    pub(super) fn parts(&self) -> Vec<(&'static str, Arc<Bound>)> {
        match &self.what {
            What::Picked(value) => vec![("candidate", Arc::clone(value))],
            What::Pair(pair) => pair.parts(),
        }
    }

    /// The span of time that it takes; None where it is free for everyone.
    pub(super) fn span(&self) -> Option<Span> {
        self.span
    }

    /// The bytes that its value takes, about.
    pub(super) fn weight(&self) -> usize {
        self.weight
    }
}

/// The spans of time that candidates take.
pub(super) fn spans<'o>(candidates: impl IntoIterator<Item = &'o Candidate>) -> Vec<Span> {
    candidates.into_iter().filter_map(Candidate::span).collect()
}

/// Names and values that were chosen on the way to an answer.
pub(super) type Chosen = Arc<[(String, Arc<Bound>)]>;

/// Something that was picked, and what was chosen on the way to it.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// What was picked.
    pub(super) candidate: Arc<Bound>,
    /// What was chosen.
    pub(super) chosen: Chosen,
}

impl Part {
    /// What expressions read of it.
    fn value(&self) -> Value {
        let own = std::iter::once(("candidate", &self.candidate));
        let chosen = self.chosen.iter().map(|(name, value)| (name.as_str(), value));
        let parts = own.chain(chosen).map(|(name, value)| {
            let json = value.as_json().cloned().unwrap_or_default();
            (name.to_owned(), json)
        });
        Value::Object(parts.collect())
    }
}

/// A candidate and those that meet it. Of many pairs one is taken, so what expressions read of one is made then.
#[derive(Debug)]
pub(super) struct Pair {
    /// The one.
    pub(super) first: Part,
    /// The others.
    pub(super) seconds: Vec<Part>,
}

impl Pair {
    /// Its parts, by the names under which the id of its search binds them.
    fn parts(&self) -> Vec<(&'static str, Arc<Bound>)> {
        let seconds: Vec<Value> = self.seconds.iter().map(Part::value).collect();
        vec![
            ("first", Bound::json(self.first.value())),
            ("seconds", Bound::json(Value::Array(seconds))),
        ]
    }
}

/// An answer that searches share.
#[derive(Debug)]
pub(super) struct SharedAnswer {
    output: Arc<Bound>,
    /// The bytes that it takes, about.
    weight: usize,
    leases: LeaseSnapshot,
    listed: OnceLock<Arc<Listed>>,
    picks: Mutex<Vec<Pick>>,
}

/// The candidates that a search picked at one time.
#[derive(Debug)]
struct Pick {
    expressions: [Option<String>; 3],
    now: DateTime<Utc>,
    candidates: Arc<[Candidate]>,
}

impl SharedAnswer {
    /// An answer. `leases` are those that tests held while it was asked for: what they took may have shaped it.
    pub(super) fn new(output: Arc<Bound>, leases: LeaseSnapshot) -> Self {
        Self {
            weight: output.as_json().map_or(0, weight),
            output,
            leases,
            listed: OnceLock::new(),
            picks: Mutex::default(),
        }
    }

    /// The answer.
    pub(super) fn output(&self) -> &Arc<Bound> {
        &self.output
    }

    /// The bytes that it takes, about.
    pub(super) fn weight(&self) -> usize {
        self.weight
    }

    /// What it lists. Many tests look at one answer, and a long one is read through once.
    pub(super) fn listed(&self) -> &Arc<Listed> {
        let listed = || self.output.as_json().map(Listed::of).unwrap_or_default();
        self.listed.get_or_init(|| Arc::new(listed()))
    }

    /// The leases that tests held while it was asked for.
    pub(super) fn leases(&self) -> &LeaseSnapshot {
        &self.leases
    }

    /// The candidates of a search: those that the same expressions picked a little before, where they read nothing but the answer.
    pub(super) fn candidates<E>(
        &self,
        search: &SearchStep,
        now: DateTime<Utc>,
        pick: impl FnOnce() -> Result<Arc<[Candidate]>, E>,
    ) -> Result<Arc<[Candidate]>, E> {
        if !reads_the_answer_alone(search) {
            return pick();
        }
        let wanted = expressions(search);
        let fresh = |pick: &Pick| now.signed_duration_since(pick.now).abs() < KEPT;
        let same = |pick: &&Pick| fresh(pick) && pick.expressions.iter().map(Option::as_deref).eq(wanted);
        let known = self
            .picks
            .lock()
            .iter()
            .find(same)
            .map(|pick| Arc::clone(&pick.candidates));
        if let Some(candidates) = known {
            return Ok(candidates);
        }
        let candidates = pick()?;
        let mut picks = self.picks.lock();
        picks.retain(fresh);
        picks.push(Pick {
            expressions: wanted.map(|text| text.map(str::to_owned)),
            now,
            candidates: Arc::clone(&candidates),
        });
        Ok(candidates)
    }
}

/// The expressions that decide what a search picks.
fn expressions(search: &SearchStep) -> [Option<&str>; 3] {
    let lease = search.lease.as_ref();
    [
        Some(search.pick.text()),
        lease.map(|(from, _)| from.text()),
        lease.map(|(_, to)| to.text()),
    ]
}

fn reads_the_answer_alone(search: &SearchStep) -> bool {
    let lease = search.lease.iter().flat_map(|(from, to)| [from, to]);
    search.pick.reads_only(&["input", "output", "now"])
        && lease
            .into_iter()
            .all(|end| end.reads_only(&["candidate", "input", "output", "now"]))
}
