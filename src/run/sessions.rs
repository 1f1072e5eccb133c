//! The providers of a run by their entries: their own tests and those that ask them as a peer share one session, so that no slot is
//! used twice.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tokio::sync::OnceCell;

use super::premises::Premises;
use super::session::{Session, Shared};
use crate::model::ProviderId;
use crate::plan::Plan;
use crate::provider::{EntryId, Target};

/// All providers of a run.
pub(super) struct Sessions {
    pub(super) shared: Arc<Shared>,
    places: HashMap<EntryId, Place>,
}

struct Place {
    target: Arc<Target>,
    premises: Arc<Premises>,
    session: OnceCell<Session>,
}

impl Sessions {
    /// Nobody is asked anything yet.
    pub(super) fn new(shared: Arc<Shared>, plan: &Plan) -> Self {
        let mut premises: BTreeMap<&ProviderId, Arc<Premises>> = BTreeMap::new();
        let mut places = HashMap::new();
        for target in plan.targets() {
            places.entry(target.entry()).or_insert_with(|| Place {
                premises: Arc::clone(premises.entry(target.id()).or_default()),
                target: Arc::clone(target),
                session: OnceCell::new(),
            });
        }
        Self { shared, places }
    }

    /// The session of a provider, opened when it is first asked for. None for one that is not in the plan.
    pub(super) async fn open(&self, target: &Target) -> Option<&Session> {
        let place = self.places.get(&target.entry())?;
        let open = || {
            let (shared, target) = (Arc::clone(&self.shared), Arc::clone(&place.target));
            Session::open(shared, target, Arc::clone(&place.premises))
        };
        Some(place.session.get_or_init(open).await)
    }
}
