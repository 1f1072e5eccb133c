//! Pairs of candidates that meet: what a search makes of the answers to several calls together.
//!
//! A pair is found for its kind alone. It refuses to prefer a day or a service: the order of the answers decides.

use std::sync::Arc;

use chrono::TimeDelta;

use super::candidates::{Candidate, Chosen, Pair, Part};
use super::span::Span;
use crate::expr::Bound;
use crate::suite::PairKind;

/// The candidates of one answer, with the values that were chosen on the way to it.
#[derive(Clone, Copy)]
pub(super) struct Answer<'a> {
    /// The names and values.
    pub(super) chosen: &'a Chosen,
    /// The candidates.
    pub(super) candidates: &'a [Candidate],
}

/// A candidate with a span of time, and the place of its answer.
#[derive(Clone, Copy)]
struct Slot<'a> {
    answer: usize,
    chosen: &'a Chosen,
    candidate: &'a Arc<Bound>,
    span: Span,
}

impl Slot<'_> {
    fn part(&self) -> Part {
        Part {
            candidate: Arc::clone(self.candidate),
            chosen: Arc::clone(self.chosen),
        }
    }

    /// The time between the starts of two, then the length of the second: what tells seconds of one kind apart.
    fn distance(&self, second: &Self) -> (TimeDelta, TimeDelta) {
        let (ours, theirs) = (self.span.ends().0, second.span.ends().0);
        ((theirs - ours).abs(), second.span.length())
    }
}

/// The pairs that meet in one way, each as a candidate of its own that holds all the time from the first start to the last end. The
/// two are of one answer if `in_one` is set, and of two answers otherwise. Pairs with two seconds come first.
pub(super) fn pairs(kind: PairKind, answers: &[Answer<'_>], in_one: bool) -> Arc<[Candidate]> {
    let slots: Vec<Slot<'_>> = answers
        .iter()
        .enumerate()
        .flat_map(|(at, answer)| {
            answer.candidates.iter().filter_map(move |candidate| {
                Some(Slot {
                    answer: at,
                    chosen: answer.chosen,
                    candidate: candidate.picked()?,
                    span: candidate.span()?,
                })
            })
        })
        .collect();
    let (mut both, mut one) = (Vec::new(), Vec::new());
    for (at, first) in slots.iter().enumerate() {
        let meeting = slots.iter().enumerate().filter(|(other, second)| {
            *other != at
                && (second.answer == first.answer) == in_one
                && PairKind::between(first.span.ends(), second.span.ends()) == Some(kind)
        });
        let seconds: Vec<&Slot<'_>> = meeting.map(|(_, second)| second).collect();
        let nearest = seconds.iter().min_by_key(|second| first.distance(second));
        let farthest = seconds.iter().max_by_key(|second| first.distance(second));
        let (Some(nearest), Some(farthest)) = (nearest, farthest) else {
            continue;
        };
        if first.distance(nearest) == first.distance(farthest) {
            one.extend(pair(first, &[nearest]));
        } else {
            both.extend(pair(first, &[nearest, farthest]));
        }
    }
    both.into_iter().chain(one).collect()
}

/// A first slot and those that meet it, as one candidate.
fn pair(first: &Slot<'_>, seconds: &[&Slot<'_>]) -> Option<Candidate> {
    let spans: Vec<Span> = std::iter::once(first.span)
        .chain(seconds.iter().map(|second| second.span))
        .collect();
    let pair = Pair {
        first: first.part(),
        seconds: seconds.iter().map(|second| second.part()).collect(),
    };
    Some(Candidate::pair(pair, Span::around(&spans)?))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;

    use super::*;

    fn candidates(spans: &[(i64, i64)]) -> Vec<Candidate> {
        let at = |minutes: i64| DateTime::from_timestamp(minutes * 60, 0).unwrap();
        spans
            .iter()
            .map(|(from, to)| Candidate::new(Bound::json(json!([from, to])), Span::new(at(*from), at(*to))))
            .collect()
    }

    /// Each pair as the spans of the first and of its seconds, and the minutes that it holds.
    fn told(answers: &[Vec<Candidate>], kind: PairKind, in_one: bool) -> Vec<String> {
        let chosen = Chosen::from([]);
        let answers: Vec<_> = answers
            .iter()
            .map(|candidates| Answer {
                chosen: &chosen,
                candidates,
            })
            .collect();
        let pairs = pairs(kind, &answers, in_one);
        let lines = pairs.iter().map(|pair| {
            let parts = pair.parts();
            let [(_, first), (_, seconds)] = parts.as_slice() else {
                panic!("no pair")
            };
            let seconds: Vec<_> = seconds
                .as_json()
                .and_then(|seconds| seconds.as_array())
                .unwrap()
                .iter()
                .map(|second| second["candidate"].to_string())
                .collect();
            format!(
                "{} {} {}",
                first.as_json().unwrap()["candidate"],
                seconds.join(" "),
                pair.span().unwrap().length().num_minutes()
            )
        });
        lines.collect()
    }

    #[test]
    fn each_kind_is_found_with_its_nearest_and_its_farthest_start() {
        let answers = [
            candidates(&[(0, 60), (30, 90)]),
            candidates(&[(0, 30), (10, 40), (15, 45), (30, 60), (50, 80)]),
        ];
        let across = |kind| told(&answers, kind, false);
        assert_eq!(
            across(PairKind::Contained),
            ["[0,60] [10,40] [30,60] 60", "[30,90] [50,80] 60"]
        );
        assert_eq!(
            across(PairKind::BeginsInside),
            ["[0,60] [50,80] 80", "[10,40] [30,90] 80", "[15,45] [30,90] 75"]
        );
        assert_eq!(
            across(PairKind::SameStart),
            [
                "[0,60] [0,30] 60",
                "[30,90] [30,60] 60",
                "[0,30] [0,60] 60",
                "[30,60] [30,90] 60"
            ]
        );
    }

    #[test]
    fn within_one_answer_a_slot_is_no_pair_with_itself_or_with_another_answer() {
        let answers = [candidates(&[(0, 60), (30, 90)]), candidates(&[(30, 60)])];
        assert_eq!(
            told(&answers[..1], PairKind::SameStart, true),
            Vec::<String>::new()
        );
        assert_eq!(
            told(&answers, PairKind::BeginsInside, true),
            ["[0,60] [30,90] 90"]
        );
        assert_eq!(told(&answers, PairKind::Contained, true), Vec::<String>::new());
        assert_eq!(
            told(&answers[..1], PairKind::BeginsInside, false),
            Vec::<String>::new()
        );
    }
}
