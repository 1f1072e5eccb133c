//! The providers of a run by their place in the manifest: their own tests and those that ask them as a peer share one session, so that
//! no slot is used twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::OnceCell;

use super::options::Contestant;
use super::premises::Premises;
use super::session::{Session, Shared};
use crate::model::ProviderId;

/// All providers of a run.
pub(super) struct Sessions {
    pub(super) shared: Arc<Shared>,
    places: Vec<Place>,
}

struct Place {
    contestant: Arc<Contestant>,
    premises: Arc<Premises>,
    session: OnceCell<Session>,
}

impl Sessions {
    /// Nobody is asked anything yet.
    pub(super) fn new(shared: Arc<Shared>, contestants: Vec<Contestant>) -> Self {
        let mut premises: BTreeMap<ProviderId, Arc<Premises>> = BTreeMap::new();
        let places = contestants.into_iter().map(|contestant| Place {
            premises: Arc::clone(premises.entry(contestant.record.id.clone()).or_default()),
            contestant: Arc::new(contestant),
            session: OnceCell::new(),
        });
        let places = places.collect();
        Self { shared, places }
    }

    /// Whether there is an entry at a place.
    pub(super) fn has(&self, entry: usize) -> bool {
        entry < self.places.len()
    }

    /// Who stands at an entry.
    pub(super) fn id(&self, entry: usize) -> Option<&ProviderId> {
        Some(&self.places.get(entry)?.contestant.record.id)
    }

    /// The session of an entry, opened when it is first asked for. None where there is no such entry.
    pub(super) async fn open(&self, entry: usize) -> Option<&Session> {
        let place = self.places.get(entry)?;
        let open = || {
            let (shared, contestant) = (Arc::clone(&self.shared), Arc::clone(&place.contestant));
            Session::open(shared, contestant, Arc::clone(&place.premises))
        };
        Some(place.session.get_or_init(open).await)
    }
}
