//! The work of a test at its peer. An error there skips the test: the peer is not judged.

use std::sync::Arc;

use serde_json::Value;

use super::executor::TestExecutor;
use super::peer_session::PeerSession;
use super::scope::Scope;
use super::step_error::StepError;
use crate::expr::Bound;
use crate::model::Untested;
use crate::provider::Target;
use crate::suite::{Fixture, Step, StepKind};

impl TestExecutor<'_> {
    /// Opens the session at the peer: from here on no other test with a peer is at work at either provider.
    pub(super) async fn open_peer(&mut self, target: &Target) -> Result<(), StepError> {
        let Some(entry) = self.entries().open(target).await else {
            return Err(StepError::Error(format!(
                "the plan does not name {} as a peer",
                target.id()
            )));
        };
        let session = PeerSession::open(self.entry(), entry).await?;
        let mut peer = self.at_peer(entry, session);
        peer.bind_base();
        peer.bind_test(None);
        self.set_peer(peer);
        Ok(())
    }

    /// Makes fixtures at the peer, and binds them under `peer`.
    pub(super) async fn make_at_peer(&mut self, fixtures: &[Arc<Fixture>]) -> Result<(), StepError> {
        let Some(peer) = self.peer_mut() else {
            return Ok(());
        };
        let mut all = Vec::new();
        Fixture::each(fixtures, &mut |fixture| all.push(Arc::clone(fixture)));
        if let Err(error) = peer.make_fixtures(&all).await {
            return Err(peer.set_aside(error));
        }
        let made = all.iter().filter_map(|fixture| {
            let bound = peer.scope().get(&fixture.name)?;
            Some((fixture.name.clone(), Arc::clone(bound)))
        });
        let made = Bound::parts(made);
        self.scope_mut().bind("peer", made);
        self.check_apart()
    }

    /// Does a step at the peer, among the names of the test.
    pub(super) async fn step_at_peer(&mut self, step: &Step) -> Result<Arc<Bound>, StepError> {
        let own = self.scope().clone();
        let Some(peer) = self.peer_mut() else {
            return Err(StepError::Error("the test has no peer to ask".to_owned()));
        };
        let done = peer.do_step(step, own.in_phase(peer.phase())).await;
        let done = done.map_err(|error| peer.set_aside(error));
        let mut notes = std::mem::take(peer.notes_mut());
        self.notes_mut().take_from(&mut notes);
        let bound = done?;
        self.check_apart()?;
        Ok(bound)
    }

    /// Does a step here, at the peer, among the names of the test.
    async fn do_step(&mut self, step: &Step, names: Scope) -> Result<Arc<Bound>, StepError> {
        let mut inside = self.enter(names);
        inside.tick();
        match &step.kind {
            StepKind::Call(call) => {
                let bound = inside.call(call).await?;
                Ok(bound.unwrap_or_else(|| Bound::json(Value::Null)))
            }
            StepKind::Search(search) => inside.search(search).await,
            _ => Err(StepError::Error("the step cannot be done at a peer".to_owned())),
        }
    }

    /// Turns an error at the peer into a reason to skip the test: it is no verdict on anybody.
    fn set_aside(&self, error: StepError) -> StepError {
        match error {
            StepError::Interrupted => StepError::Interrupted,
            other => StepError::Skip(
                Untested::NoPeer,
                format!("the other provider, {}: {}", self.entry().id(), other.message()),
            ),
        }
    }

    /// Two providers that count what they make may have given the same name to different things. What is asked of the one about
    /// something of the other would then meet something of its own.
    fn check_apart(&self) -> Result<(), StepError> {
        let Some(peer) = self.peer() else { return Ok(()) };
        let mut made = peer.ledger().inputs();
        match made.find(|undo| self.entry().provider().has_issued(undo)) {
            None => Ok(()),
            Some(undo) => Err(StepError::Skip(
                Untested::NoPeer,
                format!(
                    "the other provider, {}, and this one have both made something that {undo} takes back, so the two cannot be told apart",
                    peer.entry().id()
                ),
            )),
        }
    }
}
