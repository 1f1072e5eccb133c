//! Looks for something free, call by call, until a test can hold it alone.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::time::Instant;

use super::candidates::{Candidate, SharedAnswer};
use super::entry_state::SharedCell;
use super::executor::TestExecutor;
use super::expressions::{list, without_value};
use super::lease::{SlotPreference, Taken};
use super::span::Span;
use super::step_error::StepError;
use crate::expr::{Bound, Expression};
use crate::model::Untested;
use crate::suite::SearchStep;

/// The most calls that one search makes.
const MOST_CALLS: usize = 400;

/// The time for which a test with a peer waits for a slot.
const PEER_TIME_LIMIT: Duration = Duration::from_secs(15);

/// The values chosen on the way to an answer, and the answer.
struct Look {
    chosen: Vec<(String, Arc<Bound>)>,
    input: Arc<Bound>,
    output: Arc<Bound>,
    candidates: Arc<[Candidate]>,
}

impl Look {
    /// The value to which the step's id is bound when the candidate at this place is taken.
    fn bound(&self, at: usize) -> Arc<Bound> {
        let own = [
            ("candidate", self.candidates[at].value()),
            ("input", &self.input),
            ("output", &self.output),
        ];
        let chosen = self.chosen.iter().map(|(name, value)| (name.as_str(), value));
        Bound::parts(
            own.into_iter()
                .chain(chosen)
                .map(|(name, value)| (name, Arc::clone(value))),
        )
    }
}

/// One pass over everything that a search may ask.
struct Scan<'p> {
    search: &'p SearchStep,
    preference: SlotPreference,
    /// The values chosen by the loops around the call.
    chosen: Vec<(String, Arc<Bound>)>,
    /// The answers without a candidate that suits.
    seen: Vec<Look>,
    calls: usize,
}

impl<'p> Scan<'p> {
    fn new(search: &'p SearchStep, preference: SlotPreference) -> Self {
        Self {
            search,
            preference,
            chosen: Vec::new(),
            seen: Vec::new(),
            calls: 0,
        }
    }
}

impl TestExecutor<'_> {
    /// Calls the tool of a search with one input after the other. Takes the first candidate that is fresh; failing that, the first on a
    /// day of its own; failing that, the first that can be had.
    pub(super) async fn search(&mut self, search: &SearchStep) -> Result<Arc<Bound>, StepError> {
        let mut seen = Vec::new();
        for preference in [SlotPreference::Fresh, SlotPreference::AnotherDay] {
            let mut scan = Scan::new(search, preference);
            if let Some(bound) = self.scan(&mut scan, 0).await? {
                return Ok(bound);
            }
            seen = scan.seen;
            if seen.iter().all(|look| look.candidates.is_empty()) {
                return Err(StepError::Blocked(search.none.clone()));
            }
        }
        if self.is_at_peer() || self.peer().is_some() {
            self.another_day(&seen).await
        } else {
            self.second_choice(&seen).await
        }
    }

    /// One loop of the search; the innermost calls the tool.
    async fn scan(&mut self, scan: &mut Scan<'_>, depth: usize) -> Result<Option<Arc<Bound>>, StepError> {
        let Some((name, items)) = scan.search.over.get(depth) else {
            return self.look(scan).await;
        };
        let mut items = self.evaluate_list(items, "searches")?;
        self.entry().draw().days(scan.search, &mut items);
        for item in items {
            if scan.calls >= MOST_CALLS {
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

    /// Calls the tool once, unless another test of the provider has asked the same, and takes a candidate that suits where there is one.
    async fn look(&mut self, scan: &mut Scan<'_>) -> Result<Option<Arc<Bound>>, StepError> {
        scan.calls += 1;
        let (entry, search) = (self.entry(), scan.search);
        let input = Arc::new(self.render(&search.input, search.tool.tool())?);
        // What is free by another setting of the clock is free then only.
        let key = format!(
            "{} {} {input}",
            entry.provider().clock().setting(),
            search.tool.tool()
        );
        let bound = Bound::json(Arc::clone(&input));
        // Where somebody else books, what was listed a moment ago is old.
        if entry.provider().has_others() {
            entry.forget_answers();
        }
        let (cell, mut answer) = self.shared_answer(search, &key, &input).await?;
        let mut candidates = self.candidates(search, &bound, &answer)?;
        // A booking that was taken back since may have moved what was listed, or hidden it.
        let leases = entry.provider().leases();
        let day = spans(candidates.iter());
        // What was used is taken again, where it was taken back: what has begun since is looked at too.
        let shaping = match scan.preference {
            SlotPreference::Fresh => answer.leases().clone(),
            SlotPreference::AnotherDay | SlotPreference::Apart | SlotPreference::Any => {
                leases.until_now(answer.leases().clone())
            }
        };
        if leases.has_ended_within(&day, &shaping) && !leases.others_work_within(&day, self.holder()) {
            entry.forget_answer(&key, &cell);
            (_, answer) = self.shared_answer(search, &key, &input).await?;
            candidates = self.candidates(search, &bound, &answer)?;
        }
        let listed = answer.output().as_json().unwrap_or(&Value::Null);
        self.evidence_mut().note_look(&search.tool, &input, listed);
        let look = Look {
            chosen: scan.chosen.clone(),
            input: bound,
            output: Arc::clone(answer.output()),
            candidates,
        };
        let draw = self.entry().draw();
        let first = draw.first_of(search, &key, look.candidates.len());
        let drawn = look.candidates.iter().cycle().skip(first);
        let drawn = drawn.take(look.candidates.len());
        if let Ok(at) = self.take(drawn, scan.preference) {
            return Ok(Some(look.bound((first + at) % look.candidates.len())));
        }
        scan.seen.push(look);
        Ok(None)
    }

    /// The answer to a call, made unless another test of the provider has made it.
    async fn shared_answer(
        &mut self,
        search: &SearchStep,
        key: &str,
        input: &Arc<Value>,
    ) -> Result<(SharedCell<SharedAnswer>, Arc<SharedAnswer>), StepError> {
        let cell = self.entry().answer(key);
        let answer = cell
            .get_or_try_init(|| async {
                match self.call_and_judge(search, input).await {
                    // Whoever asks next may still be answered.
                    Err(
                        error @ (StepError::Interrupted | StepError::Undecided { .. } | StepError::Error(_)),
                    ) => Err(error),
                    // What goes wrong at a peer is for the provider's own tests to meet and to report.
                    Err(error) if self.is_at_peer() || self.evidence().is_doubtful() => Err(error),
                    settled => Ok(settled),
                }
            })
            .await?
            .clone()?;
        Ok((cell, answer))
    }

    async fn call_and_judge(
        &mut self,
        search: &SearchStep,
        input: &Arc<Value>,
    ) -> Result<Arc<SharedAnswer>, StepError> {
        let leases = self.entry().provider().leases();
        let before = leases.snapshot();
        let output = Bound::json(self.call_tool(&search.tool, input, false).await?);
        let held = leases.until_now(before);
        let input = Bound::json(Arc::clone(input));
        self.judge(&search.tool, &search.expect, None, &input, &output)?;
        Ok(Arc::new(SharedAnswer::new(output, held)))
    }

    /// The candidates that a search picks from an answer.
    fn candidates(
        &self,
        search: &SearchStep,
        input: &Arc<Bound>,
        answer: &SharedAnswer,
    ) -> Result<Arc<[Candidate]>, StepError> {
        let now = self.scope().now();
        answer.candidates(search, now, || self.pick(search, input, answer.output()))
    }

    fn pick(
        &self,
        search: &SearchStep,
        input: &Arc<Bound>,
        output: &Arc<Bound>,
    ) -> Result<Arc<[Candidate]>, StepError> {
        let mut bindings = self.scope().bindings().clone();
        bindings.bind("input", Arc::clone(input));
        bindings.bind("output", Arc::clone(output));
        let picked = search
            .pick
            .evaluate(&bindings)
            .map_err(|error| without_value(&error, search.pick.text()))?;
        let candidates = list(picked, &search.pick, "picks")?
            .into_iter()
            .filter_map(|candidate| {
                let value = Bound::json(candidate);
                bindings.bind("candidate", Arc::clone(&value));
                let instant = |end: &Expression| end.evaluate(&bindings).ok().as_ref().and_then(instant);
                let span = match &search.lease {
                    None => None,
                    // A candidate without a span of time cannot be held; the judge of the listing says so elsewhere.
                    Some((from, to)) => Some(Span::new(instant(from)?, instant(to)?)?),
                };
                Some(Candidate::new(value, span))
            });
        Ok(candidates.collect())
    }

    /// Takes one of the candidates, and holds its span of time. Returns its place among them.
    fn take<'o>(
        &self,
        candidates: impl IntoIterator<Item = &'o Candidate> + Clone,
        preference: SlotPreference,
    ) -> Result<usize, Taken> {
        // What needs no span of time is free for everyone.
        let mut free = candidates.clone().into_iter();
        if let Some(at) = free.position(|candidate| candidate.span().is_none()) {
            return Ok(at);
        }
        let leases = self.entry().provider().leases();
        match leases.take(&spans(candidates), self.holder(), preference) {
            Taken::Yes(at) => Ok(at),
            other => Err(other),
        }
    }

    /// Nothing is fresh: takes what was used before, on a day of its own, so that a test at a peer is in nobody's way. Whoever holds
    /// something at two providers gives up soon: tests that wait for each other there would wait for ever.
    async fn another_day(&mut self, seen: &[Look]) -> Result<Arc<Bound>, StepError> {
        let late = "too few free slots: other tests hold the others";
        self.wait_for(PEER_TIME_LIMIT, late, || {
            seen.iter().find_map(|look| {
                let at = self
                    .take(look.candidates.iter(), SlotPreference::AnotherDay)
                    .ok()?;
                Some(Ok(look.bound(at)))
            })
        })
        .await
    }

    /// Nothing is fresh: takes what was used before, or what another test releases.
    async fn second_choice(&mut self, seen: &[Look]) -> Result<Arc<Bound>, StepError> {
        let late = "too few free slots: the others were held by other tests for too long";
        let limit = self.entry().context().options().test_limit;
        let all = || seen.iter().flat_map(|look| look.candidates.iter());
        self.wait_for(limit, late, || {
            if let Ok(at) = self.take(all(), SlotPreference::Apart) {
                return Some(Ok(bound_at(seen, at)));
            }
            match self.take(all(), SlotPreference::Any) {
                Ok(at) => Some(Ok(bound_at(seen, at))),
                Err(Taken::No) => Some(Err(StepError::Skip(
                    Untested::NoWitness,
                    "too few free slots: every one is held by this or another test".to_owned(),
                ))),
                Err(_) => None,
            }
        })
        .await
    }

    /// Looks again whenever another test releases a lease, until `look` has found something or decided that there is nothing. Skips the
    /// test when the limit has passed.
    async fn wait_for(
        &self,
        limit: Duration,
        late: &str,
        look: impl Fn() -> Option<Result<Arc<Bound>, StepError>>,
    ) -> Result<Arc<Bound>, StepError> {
        let leases = self.entry().provider().leases();
        let deadline = Instant::now() + limit;
        let mut waiting = None;
        loop {
            // Registered before the look, so that no change falls between the look and the wait.
            let mut changed = std::pin::pin!(leases.changed());
            changed.as_mut().enable();
            if let Some(found) = look() {
                return found;
            }
            waiting.get_or_insert_with(|| leases.wait(self.holder()));
            tokio::select! {
                () = changed => {}
                () = self.entry().context().stop().when_requested() => return Err(StepError::Interrupted),
                () = tokio::time::sleep_until(deadline) => return Err(StepError::Skip(Untested::NoWitness, late.to_owned())),
            }
        }
    }
}

fn spans<'o>(candidates: impl IntoIterator<Item = &'o Candidate>) -> Vec<Span> {
    candidates.into_iter().filter_map(Candidate::span).collect()
}

/// The candidate at a place of all looks together.
fn bound_at(seen: &[Look], mut at: usize) -> Arc<Bound> {
    for look in seen {
        if at < look.candidates.len() {
            return look.bound(at);
        }
        at -= look.candidates.len();
    }
    Bound::json(Value::Null)
}

fn instant(value: &Value) -> Option<DateTime<Utc>> {
    let text = value.as_str()?;
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|instant| instant.with_timezone(&Utc))
}
