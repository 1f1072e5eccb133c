//! Calls that are made at one time, over connections that are open before the first goes out.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use serde_json::Value;

use super::answered::Answered;
use super::calls::sign_of;
use super::entry_state::EntryState;
use super::executor::TestExecutor;
use super::host::Sign;
use super::send::{send, turn_is_over, unless_stopped};
use super::step_error::StepError;
use crate::expr::Bound;
use crate::model::{TestBudget, Untested};
use crate::suite::{RaceCall, RaceStep, Step, StepKind};
use crate::transport::{Call, Prepared, at_once};

/// A call of a race that is ready to go.
struct Caller<'r> {
    number: usize,
    call: &'r RaceCall,
    input: Arc<Value>,
    sending: Option<String>,
    limit: Duration,
}

impl Caller<'_> {
    fn as_call(&self) -> Call<'_> {
        Call {
            tool: self.call.tool.tool(),
            input: &self.input,
            limit: self.limit,
            reading: self.call.tool.reading(),
        }
    }
}

/// A caller, and what came back to it.
struct Raced<'c> {
    caller: &'c Caller<'c>,
    answered: Result<Answered, StepError>,
    /// The place of the call in the transcript, where it was made.
    place: Option<usize>,
}

/// The most milliseconds between two calls of a race: later, the first has long been answered.
const MOST_APART: u64 = 1_000;

impl TestExecutor<'_> {
    /// Makes all calls of a race at one time and judges each answer. `rest` are the steps after it. What all answers say together counts
    /// first: one that is wrong in itself must not hide that several callers were told that they have what only one can have. Else the
    /// worst answer stands for the race.
    pub(super) async fn race(
        &mut self,
        race: &RaceStep,
        id: Option<&str>,
        rest: &[Step],
    ) -> Result<Arc<Bound>, StepError> {
        let callers = self.line_up(race)?;
        let prepared = prepare(self.entry(), self.budget(), &callers).await?;
        self.get_ready(callers.len()).await?;
        let apart = match &race.apart {
            Some(apart) => self.evaluate(apart)?.as_u64().unwrap_or(0),
            None => 0,
        };
        let apart = Duration::from_millis(apart.min(MOST_APART));
        let calls = callers.iter().map(|caller| (&caller.call.tool, &caller.input));
        self.intend(calls).await;
        let raced = self.run_race(prepared, apart).await;
        let mut outcomes = Vec::with_capacity(raced.len());
        let mut worst: Option<(StepError, Option<usize>)> = None;
        for Raced {
            caller,
            answered,
            place,
        } in raced
        {
            if let Ok(answered) = &answered {
                outcomes.push(answered.element("caller", caller.number.into()));
            }
            match self.judge_caller(caller, answered) {
                Err(error) if worst.as_ref().is_none_or(|(worst, _)| error.is_worse_than(worst)) => {
                    worst = Some((error, place));
                }
                Ok(()) | Err(_) => {}
            }
        }
        let all_answered = outcomes.len() == callers.len();
        let outcomes = Bound::json(Value::Array(outcomes));
        let Some((error, place)) = worst else {
            return Ok(outcomes);
        };
        if all_answered && let Some(together) = id.and_then(|id| self.count_first(id, &outcomes, rest)) {
            return Err(together);
        }
        if let Some(place) = place {
            self.transcript_mut().move_to_end(place);
        }
        Err(error)
    }

    /// The failure of the first check over all answers of a race, where one follows it.
    fn count_first(&mut self, id: &str, outcomes: &Arc<Bound>, rest: &[Step]) -> Option<StepError> {
        let mut inside = self.enter(self.scope().clone());
        inside.scope_mut().bind(id, Arc::clone(outcomes));
        for step in rest
            .iter()
            .take_while(|step| step.when.is_none() && !step.at_peer)
        {
            match &step.kind {
                StepKind::Let(bound) => inside.bind_values(bound).ok()?,
                StepKind::That(checks) => {
                    let counted = inside.judge_all(checks.get(..1)?);
                    return counted
                        .err()
                        .filter(|error| matches!(error, StepError::Fail { .. }));
                }
                _ => return None,
            }
        }
        None
    }

    /// Makes every input before the first call goes out.
    fn line_up<'r>(&mut self, race: &'r RaceStep) -> Result<Vec<Caller<'r>>, StepError> {
        let mut inside = self.enter(self.scope().clone());
        race.callers()
            .map(|(number, call)| inside.make_ready(number, call))
            .collect()
    }

    fn make_ready<'r>(&mut self, number: usize, call: &'r RaceCall) -> Result<Caller<'r>, StepError> {
        self.scope_mut().bind_json("caller", Value::from(number));
        let input = Arc::new(self.render(&call.input, call.tool.tool())?);
        let sending = match &call.sending {
            Some(template) => Some(self.render_text(template, "sending")?),
            None => None,
        };
        let limit = self.may_call(&call.tool, &input, false)?;
        Ok(Caller {
            number,
            call,
            input,
            sending,
            limit,
        })
    }

    /// Opens connections for all calls. A race whose calls the pace keeps apart shows nothing.
    async fn get_ready(&mut self, callers: usize) -> Result<(), StepError> {
        let context = self.entry().context();
        let ready = self
            .budget()
            .scope(self.entry().target().transport().ready(callers));
        // A provider that is slow to get ready is raced all the same, over connections that have to be opened first. A pace may take as
        // long as a test to save up a burst.
        let limit = context.options().test_limit;
        let together = tokio::select! {
            ready = tokio::time::timeout(limit, ready) => ready.unwrap_or(true),
            () = context.stop().when_requested() => return Err(StepError::Interrupted),
            () = self.entry().budget().when_over() => return Err(turn_is_over(self.entry())),
        };
        self.evidence_mut().note_race();
        match together {
            true => Ok(()),
            false => Err(StepError::Skip(
                Untested::PacedApart,
                format!(
                    "{callers} calls at one time are more than the provider takes: `max_per_second` of the manifest, or the pacing of its dialect, keeps them apart"
                ),
            )),
        }
    }

    /// Makes all calls. Each reply is received as it comes, so that what it made is on record whatever happens to the others.
    async fn run_race<'c>(&mut self, prepared: Vec<PreparedCaller<'c>>, apart: Duration) -> Vec<Raced<'c>> {
        let (entry, budget) = (self.entry(), Arc::clone(self.budget()));
        let budget = &budget;
        // The test holds one place on the origin already.
        let _places = entry.host().burst(prepared.len().saturating_sub(1));
        let start = tokio::time::Instant::now();
        let mut raced: Vec<_> = prepared
            .iter()
            .map(|(caller, _)| Raced {
                caller,
                answered: Err(StepError::Interrupted),
                place: None,
            })
            .collect();
        let mut under_way: FuturesUnordered<_> = prepared
            .into_iter()
            .enumerate()
            .map(|(at, (caller, prepared))| async move {
                let later = u32::try_from(at).unwrap_or(u32::MAX);
                tokio::time::sleep(apart.saturating_mul(later)).await;
                let tool = &caller.call.tool;
                let reply = at_once(async {
                    match prepared {
                        Some(prepared) => unless_stopped(entry, budget, tool, prepared.go()).await,
                        None => send(entry, budget, tool, &caller.input, caller.limit).await,
                    }
                });
                (at, reply.await)
            })
            .collect();
        let mut waited = Duration::ZERO;
        while let Some((at, reply)) = under_way.next().await {
            waited = start.elapsed();
            let Some(raced) = raced.get_mut(at) else {
                continue;
            };
            let reply = match reply {
                Ok(reply) => reply,
                Err(error) => {
                    raced.answered = Err(error);
                    continue;
                }
            };
            let caller = raced.caller;
            // A burst is slow by itself, which says nothing of the load; that it was too much does.
            if sign_of(&reply) == Sign::Overloaded {
                let took = reply.waited / reply.attempts.max(1);
                entry
                    .host()
                    .learn(caller.call.tool.tool(), took, Sign::Overloaded);
            }
            raced.place = Some(self.transcript().next_place());
            raced.answered = self.receive(&caller.call.tool, &caller.input, reply).await;
        }
        self.add_wait(waited);
        raced
    }

    /// Judges the answer of one caller, among its own names.
    fn judge_caller(
        &mut self,
        caller: &Caller<'_>,
        answered: Result<Answered, StepError>,
    ) -> Result<(), StepError> {
        let sending = caller.sending.as_deref();
        let answered = answered.map_err(|error| error.after_sending(sending))?;
        let RaceCall { tool, expect, .. } = caller.call;
        let mut inside = self.enter(self.scope().clone());
        inside.scope_mut().bind_json("caller", Value::from(caller.number));
        inside.judge(tool, expect, sending, &answered)
    }
}

/// A caller, with what was done for its call beforehand.
type PreparedCaller<'c> = (&'c Caller<'c>, Option<Box<dyn Prepared + 'c>>);

/// Does for every caller what must come before its call. What is left of the calls is what races.
async fn prepare<'c>(
    entry: &'c EntryState,
    budget: &Arc<TestBudget>,
    callers: &'c [Caller<'c>],
) -> Result<Vec<PreparedCaller<'c>>, StepError> {
    let transport = entry.target().transport();
    let all = callers
        .iter()
        .map(|caller| async move { (caller, transport.prepare(caller.as_call()).await) });
    tokio::select! {
        prepared = budget.scope(join_all(all)) => Ok(prepared),
        () = entry.context().stop().when_requested() => Err(StepError::Interrupted),
        () = entry.budget().when_over() => Err(turn_is_over(entry)),
    }
}
