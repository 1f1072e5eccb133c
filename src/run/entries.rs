//! The entries of a run. Their own tests and those that call them as a peer share one state, so that no slot is used twice.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tokio::sync::OnceCell;

use super::context::RunContext;
use super::entry_state::EntryState;
use super::host::Host;
use super::provider_state::ProviderState;
use crate::model::{Endpoint, ProviderId};
use crate::plan::Plan;
use crate::provider::{EntryId, Target};

/// All entries of a run.
pub(super) struct Entries {
    context: Arc<RunContext>,
    entries: HashMap<EntryId, Entry>,
}

struct Entry {
    target: Arc<Target>,
    provider: Arc<ProviderState>,
    host: Arc<Host>,
    state: OnceCell<EntryState>,
}

impl Entries {
    /// The entries of a plan, of which nobody was called yet.
    pub(super) fn new(context: Arc<RunContext>, plan: &Plan) -> Self {
        let mut providers: BTreeMap<&ProviderId, Arc<ProviderState>> = BTreeMap::new();
        let mut hosts: HashMap<String, Arc<Host>> = HashMap::new();
        let mut entries = HashMap::new();
        for target in plan.targets() {
            entries.entry(target.entry()).or_insert_with(|| Entry {
                provider: Arc::clone(providers.entry(target.id()).or_default()),
                target: Arc::clone(target),
                host: Arc::clone(
                    hosts
                        .entry(origin(target))
                        .or_insert_with(|| Arc::new(Host::new())),
                ),
                state: OnceCell::new(),
            });
        }
        Self { context, entries }
    }

    /// The state of an entry, opened when it is first asked for. None for a target that is not in the plan.
    pub(super) async fn open(&self, target: &Target) -> Option<&EntryState> {
        let entry = self.entries.get(&target.entry())?;
        let open = || {
            let (context, target) = (Arc::clone(&self.context), Arc::clone(&entry.target));
            EntryState::open(
                context,
                target,
                Arc::clone(&entry.provider),
                Arc::clone(&entry.host),
            )
        };
        Some(entry.state.get_or_init(open).await)
    }
}

/// The origin of a target. All names of this machine's loopback are one; a command is one of its own for each provider.
fn origin(target: &Target) -> String {
    let (Endpoint::Http { url } | Endpoint::Mcp { url }) = target.endpoint() else {
        return target.id().to_string();
    };
    let Ok(url) = reqwest::Url::parse(url) else {
        return url.clone();
    };
    let host = match url.host_str().unwrap_or_default().trim_end_matches('.') {
        "127.0.0.1" | "[::1]" => "localhost",
        host => host,
    };
    format!("{}://{host}:{:?}", url.scheme(), url.port_or_known_default())
}
