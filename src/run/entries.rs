//! The entries of a run. Their own tests and those that call them as a peer share one state, so that no slot is used twice.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::sync::OnceCell;

use super::calendars::Calendars;
use super::context::RunContext;
use super::entry_state::EntryState;
use super::host::Host;
use super::provider_state::ProviderState;
use super::turns::Turns;
use crate::model::ProviderId;
use crate::plan::Plan;
use crate::provider::{EntryId, Target};
use crate::transport::origin;

/// All entries of a run.
pub(super) struct Entries {
    context: Arc<RunContext>,
    calendars: Calendars,
    turns: Turns,
    /// The providers that are proven. Others are called as peers alone.
    proven: HashSet<ProviderId>,
    entries: HashMap<EntryId, Entry>,
}

struct Entry {
    target: Arc<Target>,
    provider: Arc<ProviderState>,
    host: Arc<Host>,
    /// Made when it is first asked for: most entries of a long manifest wait.
    state: OnceCell<Box<EntryState>>,
}

impl Entries {
    /// The entries of a plan, of which nobody was called yet.
    pub(super) fn new(context: Arc<RunContext>, plan: &Plan) -> Self {
        let calendars = Calendars::of(plan);
        let mut providers: HashMap<Option<usize>, Arc<ProviderState>> = HashMap::new();
        let mut hosts: HashMap<String, Arc<Host>> = HashMap::new();
        let mut entries = HashMap::new();
        for target in plan.targets() {
            entries.entry(target.entry()).or_insert_with(|| {
                let provider = providers.entry(calendars.number(target.entry()));
                // A command is an origin of its own for each provider.
                let origin = origin(target.endpoint()).unwrap_or_else(|| target.id().to_string());
                let host = hosts.entry(origin);
                let host = host.or_insert_with(|| Arc::new(Host::new(context.options().per_host)));
                Entry {
                    target: Arc::clone(target),
                    provider: Arc::clone(provider.or_default()),
                    host: Arc::clone(host),
                    state: OnceCell::new(),
                }
            });
        }
        Self {
            context,
            calendars,
            turns: Turns::default(),
            proven: plan
                .providers
                .iter()
                .map(|planned| planned.target.id().clone())
                .collect(),
            entries,
        }
    }

    /// The run.
    pub(super) fn context(&self) -> &RunContext {
        &self.context
    }

    /// Returns true if a provider is proven, and not called as a peer alone.
    pub(super) fn is_proven(&self, id: &ProviderId) -> bool {
        self.proven.contains(id)
    }

    /// The turns of providers that turn out to have one calendar.
    pub(super) fn turns(&self) -> &Turns {
        &self.turns
    }

    /// The state of an entry, opened when it is first asked for. None for a target that is not in the plan.
    pub(super) async fn open(&self, target: &Target) -> Option<&EntryState> {
        let entry = self.entries.get(&target.entry())?;
        let open = || async {
            let (context, target) = (Arc::clone(&self.context), Arc::clone(&entry.target));
            let (provider, host) = (Arc::clone(&entry.provider), Arc::clone(&entry.host));
            Box::new(EntryState::open(context, target, provider, host).await)
        };
        Some(entry.state.get_or_init(open).await.as_ref())
    }

    /// The same, for its own tests: nobody holds a place on its origin yet, and its listing is asked for in one.
    pub(super) async fn open_first(&self, target: &Target) -> Option<&EntryState> {
        let host = Arc::clone(&self.entries.get(&target.entry())?.host);
        let _place = host.enter().await;
        self.open(target).await
    }

    /// The number of an entry's calendar, which others have as well.
    pub(super) fn calendar(&self, target: &Target) -> Option<usize> {
        self.calendars.number(target.entry())
    }

    /// The other ids under which the address of an entry stands in the manifest.
    pub(super) fn other_ids(&self, target: &Target) -> Vec<&ProviderId> {
        self.calendars.other_ids(target)
    }
}
