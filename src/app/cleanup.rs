//! Takes back what a killed run left behind.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use serde_json::Value;

use super::{AppError, Bundle, History, dialects};
use crate::capability::Capability;
use crate::event::{MakingCall, OwedUndo, ProviderRecord, RunEvent, RunEventKind};
use crate::model::{Answer, CapabilityId, Clock, ProviderId, Reading, RunId, SystemClock, Version};
use crate::provider::Provider;
use crate::run::{Ask, RefusedUndo, TakenBack, find_made, take_back};
use crate::store;
use crate::transport::{Auth, Call, Limits, Pool, Transport};

/// The longest that one call may take.
const CALL_LIMIT: Duration = Duration::from_secs(10);

/// How long a call may be on its way, or at work at the provider, after the process that sent it was killed.
const ON_ITS_WAY: Duration = Duration::from_secs(3);

/// One owed undo, and its end.
#[derive(Debug)]
pub struct Cleaned {
    /// The undo.
    pub owed: OwedUndo,
    /// Its result.
    pub taken: TakenBack,
}

/// Takes back everything that a run still owes, one provider after the other.
///
/// # Errors
///
/// There is no such run, or the store cannot be used. What a provider refuses is in the list.
pub async fn clean_up(
    bundle: &Bundle,
    history: &History,
    text: &str,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<(RunId, Vec<Cleaned>), AppError> {
    let run = history.find(text)?;
    // What others say is left over at some address is theirs to take back.
    let overview = history.store.overview(&run).await?;
    if let Some(publisher) = overview.publisher {
        return Err(AppError::CleanUpPublished { run, publisher });
    }
    // A file may name a command to start, and a variable of ours to send somewhere.
    if overview.from_files {
        return Err(AppError::CleanUpFiles { run });
    }
    let mut owed = history.store.owed(&run).await?;
    if owed.is_empty() {
        return Ok((run, Vec::new()));
    }
    let header = store::load(history.store.as_ref(), &run).await?.header;
    let pool = Pool::new(
        Limits {
            call: CALL_LIMIT,
            ..Limits::default()
        },
        "proofhouse/cleanup",
    )?;
    let past = Past::read(history, &run).await?;
    if owed.iter().any(|owed| owed.call.is_some()) {
        let since = past
            .last
            .map(|last| SystemClock.now().signed_duration_since(last));
        let since = since.and_then(|since| since.to_std().ok()).unwrap_or_default();
        tokio::time::sleep(ON_ITS_WAY.saturating_sub(since)).await;
    }
    // What no answer has named comes last: it may be what another names.
    owed.sort_by_key(|owed| owed.input.is_none());
    let mut still: HashSet<u64> = owed.iter().map(|owed| owed.id).collect();
    let mut cleaned = Vec::new();
    for owed in owed {
        let serves = |record: &&ProviderRecord| {
            record.id == owed.provider && record.claims.iter().any(|claim| claim.version == owed.version)
        };
        let mut records = header.providers.iter().chain(&header.peers);
        let record = records
            .clone()
            .find(serves)
            .or_else(|| records.find(|record| record.id == owed.provider));
        let undone = match record {
            None => TakenBack::No("the run's record does not say where the provider is".to_owned()).into(),
            Some(record) => undo(bundle, &pool, (&run, record), &owed, environment).await,
        };
        let taken = match undone {
            Undone::Ended(taken) => taken,
            Undone::NotFound(_) if past.is_taken_back(&owed, &still) => TakenBack::Yes,
            Undone::NotFound(reason) => TakenBack::No(reason.to_owned()),
        };
        if !matches!(taken, TakenBack::No(_)) {
            history.store.settle(&run, owed.id, SystemClock.now()).await?;
            still.remove(&owed.id);
        }
        cleaned.push(Cleaned { owed, taken });
    }
    Ok((run, cleaned))
}

/// What the record of a run says of its calls.
#[derive(Default)]
struct Past {
    /// The time of its last event.
    last: Option<DateTime<Utc>>,
    /// The numbers of what answers have named, by the call that made it.
    named: HashMap<(ProviderId, Version, String), Vec<u64>>,
}

impl Past {
    async fn read(history: &History, run: &RunId) -> Result<Self, AppError> {
        let mut past = Self::default();
        let each = |event: RunEvent| {
            past.last = Some(event.at);
            if let RunEventKind::UndoOwed(owed) = event.kind
                && owed.input.is_some()
            {
                let id = owed.id;
                past.named.entry(words(&owed)).or_default().push(id);
            }
            true
        };
        store::replay(history.store.as_ref(), run, each).await?;
        Ok(past)
    }

    /// Returns true if what a call made that no answer has named is gone with what the same call made when it was sent another time: that
    /// was answered with a name, and nothing of it is still owed. A call that is sent again most likely makes the same thing.
    fn is_taken_back(&self, owed: &OwedUndo, still: &HashSet<u64>) -> bool {
        owed.call.is_some()
            && self
                .named
                .get(&words(owed))
                .is_some_and(|named| named.iter().all(|id| !still.contains(id)))
    }
}

/// The call that made something: where it was sent, and what.
fn words(owed: &OwedUndo) -> (ProviderId, Version, String) {
    (owed.provider.clone(), owed.version.clone(), owed.made.clone())
}

/// How an undo ended.
enum Undone {
    /// The provider was asked for it, or could not be.
    Ended(TakenBack),
    /// Nobody can say what there is to take back, for this reason.
    NotFound(&'static str),
}

impl From<TakenBack> for Undone {
    fn from(taken: TakenBack) -> Self {
        Self::Ended(taken)
    }
}

async fn undo(
    bundle: &Bundle,
    pool: &Pool,
    (run, record): (&RunId, &ProviderRecord),
    owed: &OwedUndo,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Undone {
    let transport = match open(bundle, pool, record, environment) {
        Ok(transport) => transport,
        Err(reason) => return TakenBack::No(reason).into(),
    };
    let inputs = match (&owed.input, &owed.call) {
        (Some(input), _) => vec![input.clone()],
        (None, Some(call)) => match find(bundle, run, call, transport.as_ref()).await {
            Ok(inputs) => inputs,
            Err(reason) => return Undone::NotFound(reason),
        },
        (None, None) => return Undone::NotFound("the answer that would have named it was lost"),
    };
    let (reading, already_done) = way_back(bundle, owed);
    let refused = RefusedUndo {
        already_done: &already_done,
        kept_by: owed.kept_by.as_deref(),
    };
    let mut worst = TakenBack::Yes;
    for input in &inputs {
        let call = Call {
            tool: &owed.tool,
            input,
            limit: CALL_LIMIT,
            reading: &reading,
        };
        let redacted = |text| transport.redactor().redact(text);
        match take_back(transport.as_ref(), call, refused).await {
            TakenBack::Yes => {}
            TakenBack::Stays(why) => worst = TakenBack::Stays(redacted(why)),
            TakenBack::No(reason) => return TakenBack::No(redacted(reason)).into(),
        }
    }
    worst.into()
}

/// Opens the way to a provider, as the run had it.
fn open(
    bundle: &Bundle,
    pool: &Pool,
    record: &ProviderRecord,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Arc<dyn Transport>, String> {
    let auth = record
        .auth
        .as_ref()
        .map(|source| Auth::resolve(source, environment))
        .transpose()
        .map_err(|error| error.to_string())?;
    let dialect = record
        .dialect
        .as_ref()
        .map(|record| dialects::of_record(record, bundle))
        .transpose()
        .map_err(|error| error.to_string())?;
    let given = record
        .dialect
        .as_ref()
        .map_or_else(IndexMap::new, |dialect| dialect.constants.clone());
    Provider::new(record.id.clone(), record.endpoint.clone())
        .with_given(given)
        .with_dialect(dialect)
        .open(pool, auth.as_ref())
        .map_err(|error| error.to_string())
}

/// The inputs that take back what a call made whose answer nobody read.
async fn find(
    bundle: &Bundle,
    run: &RunId,
    call: &MakingCall,
    transport: &dyn Transport,
) -> Result<Vec<Value>, &'static str> {
    let mut contracts = bundle.registry.iter();
    let Some(maker) = contracts.find(|contract| contract.reference == call.capability) else {
        return Err(
            "the answer that would have named it was lost, and the contract of the call is not known here",
        );
    };
    let found = find_made(
        &bundle.registry,
        (maker, &call.input),
        run.short(),
        &Asking(transport),
    )
    .await;
    found.ok_or("no answer named it, and no tool that lists such things could be asked")
}

/// A provider that is asked for what a call made.
struct Asking<'t>(&'t dyn Transport);

#[async_trait]
impl Ask for Asking<'_> {
    async fn ask(&self, tool: &Arc<Capability>, input: &Value) -> Option<Answer> {
        let call = Call {
            tool: tool.tool(),
            input,
            limit: CALL_LIMIT,
            reading: tool.reading(),
        };
        self.0.call(call).await.answer.ok()
    }
}

/// How the answers of the undo's tool are read, and the error codes by which it says that it was done before, from the contract that owes
/// it: one of the test's own domain, else of the first domain that has such an undo, for a test may make things by the tools of another.
fn way_back(bundle: &Bundle, owed: &OwedUndo) -> (Reading, Vec<String>) {
    let tested: Option<CapabilityId> = owed.test.split('@').next().and_then(|id| id.parse().ok());
    let undoing = || {
        let undo = |capability: &'_ Arc<Capability>| {
            let undo = capability.reversibility.undo.as_ref()?;
            let by = bundle.registry.sibling(capability, &undo.tool)?;
            let way = || (by.reading().clone(), undo.already_done.clone());
            (by.tool() == owed.tool).then(|| (capability.reference.id.clone(), way()))
        };
        bundle.registry.iter().filter_map(undo)
    };
    let of_domain = tested.and_then(|tested| undoing().find(|(id, _)| id.domain() == tested.domain()));
    let found = of_domain.or_else(|| undoing().next());
    found.map(|(_, way)| way).unwrap_or_default()
}

#[cfg(test)]
mod tests;
