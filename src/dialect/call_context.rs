//! One call at work: the requests that it has made, what they found, and what would have to be undone.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::provider_context::ProviderContext;
use super::request::{build_request, decided, shown};
use super::rule::{as_value, first, may_have_acted, pause, quoted, recorded, unmatched};
use super::step::{Ask, Branch, Kind, Meaning, Rows, Step, Turns};
use super::types::{MappedCall, Note};
use crate::expr::{Bindings, Bound, EvalError};
use crate::model::{MappedStep, plural};
use crate::transport::{Decided, Extra, RawAnswer, Request, TransportError};

/// The most requests of one call of a contract.
const MOST_REQUESTS: u32 = 200;

/// The most pauses of one request that the provider asks for.
const MOST_WAITS: u32 = 8;

/// The pause before a request is made again.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// The end of a call before its last step.
#[derive(Debug, Clone)]
pub(super) enum End {
    /// The provider refused, in the contract's words.
    Refused(String),
    /// There is no answer to judge.
    TransportError(TransportError),
}

/// A request that takes something back.
pub(super) struct Undo<'t> {
    pub(super) ask: &'t Ask,
    pub(super) request: Request,
    /// True if it takes back what decided the call.
    pub(super) of_decision: bool,
    /// The place among the extras of what it takes back.
    pub(super) extra: Option<usize>,
}

/// Something that a step made beside the thing that the call is for.
pub(super) struct MadeExtra {
    pub(super) extra: Extra,
    /// True if it was taken back again.
    pub(super) gone: bool,
}

/// One call at work.
pub(super) struct CallContext<'t> {
    pub(super) provider: &'t ProviderContext,
    pub(super) bindings: Bindings,
    limit: Duration,
    pub(super) waited: Duration,
    pub(super) attempts: u32,
    pub(super) aside: u32,
    pub(super) clock: Option<(DateTime<Utc>, DateTime<Utc>)>,
    pub(super) status: Option<u16>,
    pub(super) steps: Vec<MappedStep>,
    pub(super) left: Vec<String>,
    pub(super) may_have_acted: bool,
    pub(super) decided: Option<Decided>,
    pub(super) notes: Vec<String>,
    /// The call of the contract that is made; None in a look-up.
    pub(super) call: Option<&'t MappedCall>,
    pub(super) extras: Vec<MadeExtra>,
    pub(super) undo: Vec<Undo<'t>>,
}

impl<'t> CallContext<'t> {
    pub(super) fn new(
        provider: &'t ProviderContext,
        call: Option<&'t MappedCall>,
        bindings: Bindings,
        limit: Duration,
    ) -> Self {
        Self {
            provider,
            call,
            bindings,
            limit,
            waited: Duration::ZERO,
            attempts: 0,
            aside: 0,
            clock: None,
            status: None,
            steps: Vec::new(),
            left: Vec::new(),
            may_have_acted: false,
            decided: None,
            notes: Vec::new(),
            extras: Vec::new(),
            undo: Vec::new(),
        }
    }

    /// Makes look-ups that the whole run shares, unless they were made before.
    pub(super) async fn look_up(&mut self, names: &'t [String]) -> Result<(), End> {
        for name in names {
            let provider = self.provider;
            let Some(lookup) = provider.dialect().lookups.get(name) else {
                continue;
            };
            let cell = provider.lookups().cell(name);
            let mut aside = CallContext::new(provider, None, provider.base_bindings(), self.limit);
            let value = cell
                .get_or_try_init(|| async {
                    aside.run(&lookup.steps).await?;
                    let value = lookup.bind.render(&aside.bindings);
                    value.map(Bound::json).map_err(|error| aside.unread(name, &error))
                })
                .await
                .cloned();
            self.aside = self.aside.saturating_add(aside.attempts);
            self.clock = aside.clock.or(self.clock);
            self.steps.append(&mut aside.steps);
            self.notes.append(&mut aside.notes);
            self.bindings.bind(name.as_str(), value?);
        }
        Ok(())
    }

    /// Makes steps in their order until one ends the call.
    pub(super) async fn run(&mut self, steps: &'t [Step]) -> Result<(), End> {
        for step in steps {
            let left_out = match &step.when {
                Some(when) => !when
                    .holds(&self.bindings)
                    .map_err(|error| self.unread(when.text(), &error))?,
                None => false,
            };
            let value = match &step.kind {
                _ if left_out => Value::Null,
                Kind::Ask(ask) => self.ask(ask).await?,
                Kind::Rows(rows) => self.rows(rows)?,
                Kind::Let(values) => {
                    for (name, template) in values {
                        let value = template.render(&self.bindings);
                        let value = value.map_err(|error| self.unread(name, &error))?;
                        self.bindings.bind_json(name, value);
                    }
                    continue;
                }
                Kind::FirstOf(branches) => {
                    self.first_of(branches).await?;
                    continue;
                }
            };
            if left_out {
                self.close(step);
            }
            if let Some(id) = &step.id {
                self.bindings.bind_json(id, value);
            }
        }
        Ok(())
    }

    /// Binds the names of a step that was left out.
    fn close(&mut self, step: &Step) {
        match &step.kind {
            Kind::Ask(_) | Kind::Rows(_) => {}
            Kind::Let(values) => {
                for (name, _) in values {
                    self.bindings.bind_json(name, Value::Null);
                }
            }
            Kind::FirstOf(branches) => self.close_all(branches),
        }
    }

    fn close_all(&mut self, branches: &[Branch]) {
        for step in branches.iter().flat_map(|branch| &branch.steps) {
            if let Some(id) = &step.id {
                self.bindings.bind_json(id, Value::Null);
            }
            self.close(step);
        }
    }

    /// Reads a list row by row, and notes what had to be left out.
    fn rows(&mut self, rows: &Rows) -> Result<Value, End> {
        let read = rows.read(&self.bindings);
        let done = read.map_err(|(what, error)| self.unread(what, &error))?;
        let Some(done) = done else {
            return Err(self.unmapped(&format!("`{}` is no list", rows.list.text())));
        };
        if done.left_out > 0 {
            let (count, called) = (done.left_out, &rows.called);
            let note = format!(
                "left out: {count} {called} that cannot be read, the first because {}",
                done.reason
            );
            let note = self.redacted(&note);
            self.notes.push(note);
        }
        Ok(Value::Array(done.read))
    }

    async fn first_of(&mut self, branches: &'t [Branch]) -> Result<(), End> {
        self.close_all(branches);
        for branch in branches {
            let open = match &branch.when {
                Some(when) => when
                    .holds(&self.bindings)
                    .map_err(|error| self.unread(when.text(), &error))?,
                None => true,
            };
            if open {
                return Box::pin(self.run(&branch.steps)).await;
            }
        }
        Ok(())
    }

    async fn ask(&mut self, ask: &'t Ask) -> Result<Value, End> {
        match &ask.turns {
            Turns::Once => Ok(as_value(&self.once(ask).await?)),
            Turns::Each { list, name, most } => {
                let items = list.evaluate(&self.bindings);
                let Value::Array(items) = items.map_err(|error| self.unread(list.text(), &error))? else {
                    return Err(self.unmapped(&format!("`{}` is no list", list.text())));
                };
                if items.len() > *most {
                    let many = format!("{} elements where step `{}` allows {most}", items.len(), ask.name);
                    return Err(self.unmapped(&many));
                }
                let mut answers = Vec::with_capacity(items.len());
                for item in items {
                    self.bindings.bind_json(name, item.clone());
                    let answer = self.once(ask).await?;
                    answers.push(json!({ "item": item, "status": answer.status, "body": answer.body }));
                }
                Ok(Value::Array(answers))
            }
            Turns::Pages { first, next, most } => {
                let mut answers = Vec::new();
                let mut page = first
                    .render(&self.bindings)
                    .map_err(|error| self.unread(&ask.name, &error))?;
                loop {
                    self.bindings.bind_json("page", page.clone());
                    let answer = self.once(ask).await?;
                    let mut bindings = self.bindings.clone();
                    bindings.bind_json("body", answer.body.clone());
                    answers.push(json!({ "page": page, "status": answer.status, "body": answer.body }));
                    page = next
                        .evaluate(&bindings)
                        .map_err(|error| self.unread(next.text(), &error))?;
                    if page.is_null() {
                        return Ok(Value::Array(answers));
                    }
                    if answers.len() >= *most {
                        return Err(self.unmapped(&format!("more than {most} pages in step `{}`", ask.name)));
                    }
                }
            }
        }
    }

    /// Makes one request, again as often as a rule asks for it.
    async fn once(&mut self, ask: &'t Ask) -> Result<RawAnswer, End> {
        let common = &self.provider.dialect().headers;
        let request = build_request(&ask.request, common, &self.bindings)
            .map_err(|error| self.unread(&ask.name, &error))?;
        let (mut again, mut waits) = (0_u32, 0_u32);
        loop {
            let (answer, meaning) = self.send(ask, &request).await?;
            return match meaning {
                Meaning::Ok => {
                    let extra = self.note_extra(ask, &request, &answer);
                    self.owe_undo(ask, &answer, extra);
                    Ok(answer)
                }
                Meaning::Retry(most) if again < most => {
                    again = again.saturating_add(1);
                    tokio::time::sleep(AGAIN_AFTER).await;
                    continue;
                }
                Meaning::Wait if waits < MOST_WAITS => {
                    tokio::time::sleep(pause(&answer, waits)).await;
                    waits = waits.saturating_add(1);
                    continue;
                }
                Meaning::Wait => {
                    let what = format!("the provider kept asking for patience: {}", quoted(&answer));
                    let what = self.redacted(&what);
                    Err(End::TransportError(TransportError::NotAsked(what)))
                }
                Meaning::Retry(most) => {
                    let what = format!(
                        "asked {} it is still {}",
                        plural((most as usize).saturating_add(1), "time"),
                        quoted(&answer)
                    );
                    Err(End::TransportError(TransportError::Faulty(self.redacted(&what))))
                }
                Meaning::Error(code) => Err(End::Refused(code)),
                Meaning::NotAsked(reason) => Err(End::TransportError(TransportError::NotAsked(reason))),
                Meaning::Fault(what) => {
                    Err(End::TransportError(TransportError::Faulty(self.redacted(&what))))
                }
                Meaning::Unknown(what) => Err(self.unmapped(&what)),
                Meaning::Gap(reason) => Err(End::TransportError(TransportError::Gap(reason))),
            };
        }
    }

    /// Sends a request and reads its answer by the rules of its step.
    pub(super) async fn send(&mut self, ask: &Ask, request: &Request) -> Result<(RawAnswer, Meaning), End> {
        let provider = self.provider;
        if self.attempts >= MOST_REQUESTS {
            return Err(self.unmapped(&format!("more than {MOST_REQUESTS} requests for one call")));
        }
        let left = self.limit.saturating_sub(self.waited);
        if left.is_zero() {
            return Err(End::TransportError(TransportError::TimedOut(self.limit)));
        }
        let decides = self.decides(ask);
        if decides {
            self.decided = Some(decided(request));
        }
        let reply = provider.raw().send(request, left).await;
        self.waited = self.waited.saturating_add(reply.waited);
        self.attempts = self.attempts.saturating_add(reply.attempts);
        self.clock = reply.clock.or(self.clock);
        let (line, sent) = shown(request);
        let headers = match request {
            Request::Http { headers, .. } => headers.clone(),
            Request::Tool { .. } => Vec::new(),
        };
        let mut step = MappedStep {
            step: ask.name.clone(),
            request: line,
            request_headers: headers
                .into_iter()
                .map(|(name, value)| (name, self.redacted(&value)))
                .collect(),
            sent: provider.raw().redactor().redact_json(&sent),
            ms: u64::try_from(reply.waited.as_millis()).unwrap_or(u64::MAX),
            ..MappedStep::default()
        };
        let answer = match reply.answer {
            Ok(answer) => answer,
            Err(error) => {
                self.may_have_acted |= decides && error.may_have_acted();
                step.read_as = error.to_string();
                self.steps.push(step);
                return Err(End::TransportError(error));
            }
        };
        self.status = answer.status;
        let rules = ask.answers.iter().chain(&provider.dialect().answers);
        let rule = first(rules, &answer, &self.bindings);
        let (shown, meaning) = match rule {
            Ok(Some(rule)) => (rule.shown.clone(), rule.meaning.clone()),
            _ => ("no rule".to_owned(), unmatched(&answer)),
        };
        self.may_have_acted |= decides && may_have_acted(&meaning, &answer);
        step.status = answer.status;
        step.body = recorded(&provider.raw().redactor().redact_json(&answer.body));
        step.read_as = shown;
        self.steps.push(step);
        Ok((answer, meaning))
    }

    /// Returns true if a request decides the outcome of the call.
    pub(super) fn decides(&self, ask: &Ask) -> bool {
        self.call.is_some_and(|call| match call.has_decider {
            true => ask.decides,
            false => !ask.reads,
        })
    }

    /// Adds the notes that hold for this answer.
    pub(super) fn note(&mut self, notes: &[Note]) {
        for note in notes {
            // A note that cannot be made says nothing of the answer.
            if note.when.holds(&self.bindings).unwrap_or(false)
                && let Ok(text) = note.text.render_text(&self.bindings, &str::to_owned)
            {
                self.notes.push(text);
            }
        }
    }

    /// The error for a value that is not there: the provider's answers lack it where there are any, else the dialect is wrong.
    pub(super) fn unread(&self, what: &str, error: &EvalError) -> End {
        let error = match self.attempts {
            0 => TransportError::NotAsked(format!("the dialect could not make `{what}`: {error}")),
            _ => TransportError::Unmapped(format!("`{what}` cannot be read from its answers: {error}")),
        };
        End::TransportError(error)
    }

    pub(super) fn unmapped(&self, what: &str) -> End {
        End::TransportError(TransportError::Unmapped(self.redacted(what)))
    }

    pub(super) fn redacted(&self, text: &str) -> String {
        self.provider.raw().redactor().redact(text.to_owned())
    }
}
