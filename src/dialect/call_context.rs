//! One call at work: the requests that it has made, what they found, and what would have to be undone.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::provider_context::ProviderContext;
use super::request::{build_request, creates, decided, shown};
use super::rule::{as_value, first, may_have_acted, pause, quoted, recorded, unmatched};
use super::step::{Ask, Branch, Kind, Meaning, Step, Turns};
use super::types::{MappedCall, Note};
use crate::expr::{Bindings, Bound, EvalError};
use crate::model::{MappedStep, plural};
use crate::transport::{Decided, Extra, RawAnswer, Request, TransportError};

/// The most requests of one call of a contract.
const MOST_REQUESTS: u32 = 200;

/// The most pauses of one request that the provider asks for.
const MOST_WAITS: u32 = 8;

/// The most bytes of what is kept to remove something by.
const LARGEST_CLEANUP: usize = 16 * 1024;

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
struct Undo<'t> {
    ask: &'t Ask,
    request: Request,
    /// True if it takes back what decided the call.
    of_decision: bool,
    /// The place among the extras of what it takes back.
    extra: Option<usize>,
}

/// Something that a step made beside the thing that the call is for.
struct MadeExtra {
    extra: Extra,
    /// True if it was taken back again.
    gone: bool,
}

/// One call at work.
pub(super) struct CallContext<'t> {
    provider: &'t ProviderContext,
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
    call: Option<&'t MappedCall>,
    extras: Vec<MadeExtra>,
    undo: Vec<Undo<'t>>,
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
            self.aside += aside.attempts;
            self.clock = aside.clock.or(self.clock);
            self.steps.append(&mut aside.steps);
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
            Kind::Ask(_) => {}
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
        let (mut again, mut waits) = (0, 0);
        loop {
            let (answer, meaning) = self.send(ask, &request).await?;
            return match meaning {
                Meaning::Ok => {
                    let extra = self.note_extra(ask, &request, &answer);
                    self.owe_undo(ask, &answer, extra);
                    Ok(answer)
                }
                Meaning::Retry(most) if again < most => {
                    again += 1;
                    tokio::time::sleep(AGAIN_AFTER).await;
                    continue;
                }
                Meaning::Wait if waits < MOST_WAITS => {
                    tokio::time::sleep(pause(&answer, waits)).await;
                    waits += 1;
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
                        plural(most as usize + 1, "time"),
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
    async fn send(&mut self, ask: &Ask, request: &Request) -> Result<(RawAnswer, Meaning), End> {
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
        self.waited += reply.waited;
        self.attempts += reply.attempts;
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
            sent: provider.raw().redact(&sent),
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
        step.body = recorded(&provider.raw().redact(&answer.body));
        step.read_as = shown;
        self.steps.push(step);
        Ok((answer, meaning))
    }

    /// Returns true if a request decides the outcome of the call.
    fn decides(&self, ask: &Ask) -> bool {
        self.call.is_some_and(|call| match call.has_decider {
            true => ask.decides,
            false => !ask.reads,
        })
    }

    /// Notes what a step made beside the thing that the call is for. Returns its place among the extras.
    fn note_extra(&mut self, ask: &Ask, request: &Request, answer: &RawAnswer) -> Option<usize> {
        let call = self.call?;
        let succeeded = !answer.is_error && answer.status.is_none_or(|status| (200..300).contains(&status));
        // What follows the decision changes the thing that was made. Only what says how it is removed made another.
        let makes = ask.cleanup.is_some() || self.decided.is_none() && creates(request);
        if ask.reads || self.decides(ask) || !succeeded || !makes {
            return None;
        }
        let tool = call.contract.tool();
        let (line, _) = shown(request);
        let input = self
            .bindings
            .get("input")
            .and_then(|input| input.as_json())
            .cloned()
            .unwrap_or_default();
        let input = json!({ "input": input, "body": answer.body });
        let fits = input.to_string().len() <= LARGEST_CLEANUP;
        let extra = Extra {
            made: format!(
                "{line} in step `{}` of the dialect `{}`, for {tool}",
                ask.name,
                self.provider.dialect().name
            ),
            cleanup: (fits && ask.removal().is_some()).then(|| (format!("{tool}/{}", ask.name), input)),
        };
        self.extras.push(MadeExtra { extra, gone: false });
        Some(self.extras.len() - 1)
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

    /// What steps made beside the thing that the call is for, without what was taken back again.
    pub(super) fn take_extras(&mut self) -> Vec<Extra> {
        let left = self.extras.drain(..).filter(|made| !made.gone);
        left.map(|made| made.extra).collect()
    }

    /// Removes what an earlier call made in a step.
    pub(super) async fn remove(&mut self, ask: &'t Ask) -> Result<(), End> {
        let Some(removal) = ask.removal() else {
            return Err(End::TransportError(TransportError::NotAsked(format!(
                "step `{}` has no `cleanup`",
                ask.name
            ))));
        };
        let request = build_request(&removal.request, &self.provider.dialect().headers, &self.bindings)
            .map_err(|error| self.unread(&ask.name, &error))?;
        match self.send(removal, &request).await? {
            (_, Meaning::Ok) => Ok(()),
            // It is gone already.
            (answer, Meaning::Unknown(_)) if matches!(answer.status, Some(404 | 410)) => Ok(()),
            (answer, _) => Err(self.unmapped(&quoted(&answer))),
        }
    }

    /// Notes the request that takes a step back.
    fn owe_undo(&mut self, ask: &'t Ask, answer: &RawAnswer, extra: Option<usize>) {
        let Some(undo) = &ask.undo else { return };
        let mut bindings = self.bindings.clone();
        bindings.bind_json("body", answer.body.clone());
        match build_request(&undo.request, &self.provider.dialect().headers, &bindings) {
            Ok(request) => self.undo.push(Undo {
                ask: undo,
                request,
                of_decision: self.decides(ask),
                extra,
            }),
            Err(error) => self.left.push(format!("step `{}`: {error}", ask.name)),
        }
    }

    /// Takes back what was done before the call broke off, the last first.
    pub(super) async fn take_back(&mut self) {
        while let Some(undo) = self.undo.pop() {
            let Undo { ask, request, .. } = undo;
            let before = (self.may_have_acted, self.decided.take());
            let sent = self.send(ask, &request).await;
            (self.may_have_acted, self.decided) = before;
            let end = match sent {
                Ok((_, Meaning::Ok)) => {
                    self.may_have_acted &= !undo.of_decision;
                    if let Some(extra) = undo.extra {
                        self.extras[extra].gone = true;
                    }
                    continue;
                }
                Ok((answer, _)) => quoted(&answer),
                Err(End::TransportError(error)) => error.to_string(),
                Err(End::Refused(code)) => code,
            };
            self.left.push(format!("step `{}`: {end}", ask.name));
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

    fn unmapped(&self, what: &str) -> End {
        End::TransportError(TransportError::Unmapped(self.redacted(what)))
    }

    fn redacted(&self, text: &str) -> String {
        let redacted = self.provider.raw().redact(&Value::String(text.to_owned()));
        redacted.as_str().unwrap_or_default().to_owned()
    }
}
