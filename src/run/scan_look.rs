//! One look of a search: the answer to a call, which the tests of a provider share, and what is picked from it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::candidates::{Candidate, SharedAnswer, spans};
use super::entry_state::SharedCell;
use super::executor::TestExecutor;
use super::expressions::{list, without_value};
use super::lease::SlotPreference;
use super::scan::{Look, Reach, Scan};
use super::span::Span;
use super::step_error::StepError;
use crate::expr::{Bound, Expression};
use crate::model::is_sane;
use crate::suite::SearchStep;

impl TestExecutor<'_> {
    /// Calls the tool once, unless another test of the provider has asked the same.
    pub(super) async fn look_at(&mut self, scan: &mut Scan<'_>) -> Result<Look, StepError> {
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
        // A call that was taken back since may have moved what was listed, or hidden it.
        let leases = entry.provider().leases();
        let day = spans(candidates.iter());
        // What was used is taken again, where it was taken back: what has begun since is looked at too.
        let shaping = match scan.preference {
            SlotPreference::Fresh => answer.leases().clone(),
            SlotPreference::AnotherDay | SlotPreference::Apart | SlotPreference::Any => {
                leases.until_now(answer.leases().clone())
            }
        };
        let emptied =
            scan.reach == Reach::Again && candidates.is_empty() && leases.has_any_ended(answer.leases());
        let is_old =
            leases.has_ended_within(&day, &shaping) && !leases.others_work_within(&day, self.holder());
        if emptied || is_old {
            entry.forget_answer(&key, &cell);
            (_, answer) = self.shared_answer(search, &key, &input).await?;
            candidates = self.candidates(search, &bound, &answer)?;
        }
        scan.listed += answer.listed().starts().count();
        self.evidence_mut()
            .note_look(&search.tool, &input, answer.listed());
        // What nothing was picked from is not read again.
        let call = (!candidates.is_empty()).then(|| {
            let picked = candidates.iter().map(Candidate::weight);
            let picked = picked.fold(0, usize::saturating_add);
            scan.kept = scan.kept.saturating_add(picked).saturating_add(answer.weight());
            [bound, Arc::clone(answer.output())]
        });
        let look = Look {
            chosen: scan.chosen.as_slice().into(),
            call,
            first: self.entry().draw().first_of(search, &key, candidates.len()),
            candidates,
        };
        scan.found_any |= !look.candidates.is_empty();
        Ok(look)
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
        let answered = self.call_tool(&search.tool, input, false).await?;
        let held = leases.until_now(before);
        self.judge(&search.tool, &search.expect, None, &answered)?;
        let output = Bound::json(Arc::clone(answered.output()));
        let answer = SharedAnswer::new(output, held);
        self.entry().note_kept(answer.weight());
        Ok(Arc::new(answer))
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
}

fn instant(value: &Value) -> Option<DateTime<Utc>> {
    let text = value.as_str()?;
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|instant| instant.with_timezone(&Utc))
        .filter(|instant| is_sane(*instant))
}
