//! A provider, from what its manifest entry declares to the target of a run.
//!
//! It owns the facts about one way to one provider, and gains more of them at each stage: [`Declared`] by the manifest, then
//! [`Connected`] with a transport and, where its own listing says what it offers, that listing.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::Value;

use crate::dialect::{Dialect, translate};
use crate::event::{ClaimRecord, DialectRecord, ProviderRecord};
use crate::model::{
    About, AuthSource, BudgetLimits, CapabilityRef, Endpoint, ProviderId, TestBudget, TurnBudget,
};
use crate::transport::{
    Auth, ClientOptions, ConnectError, ListedTool, Pace, Pool, Transport, TransportError, Way, address,
};

/// The place of a provider's entry in its manifest, counted from 0.
///
/// Two entries of one provider, for two versions, have different ids. The order of ids is the order of the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(usize);

impl EntryId {
    /// The entry at this place of the manifest.
    pub fn new(place: usize) -> Self {
        Self(place)
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One way to one provider; `S` is the stage, which holds what is known beyond the declaration.
#[derive(Clone)]
pub struct Provider<S = Declared> {
    id: ProviderId,
    name: Option<String>,
    about: About,
    endpoint: Endpoint,
    auth: Option<AuthSource>,
    max_per_second: Option<f64>,
    time_limit: Option<Duration>,
    given: IndexMap<String, Value>,
    dialect: Option<Arc<Dialect>>,
    client: ClientOptions,
    stage: S,
}

/// The stage of a provider of which only the manifest is known.
#[derive(Debug, Clone)]
pub struct Declared {
    /// None where the provider's own listing says what it offers.
    claims: Option<Vec<CapabilityRef>>,
}

/// The stage of a provider that can be called.
#[derive(Clone)]
pub struct Connected {
    entry: EntryId,
    transport: Arc<dyn Transport>,
    claims: Vec<CapabilityRef>,
    named: BTreeSet<String>,
    listing: Option<Arc<[ListedTool]>>,
    trouble: Option<String>,
}

/// A provider that can be called: what a run proves, or calls as the peer of another.
pub type Target = Provider<Connected>;

impl<S> Provider<S> {
    /// The provider's id. Several entries may have the same, each for another version of the contracts.
    pub fn id(&self) -> &ProviderId {
        &self.id
    }

    /// Its endpoint.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The environment variable that holds its credential.
    pub fn auth(&self) -> Option<&AuthSource> {
        self.auth.as_ref()
    }

    /// The values that the manifest gives for what discovery would otherwise find, by key.
    pub fn given(&self) -> &IndexMap<String, Value> {
        &self.given
    }

    /// The mapping to its own tools, where it does not speak the contracts itself.
    pub fn dialect(&self) -> Option<&Arc<Dialect>> {
        self.dialect.as_ref()
    }

    /// The limits of its turn in a run whose own limits are these.
    pub fn budget(&self, of_run: BudgetLimits) -> BudgetLimits {
        self.time_limit.map_or(of_run, BudgetLimits::within)
    }

    /// The calendar behind it, as text. Entries of one address, credential and tenant have one calendar, whatever their ids and bindings.
    pub fn calendar(&self) -> String {
        let constants: Vec<_> = self
            .given
            .iter()
            .filter(|(name, _)| {
                let dialect = self.dialect.as_ref();
                dialect.is_some_and(|dialect| dialect.constants.contains_key(*name))
            })
            .collect();
        format!("{} {:?} {constants:?}", address(&self.endpoint), self.auth)
    }

    fn at_stage<T>(self, stage: impl FnOnce(S) -> T) -> Provider<T> {
        Provider {
            id: self.id,
            name: self.name,
            about: self.about,
            endpoint: self.endpoint,
            auth: self.auth,
            max_per_second: self.max_per_second,
            time_limit: self.time_limit,
            given: self.given,
            dialect: self.dialect,
            client: self.client,
            stage: stage(self.stage),
        }
    }
}

impl Provider<Declared> {
    /// A provider at an endpoint, without a credential, that leaves it to its listing what it offers.
    pub fn new(id: ProviderId, endpoint: Endpoint) -> Self {
        Self {
            id,
            name: None,
            about: About::default(),
            endpoint,
            auth: None,
            max_per_second: None,
            time_limit: None,
            given: IndexMap::new(),
            dialect: None,
            client: ClientOptions::default(),
            stage: Declared { claims: None },
        }
    }

    /// Sets the name for people.
    #[must_use]
    pub fn with_name(mut self, name: Option<String>) -> Self {
        self.name = name;
        self
    }

    /// Sets what it says of itself.
    #[must_use]
    pub fn with_about(mut self, about: About) -> Self {
        self.about = about;
        self
    }

    /// Sets where its credential comes from.
    #[must_use]
    pub fn with_auth(mut self, auth: Option<AuthSource>) -> Self {
        self.auth = auth;
        self
    }

    /// Sets what it claims; None leaves that to its own listing.
    #[must_use]
    pub fn with_claims(mut self, claims: Option<Vec<CapabilityRef>>) -> Self {
        self.stage.claims = claims;
        self
    }

    /// Limits how many calls it gets in a second.
    #[must_use]
    pub fn with_max_per_second(mut self, max_per_second: Option<f64>) -> Self {
        self.max_per_second = max_per_second;
        self
    }

    /// Limits the time of its turn in a run; None leaves that to the run.
    #[must_use]
    pub fn with_time_limit(mut self, time_limit: Option<Duration>) -> Self {
        self.time_limit = time_limit;
        self
    }

    /// Sets the values that the manifest gives by hand.
    #[must_use]
    pub fn with_given(mut self, given: IndexMap<String, Value>) -> Self {
        self.given = given;
        self
    }

    /// Sets the mapping to its own tools.
    #[must_use]
    pub fn with_dialect(mut self, dialect: Option<Arc<Dialect>>) -> Self {
        self.dialect = dialect;
        self
    }

    /// Sets how it is spoken to, if that is over MCP.
    #[must_use]
    pub fn with_client(mut self, client: ClientOptions) -> Self {
        self.client = client;
        self
    }

    /// The capabilities that it claims; None where its own listing says what it offers.
    pub fn claims(&self) -> Option<&[CapabilityRef]> {
        self.stage.claims.as_deref()
    }

    /// Makes a transport to the provider, through its dialect where it has one. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// The endpoint or the credential cannot be used.
    pub fn open(&self, pool: &Pool, auth: Option<&Auth>) -> Result<Arc<dyn Transport>, ConnectError> {
        let pacing = self.dialect.as_ref().and_then(|dialect| dialect.pacing);
        let pace = match (self.max_per_second, pacing) {
            (Some(rate), _) => Pace::per_second(rate),
            (None, Some(pacing)) => Pace::within(pacing.requests, pacing.seconds),
            (None, None) => None,
        };
        let way = Way {
            auth: auth.map_or(&[], std::slice::from_ref),
            pace,
            client: self.client,
        };
        let Some(dialect) = &self.dialect else {
            return pool.open(&self.endpoint, &way);
        };
        let raw = pool.raw(&self.endpoint, &way)?;
        Ok(translate(Arc::clone(dialect), raw, &self.given))
    }

    /// The provider with a transport to it. It claims what it declares, and nothing where it leaves that to its listing.
    pub fn connected(self, entry: EntryId, transport: Arc<dyn Transport>) -> Target {
        self.at_stage(|declared| Connected::new(entry, transport, declared.claims.unwrap_or_default()))
    }
}

impl Connected {
    fn new(entry: EntryId, transport: Arc<dyn Transport>, claims: Vec<CapabilityRef>) -> Self {
        Self {
            entry,
            transport,
            named: tools_of(&claims),
            claims,
            listing: None,
            trouble: None,
        }
    }
}

impl Provider<Connected> {
    /// The provider with what its listing says that it offers.
    #[must_use]
    pub fn with_listing(mut self, listing: impl Into<Arc<[ListedTool]>>, claims: Vec<CapabilityRef>) -> Self {
        self.stage.named = tools_of(&claims);
        self.stage.claims = claims;
        self.stage.listing = Some(listing.into());
        self
    }

    /// Shares the listing with others that are the same, of which the first few are kept in `known`: the tenants of a platform list alike.
    pub fn share_listing(&mut self, known: &mut Vec<Arc<[ListedTool]>>) {
        const MOST_KNOWN: usize = 16;
        let Some(own) = &mut self.stage.listing else {
            return;
        };
        match known.iter().find(|other| other == &own) {
            Some(same) => *own = Arc::clone(same),
            None if known.len() < MOST_KNOWN => known.push(Arc::clone(own)),
            None => {}
        }
    }

    /// The provider with the reason why nobody knows what it offers. It claims nothing.
    #[must_use]
    pub fn with_trouble(mut self, trouble: String) -> Self {
        self.stage.trouble = Some(trouble);
        self
    }

    /// The reason why nobody knows what it offers; None where its claims are known.
    pub fn trouble(&self) -> Option<&str> {
        self.stage.trouble.as_deref()
    }

    /// The tools that it lists, all pages of them read within a bounded time.
    ///
    /// # Errors
    ///
    /// The listing cannot be read.
    pub async fn read_listing(
        &self,
        budget: &Arc<TurnBudget>,
    ) -> Result<Option<Vec<ListedTool>>, TransportError> {
        let _working = budget.work();
        let calls = TestBudget::new(budget);
        let reading = calls.scope(self.transport().list_tools());
        let limit = BudgetLimits::LISTING_TIME;
        let read = tokio::time::timeout(limit, reading).await;
        read.unwrap_or(Err(TransportError::TimedOut(limit)))
    }

    /// The provider with other tools named as its own than those of its claims.
    #[must_use]
    pub fn with_named_tools(mut self, named: BTreeSet<String>) -> Self {
        self.stage.named = named;
        self
    }

    /// The entry that it comes from.
    pub fn entry(&self) -> EntryId {
        self.stage.entry
    }

    /// The way to call it.
    pub fn transport(&self) -> &Arc<dyn Transport> {
        &self.stage.transport
    }

    /// The capabilities that it claims, by its manifest or by its listing.
    pub fn claims(&self) -> &[CapabilityRef] {
        &self.stage.claims
    }

    /// The tools that its manifest names. The word of its listing counts as the manifest's where the manifest names none.
    pub fn named_tools(&self) -> &BTreeSet<String> {
        &self.stage.named
    }

    /// The tools that it lists, where they were read already.
    pub fn listing(&self) -> Option<&Arc<[ListedTool]>> {
        self.stage.listing.as_ref()
    }

    /// The provider as a record keeps it, with these of its claims.
    pub fn record(&self, claims: &[CapabilityRef]) -> ProviderRecord {
        ProviderRecord {
            id: self.id.clone(),
            name: self.name.clone(),
            about: self.about.clone(),
            endpoint: self.endpoint.clone(),
            auth: self.auth.clone(),
            dialect: self
                .dialect
                .as_deref()
                .map(|dialect| self.dialect_record(dialect)),
            claims: claims
                .iter()
                .map(|claim| ClaimRecord {
                    capability: claim.id.clone(),
                    version: claim.version.clone(),
                })
                .collect(),
        }
    }

    fn dialect_record(&self, dialect: &Dialect) -> DialectRecord {
        let constants = self.given.iter();
        let constants = constants.filter(|(name, _)| dialect.constants.contains_key(*name));
        DialectRecord {
            name: dialect.name.clone(),
            digest: dialect.digest.clone(),
            source: dialect.source.clone(),
            constants: constants
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        }
    }
}

/// Names the provider alone: a transport may hold a credential.
impl<S> fmt::Debug for Provider<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

fn tools_of(claims: &[CapabilityRef]) -> BTreeSet<String> {
    claims.iter().map(|claim| claim.id.tool().to_owned()).collect()
}
