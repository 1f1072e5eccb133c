//! Looks for something free, in turn, until a test can hold it alone.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::ask::Asker;
use super::halt::Halt;
use super::lease::{Care, Span, Taken};
use crate::expr::Expression;
use crate::suite::SearchStep;

/// The most calls that one search makes.
const MOST_CALLS: usize = 400;

/// Something that an answer offered.
struct Candidate {
    /// What the step's id is bound to when the candidate is taken.
    bound: Value,
    span: Option<Span>,
}

impl Asker<'_> {
    /// Asks in turn. Takes the first candidate that is fresh; failing that, the first that can be had.
    pub(super) async fn search(&mut self, search: &SearchStep) -> Result<Value, Halt> {
        let mut seen = Vec::new();
        let mut calls = 0;
        let before = self.bindings.clone();
        let found = self.scan(search, 0, &mut Vec::new(), &mut seen, &mut calls).await;
        self.bindings = before;
        if let Some(bound) = found? {
            return Ok(bound);
        }
        if seen.is_empty() {
            return Err(Halt::Blocked(search.none.clone()));
        }
        self.second_choice(&seen).await
    }

    /// One loop of the search; the innermost asks.
    async fn scan(
        &mut self,
        search: &SearchStep,
        depth: usize,
        chosen: &mut Vec<(String, Value)>,
        seen: &mut Vec<Candidate>,
        calls: &mut usize,
    ) -> Result<Option<Value>, Halt> {
        let Some((name, list)) = search.over.get(depth) else {
            return self.look(search, chosen, seen, calls).await;
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
            self.bindings.bind_json(name, item.clone());
            chosen.push((name.clone(), item));
            let found = Box::pin(self.scan(search, depth + 1, chosen, seen, calls)).await;
            chosen.pop();
            self.bindings = before;
            if let Some(found) = found? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Asks once, unless another test of the provider has asked the same, and takes a fresh candidate where there is one.
    async fn look(
        &mut self,
        search: &SearchStep,
        chosen: &[(String, Value)],
        seen: &mut Vec<Candidate>,
        calls: &mut usize,
    ) -> Result<Option<Value>, Halt> {
        *calls += 1;
        let input = self.render(&search.input, search.tool.tool())?;
        let key = format!("{} {input}", search.tool.tool());
        let cell = self.session.searched(&key);
        let output = match cell.get() {
            Some(kept) => kept.clone()?,
            None => {
                let asked = self.ask_and_judge(search, &input).await;
                match asked {
                    // Whoever asks next may still be answered.
                    Err(halt @ (Halt::Interrupted | Halt::Undecided { .. } | Halt::Error(_))) => {
                        return Err(halt);
                    }
                    settled => cell.get_or_init(|| async { settled }).await.clone()?,
                }
            }
        };
        let mut bindings = self.bindings.clone();
        bindings.bind_json("input", input.clone());
        bindings.bind_json("output", output.as_ref().clone());
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
        let first = seen.len();
        for candidate in picked {
            bindings.bind_json("candidate", candidate.clone());
            let span = match &search.lease {
                None => None,
                Some((from, to)) => {
                    let instant = |end: &Expression| end.evaluate(&bindings).ok().as_ref().and_then(instant);
                    match (instant(from), instant(to)) {
                        (Some(from), Some(to)) if from < to => Some(Span { from, to }),
                        // A candidate without a span of time cannot be held; the judge of the listing says so elsewhere.
                        _ => continue,
                    }
                }
            };
            let mut bound = json!({ "candidate": candidate, "input": input, "output": *output });
            if let Value::Object(fields) = &mut bound {
                fields.extend(chosen.iter().cloned());
            }
            seen.push(Candidate { bound, span });
        }
        Ok(self
            .take(&seen[first..], Care::Fresh)
            .ok()
            .map(|at| seen[first + at].bound.clone()))
    }

    async fn ask_and_judge(&mut self, search: &SearchStep, input: &Value) -> Result<Arc<Value>, Halt> {
        let output = self.ask(&search.tool, input.clone(), false).await?;
        self.judge(&search.tool, &search.expect, None, input, &output)?;
        Ok(Arc::new(output))
    }

    fn take(&self, candidates: &[Candidate], care: Care) -> Result<usize, Taken> {
        // What needs no span of time is free for everyone.
        if let Some(at) = candidates.iter().position(|candidate| candidate.span.is_none()) {
            return Ok(at);
        }
        let spans: Vec<_> = candidates.iter().filter_map(|candidate| candidate.span).collect();
        match self.session.leases.take(&spans, self.holder, care) {
            Taken::Yes(at) => Ok(at),
            other => Err(other),
        }
    }

    /// Nothing is fresh: what was used before, or what another test gives back.
    async fn second_choice(&mut self, seen: &[Candidate]) -> Result<Value, Halt> {
        let patience = self.session.shared.test_limit;
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            for care in [Care::Apart, Care::Any] {
                match self.take(seen, care) {
                    Ok(at) => return Ok(seen[at].bound.clone()),
                    Err(Taken::No) if care == Care::Any => {
                        return Err(Halt::Skip(
                            "too few free slots: every one is held by this or another test".to_owned(),
                        ));
                    }
                    Err(_) => {}
                }
            }
            tokio::select! {
                () = self.session.leases.wait(self.holder) => {}
                () = self.session.shared.stop.when_requested() => return Err(Halt::Interrupted),
                () = tokio::time::sleep_until(deadline) => {
                    return Err(Halt::Skip("too few free slots: the others were held by other tests for too long".to_owned()));
                }
            }
        }
    }
}

fn instant(value: &Value) -> Option<DateTime<Utc>> {
    let text = value.as_str()?;
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|instant| instant.with_timezone(&Utc))
}
