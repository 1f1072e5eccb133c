//! The session of a test at its peer: another tenant of the same platform, called beside the provider under test and never judged.

use tokio::sync::{MutexGuard, RwLockReadGuard};

use super::entry_state::{EntryState, Visit};
use super::step_error::StepError;
use crate::model::ProviderId;

/// The session of a test at its peer. While it lives, no other test with a peer is at work at either provider, and none of the peer's
/// own that runs alone.
pub(super) struct PeerSession<'s> {
    tested: ProviderId,
    _visit: Visit<'s>,
    _locks: (
        MutexGuard<'s, ()>,
        Option<MutexGuard<'s, ()>>,
        RwLockReadGuard<'s, ()>,
    ),
}

impl<'s> PeerSession<'s> {
    /// Waits until both providers are free for a test with a peer.
    ///
    /// # Errors
    ///
    /// The run was asked to stop before they were.
    pub(super) async fn open(tested: &'s EntryState, peer: &'s EntryState) -> Result<Self, StepError> {
        // In one order, so that two tests never hold one each of two that both want.
        let (first, second) = if tested.id() < peer.id() {
            (tested, peer)
        } else {
            (peer, tested)
        };
        let locks = async {
            (
                first.provider().lock_peer_sessions().await,
                match std::ptr::eq(first.provider(), second.provider()) {
                    true => None,
                    false => Some(second.provider().lock_peer_sessions().await),
                },
                peer.provider().lock_shared().await,
            )
        };
        tokio::select! {
            locks = locks => Ok(Self { tested: tested.id().clone(), _visit: peer.visit(), _locks: locks }),
            () = tested.context().stop().when_requested() => Err(StepError::Interrupted),
        }
    }

    /// The provider under test.
    pub(super) fn tested(&self) -> &ProviderId {
        &self.tested
    }
}
