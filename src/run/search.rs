//! Looks for something free, in turn, until a test can hold it alone.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::ask::Asker;
use super::halt::Halt;
use super::lease::{Care, Span, Taken};
use super::offered::{Listed, Offered};
use super::session::SharedCell;
use crate::expr::{Bound, Expression};
use crate::suite::SearchStep;

/// The most calls that one search makes.
const MOST_CALLS: usize = 400;

/// How long a test with a peer waits for a slot.
const PATIENCE_AT_TWO: Duration = Duration::from_secs(5);

/// What was chosen on the way to an answer, and the answer.
struct Look {
    chosen: Vec<(String, Arc<Bound>)>,
    input: Arc<Bound>,
    output: Arc<Bound>,
    offered: Arc<[Offered]>,
}

impl Look {
    /// What the step's id is bound to when the candidate at this place is taken.
    fn bound(&self, at: usize) -> Arc<Bound> {
        let own = [
            ("candidate", &self.offered[at].value),
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

impl Asker<'_> {
    /// Asks in turn. Takes the first candidate that is fresh; failing that, the first on a day of its own; failing that, the first that
    /// can be had.
    pub(super) async fn search(&mut self, search: &SearchStep) -> Result<Arc<Bound>, Halt> {
        let mut seen = Vec::new();
        for care in [Care::Fresh, Care::AnotherDay] {
            seen.clear();
            let before = self.bindings.clone();
            let found = self
                .scan(search, care, 0, &mut Vec::new(), &mut seen, &mut 0)
                .await;
            self.bindings = before;
            if let Some(bound) = found? {
                return Ok(bound);
            }
            if seen.iter().all(|look: &Look| look.offered.is_empty()) {
                return Err(Halt::Blocked(search.none.clone()));
            }
        }
        if self.guest_of.is_some() || self.peer.is_some() {
            self.another_day(&seen).await
        } else {
            self.second_choice(&seen).await
        }
    }

    /// One loop of the search; the innermost asks.
    async fn scan(
        &mut self,
        search: &SearchStep,
        care: Care,
        depth: usize,
        chosen: &mut Vec<(String, Arc<Bound>)>,
        seen: &mut Vec<Look>,
        calls: &mut usize,
    ) -> Result<Option<Arc<Bound>>, Halt> {
        let Some((name, list)) = search.over.get(depth) else {
            return self.look(search, care, chosen, seen, calls).await;
        };
        let Value::Array(items) = self.evaluate(list)? else {
            return Err(Halt::Error(format!(
                "the suite searches `{}`, which is no list",
                list.text()
            )));
        };
        for item in items {
            if *calls >= MOST_CALLS {
                break;
            }
            let before = self.bindings.clone();
            let item = Bound::json(item);
            self.bindings.bind(name.as_str(), Arc::clone(&item));
            chosen.push((name.clone(), item));
            let found = Box::pin(self.scan(search, care, depth + 1, chosen, seen, calls)).await;
            chosen.pop();
            self.bindings = before;
            if let Some(found) = found? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Asks once, unless another test of the provider has asked the same, and takes a candidate that suits where there is one.
    async fn look(
        &mut self,
        search: &SearchStep,
        care: Care,
        chosen: &[(String, Arc<Bound>)],
        seen: &mut Vec<Look>,
        calls: &mut usize,
    ) -> Result<Option<Arc<Bound>>, Halt> {
        *calls += 1;
        let input = Arc::new(self.render(&search.input, search.tool.tool())?);
        // What is free by another setting of the clock is free then only.
        let key = format!(
            "{} {} {input}",
            self.session.premises.clock.setting(),
            search.tool.tool()
        );
        let bound = Bound::json(Arc::clone(&input));
        let (cell, mut listed) = self.listed(search, &key, &input).await?;
        let mut offered = self.offered(search, &bound, &listed)?;
        // A booking that was taken back since may have moved what was listed, or hidden it.
        let leases = &self.session.premises.leases;
        let day = spans(offered.iter());
        // What was used is taken again, where it was taken back: what has begun since is looked at too.
        let work = match care {
            Care::Fresh => listed.work.clone(),
            Care::AnotherDay | Care::Apart | Care::Any => leases.until_now(listed.work.clone()),
        };
        if leases.has_ended_within(&day, &work) && !leases.others_work_within(&day, self.holder) {
            self.session.forget_searched(&key, &cell);
            (_, listed) = self.listed(search, &key, &input).await?;
            offered = self.offered(search, &bound, &listed)?;
        }
        let look = Look {
            chosen: chosen.to_vec(),
            input: bound,
            output: Arc::clone(&listed.output),
            offered,
        };
        if let Ok(at) = self.take(look.offered.iter(), care) {
            return Ok(Some(look.bound(at)));
        }
        seen.push(look);
        Ok(None)
    }

    /// The answer to a question, asked unless another test of the provider has asked it.
    async fn listed(
        &mut self,
        search: &SearchStep,
        key: &str,
        input: &Arc<Value>,
    ) -> Result<(SharedCell<Listed>, Arc<Listed>), Halt> {
        let cell = self.session.searched(key);
        let listed = cell
            .get_or_try_init(|| async {
                match self.ask_and_judge(search, input).await {
                    // Whoever asks next may still be answered.
                    Err(halt @ (Halt::Interrupted | Halt::Undecided { .. } | Halt::Error(_))) => Err(halt),
                    // What goes wrong for a guest is for the provider's own tests to meet and to tell.
                    Err(halt) if self.guest_of.is_some() => Err(halt),
                    settled => Ok(settled),
                }
            })
            .await?
            .clone()?;
        Ok((cell, listed))
    }

    async fn ask_and_judge(&mut self, search: &SearchStep, input: &Arc<Value>) -> Result<Arc<Listed>, Halt> {
        let leases = &self.session.premises.leases;
        let work = leases.work();
        let output = Bound::json(self.ask(&search.tool, input, false).await?);
        let work = leases.until_now(work);
        let input = Bound::json(Arc::clone(input));
        self.judge(&search.tool, &search.expect, None, &input, &output)?;
        Ok(Arc::new(Listed::new(output, work)))
    }

    fn offered(
        &self,
        search: &SearchStep,
        input: &Arc<Bound>,
        listed: &Listed,
    ) -> Result<Arc<[Offered]>, Halt> {
        listed.picked(search, self.now, || self.pick(search, input, &listed.output))
    }

    /// What an answer offers.
    fn pick(
        &self,
        search: &SearchStep,
        input: &Arc<Bound>,
        output: &Arc<Bound>,
    ) -> Result<Arc<[Offered]>, Halt> {
        let mut bindings = self.bindings.clone();
        bindings.bind("input", Arc::clone(input));
        bindings.bind("output", Arc::clone(output));
        let picked = search
            .pick
            .evaluate(&bindings)
            .map_err(|error| self.no_value(&error, search.pick.text()))?;
        let Value::Array(picked) = picked else {
            return Err(Halt::Error(format!(
                "the suite picks `{}`, which is no list",
                search.pick.text()
            )));
        };
        let offered = picked.into_iter().filter_map(|candidate| {
            let value = Bound::json(candidate);
            bindings.bind("candidate", Arc::clone(&value));
            let span = match &search.lease {
                None => None,
                Some((from, to)) => {
                    let instant = |end: &Expression| end.evaluate(&bindings).ok().as_ref().and_then(instant);
                    match (instant(from), instant(to)) {
                        (Some(from), Some(to)) if from < to => Some(Span { from, to }),
                        // A candidate without a span of time cannot be held; the judge of the listing says so elsewhere.
                        _ => return None,
                    }
                }
            };
            Some(Offered { value, span })
        });
        Ok(offered.collect())
    }

    fn take<'o>(
        &self,
        offered: impl IntoIterator<Item = &'o Offered> + Clone,
        care: Care,
    ) -> Result<usize, Taken> {
        // What needs no span of time is free for everyone.
        if let Some(at) = offered
            .clone()
            .into_iter()
            .position(|offered| offered.span.is_none())
        {
            return Ok(at);
        }
        let spans = spans(offered);
        match self.session.premises.leases.take(&spans, self.holder, care) {
            Taken::Yes(at) => Ok(at),
            other => Err(other),
        }
    }

    /// Nothing is fresh: what was used before, on a day of its own, so that a guest is in nobody's way. Whoever holds something at two
    /// providers gives up soon: tests that wait for each other there would wait for ever.
    async fn another_day(&mut self, seen: &[Look]) -> Result<Arc<Bound>, Halt> {
        let deadline = tokio::time::Instant::now() + PATIENCE_AT_TWO;
        loop {
            for look in seen {
                if let Ok(at) = self.take(look.offered.iter(), Care::AnotherDay) {
                    return Ok(look.bound(at));
                }
            }
            tokio::select! {
                () = self.session.premises.leases.wait(self.holder) => {}
                () = self.session.shared.stop.when_requested() => return Err(Halt::Interrupted),
                () = tokio::time::sleep_until(deadline) => {
                    return Err(Halt::Skip("too few free slots: other tests hold the others".to_owned()));
                }
            }
        }
    }

    /// Nothing is fresh: what was used before, or what another test gives back.
    async fn second_choice(&mut self, seen: &[Look]) -> Result<Arc<Bound>, Halt> {
        let patience = self.session.shared.test_limit;
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            for care in [Care::Apart, Care::Any] {
                match self.take(seen.iter().flat_map(|look| look.offered.iter()), care) {
                    Ok(at) => return Ok(bound_at(seen, at)),
                    Err(Taken::No) if care == Care::Any => {
                        return Err(Halt::Skip(
                            "too few free slots: every one is held by this or another test".to_owned(),
                        ));
                    }
                    Err(_) => {}
                }
            }
            tokio::select! {
                () = self.session.premises.leases.wait(self.holder) => {}
                () = self.session.shared.stop.when_requested() => return Err(Halt::Interrupted),
                () = tokio::time::sleep_until(deadline) => {
                    return Err(Halt::Skip("too few free slots: the others were held by other tests for too long".to_owned()));
                }
            }
        }
    }
}

fn spans<'o>(offered: impl IntoIterator<Item = &'o Offered>) -> Vec<Span> {
    offered.into_iter().filter_map(|offered| offered.span).collect()
}

/// The candidate at a place of all looks together.
fn bound_at(seen: &[Look], mut at: usize) -> Arc<Bound> {
    for look in seen {
        if at < look.offered.len() {
            return look.bound(at);
        }
        at -= look.offered.len();
    }
    Bound::json(Value::Null)
}

fn instant(value: &Value) -> Option<DateTime<Utc>> {
    let text = value.as_str()?;
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|instant| instant.with_timezone(&Utc))
}
