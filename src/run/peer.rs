//! The peer of a test: another tenant of the same platform, asked beside the provider under test and never judged.
//!
//! Whatever is wrong with it, the test is skipped. What is made there is taken back there.

use std::sync::Arc;

use tokio::sync::{MutexGuard, RwLockReadGuard};

use super::ask::Asker;
use super::halt::Halt;
use super::owe::Mark;
use crate::expr::Bound;
use crate::provider::Target;
use crate::suite::{Fixture, Step, StepKind};

/// A test at its peer.
pub(super) struct Visit<'s> {
    asker: Asker<'s>,
    /// Neither another test with a peer nor one of the peer's that runs alone is at work meanwhile.
    _guest: (MutexGuard<'s, ()>, MutexGuard<'s, ()>, RwLockReadGuard<'s, ()>),
}

impl Visit<'_> {
    /// An error at the peer is no verdict on anybody.
    fn set_aside(&self, halt: Halt) -> Halt {
        match halt {
            Halt::Interrupted => Halt::Interrupted,
            other => Halt::Skip(format!(
                "the other provider, {}: {}",
                self.asker.session.target.id(),
                other.message()
            )),
        }
    }
}

impl Asker<'_> {
    /// Goes to the peer: from here on no other test with a peer is at work at either provider.
    pub(super) async fn go_to(&mut self, target: &Target) -> Result<(), Halt> {
        let (own, Some(theirs)) = (self.session, self.sessions.open(target).await) else {
            return Err(Halt::Error(format!(
                "the plan does not name {} as a peer",
                target.id()
            )));
        };
        // In one order, so that two tests never hold one each of two that both want.
        let (first, second) = if own.target.id() < theirs.target.id() {
            (own, theirs)
        } else {
            (theirs, own)
        };
        let way = async {
            (
                first.premises.visits.lock().await,
                second.premises.visits.lock().await,
                theirs.premises.alone.read().await,
            )
        };
        let guest = tokio::select! {
            guest = way => guest,
            () = own.shared.stop.when_requested() => return Err(Halt::Interrupted),
        };
        let mut asker = Asker::new(self.sessions, theirs, self.test.clone(), self.tries);
        asker.guest_of = Some(own.target.id().clone());
        asker.bind_base();
        asker.bind_test(None);
        self.peer = Some(Box::new(Visit { asker, _guest: guest }));
        Ok(())
    }

    /// Makes fixtures at the peer, and binds them under `peer`.
    pub(super) async fn make_at_peer(&mut self, fixtures: &[Arc<Fixture>]) -> Result<(), Halt> {
        let Some(visit) = &mut self.peer else {
            return Ok(());
        };
        let mut all = Vec::new();
        Fixture::each(fixtures, &mut |fixture| all.push(Arc::clone(fixture)));
        if let Err(halt) = visit.asker.make_fixtures(&all).await {
            return Err(visit.set_aside(halt));
        }
        let made = all.iter().filter_map(|fixture| {
            let bound = visit.asker.bindings.get(&fixture.name)?;
            Some((fixture.name.clone(), Arc::clone(bound)))
        });
        self.bindings.bind("peer", Bound::parts(made));
        self.tell_apart()
    }

    /// Does a step at the peer, among the names of the test.
    pub(super) async fn at_peer(&mut self, step: &Step) -> Result<Arc<Bound>, Halt> {
        let Some(visit) = &mut self.peer else {
            return Err(Halt::Error("the test has no peer to ask".to_owned()));
        };
        let peer = &mut visit.asker;
        let own = std::mem::replace(&mut peer.bindings, self.bindings.clone());
        peer.tick();
        let done = match &step.kind {
            StepKind::Call(call) => peer.call(call).await,
            StepKind::Search(search) => peer.search(search).await,
            _ => Err(Halt::Error("the step cannot be done at a peer".to_owned())),
        };
        peer.bindings = own;
        self.notes.append(&mut peer.notes);
        let bound = done.map_err(|halt| visit.set_aside(halt))?;
        self.tell_apart()?;
        Ok(bound)
    }

    /// Two providers that count what they make may have given the same name to different things. What is asked of the one about
    /// something of the other would then meet something of its own.
    fn tell_apart(&self) -> Result<(), Halt> {
        let Some(visit) = &self.peer else { return Ok(()) };
        let mut made = visit.asker.owed.iter().filter_map(|owed| owed.input.as_ref());
        match made.find(|undo| self.session.premises.has_issued(undo)) {
            None => Ok(()),
            Some(undo) => Err(Halt::Skip(format!(
                "the other provider, {}, and this one have both made something that {undo} takes back, so the two cannot be told apart",
                visit.asker.session.target.id()
            ))),
        }
    }

    /// Takes back everything, here and at the peer, and gives back every span of time.
    pub(super) async fn settle_all(&mut self) {
        self.settle_since(Mark::BEGINNING).await;
        if let Some(visit) = &mut self.peer {
            visit.asker.settle_since(Mark::BEGINNING).await;
        }
    }
}
