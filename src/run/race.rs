//! Calls that are made at one time, over connections that are open before the first goes out.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use serde_json::Value;

use super::ask::{Asker, send, unless_stopped};
use super::halt::Halt;
use super::session::Session;
use super::steps::{sent, text};
use crate::expr::Bound;
use crate::suite::{RaceCall, RaceStep};
use crate::transport::{Call, Prepared};

/// A caller at the line.
struct Caller<'r> {
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
        }
    }
}

/// What came back to a caller.
struct Answer {
    output: Result<Arc<Value>, Halt>,
    /// Its place among the calls that the test keeps, where it was made.
    kept: Option<usize>,
}

impl Asker<'_> {
    /// Makes all calls of a race at one time and judges each answer. The worst one stands for the race.
    pub(super) async fn race(&mut self, race: &RaceStep) -> Result<Arc<Bound>, Halt> {
        let callers = self.line_up(race)?;
        let prepared = prepare(self.session, &callers).await?;
        self.get_ready(callers.len()).await?;
        let answers = self.run_race(&callers, prepared).await;
        let mut outputs = Vec::with_capacity(callers.len());
        let mut worst: Option<(Halt, Option<usize>)> = None;
        for (number, (caller, Answer { output, kept })) in callers.iter().zip(answers).enumerate() {
            match self.judge_caller(number, caller, output) {
                Ok(output) => outputs.push(output),
                Err(halt) if worst.as_ref().is_none_or(|(worst, _)| halt.rank() < worst.rank()) => {
                    worst = Some((halt, kept));
                }
                Err(_) => {}
            }
        }
        if let Some((halt, kept)) = worst {
            if let Some(kept) = kept {
                self.put_last(kept);
            }
            return Err(halt);
        }
        let answers = callers
            .iter()
            .zip(outputs)
            .enumerate()
            .map(|(number, (caller, output))| {
                Value::from_iter([
                    ("caller", number.into()),
                    ("input", (*caller.input).clone()),
                    ("output", (*output).clone()),
                ])
            });
        Ok(Bound::json(answers.collect::<Value>()))
    }

    /// Makes every input before anybody starts.
    fn line_up<'r>(&mut self, race: &'r RaceStep) -> Result<Vec<Caller<'r>>, Halt> {
        let before = self.bindings.clone();
        let mut line = Vec::new();
        for (number, call) in race.callers() {
            self.bindings.bind_json("caller", Value::from(number));
            let input = Arc::new(self.render(&call.input, call.tool.tool())?);
            let sending = match &call.sending {
                Some(template) => Some(text(self.render(template, "sending")?)),
                None => None,
            };
            let limit = self.may_ask(&call.tool, &input, false)?;
            line.push(Caller {
                call,
                input,
                sending,
                limit,
            });
        }
        self.bindings = before;
        Ok(line)
    }

    async fn get_ready(&mut self, callers: usize) -> Result<(), Halt> {
        let shared = &self.session.shared;
        let ready = self.session.target.transport().ready(callers);
        let together = tokio::select! {
            // A provider that is slow to get ready is raced all the same, over connections that have to be opened first.
            ready = tokio::time::timeout(shared.call_limit, ready) => ready.unwrap_or(true),
            () = shared.stop.when_requested() => return Err(Halt::Interrupted),
        };
        let note = "calls that race were not made at one time: the manifest limits `max_per_second`";
        if !together && !self.notes.iter().any(|known| known == note) {
            self.notes.push(note.to_owned());
        }
        Ok(())
    }

    /// Starts everybody. Each answer is taken in as it comes, so that what it made is on record whatever happens to the others.
    async fn run_race<'r>(
        &mut self,
        callers: &'r [Caller<'_>],
        prepared: Vec<Option<Box<dyn Prepared + 'r>>>,
    ) -> Vec<Answer> {
        let session = self.session;
        let start = tokio::time::Instant::now();
        let mut under_way: FuturesUnordered<_> = callers
            .iter()
            .zip(prepared)
            .enumerate()
            .map(|(number, (caller, prepared))| async move {
                let tool = &caller.call.tool;
                let reply = match prepared {
                    Some(prepared) => unless_stopped(session, tool, prepared.go()).await,
                    None => send(session, tool, &caller.input, caller.limit).await,
                };
                (number, reply)
            })
            .collect();
        let mut answers: Vec<_> = callers
            .iter()
            .map(|_| Answer {
                output: Err(Halt::Interrupted),
                kept: None,
            })
            .collect();
        let mut waited = Duration::ZERO;
        while let Some((number, reply)) = under_way.next().await {
            waited = start.elapsed();
            let (Ok(reply), Some(caller)) = (reply, callers.get(number)) else {
                continue;
            };
            let kept = self.asked();
            answers[number] = Answer {
                output: self.take_in(&caller.call.tool, &caller.input, reply).await,
                kept: Some(kept),
            };
        }
        self.spend(waited);
        answers
    }

    fn judge_caller(
        &mut self,
        number: usize,
        caller: &Caller<'_>,
        output: Result<Arc<Value>, Halt>,
    ) -> Result<Arc<Value>, Halt> {
        let sending = caller.sending.as_deref();
        let output = output.map_err(|halt| sent(halt, sending))?;
        let before = self.bindings.clone();
        self.bindings.bind_json("caller", Value::from(number));
        let (sent, came) = (
            Bound::json(Arc::clone(&caller.input)),
            Bound::json(Arc::clone(&output)),
        );
        let RaceCall { tool, expect, .. } = caller.call;
        let judged = self.judge(tool, expect, sending, &sent, &came);
        self.bindings = before;
        judged.map(|()| output)
    }
}

/// Does for every caller what must come before its call. What is left of the calls is what races.
async fn prepare<'r>(
    session: &'r Session,
    callers: &'r [Caller<'_>],
) -> Result<Vec<Option<Box<dyn Prepared + 'r>>>, Halt> {
    let transport = session.target.transport();
    let all = callers.iter().map(|caller| transport.prepare(caller.as_call()));
    tokio::select! {
        prepared = join_all(all) => Ok(prepared),
        () = session.shared.stop.when_requested() => Err(Halt::Interrupted),
    }
}
