//! What a call leaves behind it: the requests that take its steps back, and what they made beside the thing that the call is for.

use serde_json::json;

use super::call_context::{CallContext, End, MadeExtra, Undo};
use super::request::{build_request, creates, shown};
use super::rule::quoted;
use super::step::{Ask, Meaning};
use crate::transport::{Extra, RawAnswer, Request, TransportError};

/// The most bytes of what is kept to remove something by.
const LARGEST_CLEANUP: usize = 16 * 1024;

impl<'t> CallContext<'t> {
    /// Notes what a step made beside the thing that the call is for. Returns its place among the extras.
    pub(super) fn note_extra(&mut self, ask: &Ask, request: &Request, answer: &RawAnswer) -> Option<usize> {
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
        let at = self.extras.len();
        self.extras.push(MadeExtra { extra, gone: false });
        Some(at)
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
    pub(super) fn owe_undo(&mut self, ask: &'t Ask, answer: &RawAnswer, extra: Option<usize>) {
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
                    if let Some(extra) = undo.extra.and_then(|at| self.extras.get_mut(at)) {
                        extra.gone = true;
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
}
