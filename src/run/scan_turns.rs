//! The loops of a search: over days, services and whatever else its suite names, down to the call inside.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::executor::TestExecutor;
use super::pairs::{self, Answer};
use super::scan::{Look, Reach, Scan};
use super::step_error::StepError;
use crate::expr::Bound;
use crate::suite::PairKind;

/// The most calls that one search makes.
const MOST_CALLS: usize = 400;

/// The most bytes of answers and candidates that one search keeps, about.
const MOST_KEPT: usize = 16 * 1024 * 1024;

/// The last day, counted from today, of a search that looks as far as the provider contract asks for.
const FAR: i64 = 13;

impl TestExecutor<'_> {
    /// What is inside some loops of the search: for pairs, all of it is looked at together at some point.
    pub(super) async fn scan(
        &mut self,
        scan: &mut Scan<'_>,
        depth: usize,
    ) -> Result<Option<Arc<Bound>>, StepError> {
        match scan.search.pairs {
            Some(pairs) if pairs.turns == depth => self.look_for_pair(scan, depth).await,
            _ => self.turns(scan, depth).await,
        }
    }

    /// One loop of the search; the innermost calls the tool.
    async fn turns(&mut self, scan: &mut Scan<'_>, depth: usize) -> Result<Option<Arc<Bound>>, StepError> {
        let Some((name, items)) = scan.search.over.get(depth) else {
            let look = self.look(scan).await?;
            if let Some(looks) = &mut scan.together {
                looks.push(look);
                return Ok(None);
            }
            return Ok(self.take_one(scan, look));
        };
        let mut items = self.evaluate_list(items, "searches")?;
        if scan.reach == Reach::Further {
            further_days(&mut items);
        }
        self.entry().draw().days(scan.search, &mut items);
        for item in items {
            if scan.calls >= MOST_CALLS || scan.has_enough() {
                break;
            }
            if scan.kept > MOST_KEPT {
                let calls = scan.calls;
                self.notes_mut().add_once(format!(
                    "a search ended after {calls} calls: what the answers listed is more than {} MiB",
                    MOST_KEPT / 1024 / 1024
                ));
                break;
            }
            let item = Bound::json(item);
            let mut inner = self.scope().clone();
            inner.bind(name, Arc::clone(&item));
            scan.chosen.push((name.clone(), item));
            let mut inside = self.enter(inner);
            let found = Box::pin(inside.scan(scan, depth + 1)).await;
            drop(inside);
            scan.chosen.pop();
            if let Some(found) = found? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Looks at all turns of the inner loops together, and takes two candidates that meet in the way of the test's row.
    async fn look_for_pair(
        &mut self,
        scan: &mut Scan<'_>,
        depth: usize,
    ) -> Result<Option<Arc<Bound>>, StepError> {
        let row = self.scope().get("case").and_then(|case| case.as_json());
        let kind = row.and_then(|row| PairKind::deserialize(row.get("kind")?).ok());
        let Some(kind) = kind else {
            let why = "the suite looks for a pair, and no row says of which kind";
            return Err(StepError::Error(why.to_owned()));
        };
        scan.together = Some(Vec::new());
        let ended = self.turns(scan, depth).await;
        let looks = scan.together.take().unwrap_or_default();
        ended?;
        let answers: Vec<_> = looks
            .iter()
            .map(|look| Answer {
                chosen: &look.chosen,
                candidates: &look.candidates,
            })
            .collect();
        let pair = Look {
            chosen: scan.chosen.as_slice().into(),
            call: None,
            first: 0,
            candidates: pairs::pairs(kind, &answers, depth == scan.search.over.len()),
        };
        Ok(self.take_one(scan, pair))
    }

    /// Looks at one answer. What is wrong on the days after those that the suite names shows nothing.
    async fn look(&mut self, scan: &mut Scan<'_>) -> Result<Look, StepError> {
        let known = self.set_ups();
        match self.look_at(scan).await {
            Err(StepError::Fail { .. } | StepError::Blocked(_) | StepError::Error(_))
                if scan.reach == Reach::Further =>
            {
                self.restore_set_ups(known);
                Ok(Look {
                    chosen: scan.chosen.as_slice().into(),
                    call: None,
                    first: 0,
                    candidates: Arc::default(),
                })
            }
            looked => looked,
        }
    }

    /// Takes a candidate of a look that suits, where there is one.
    fn take_one(&self, scan: &mut Scan<'_>, look: Look) -> Option<Arc<Bound>> {
        if scan.enough.is_some() {
            scan.seen.push(look);
            return None;
        }
        let count = look.candidates.len();
        let drawn = look.candidates.iter().cycle().skip(look.first).take(count);
        if let Ok(at) = self.take(drawn, scan.preference) {
            return Some(look.bound((look.first + at) % count));
        }
        scan.seen.push(look);
        None
    }
}

/// In the place of days counted from today, as many days after the last of them. Other lists, and those that do not reach far, hold
/// nothing then.
fn further_days(items: &mut Vec<Value>) {
    let days = items.iter().map(Value::as_i64).collect::<Option<Vec<_>>>();
    let Some(days) = days else { return };
    let last = days.iter().copied().max().unwrap_or_default();
    *items = match last >= FAR {
        true => (1..=last).map(|day| (last + day).into()).collect(),
        false => Vec::new(),
    };
}
