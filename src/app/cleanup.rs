//! Takes back what a killed run left behind.

use std::time::Duration;

use super::{AppError, Bundle, History};
use crate::event::{OwedUndo, ProviderRecord};
use crate::model::{CapabilityId, Clock, RunId, SystemClock};
use crate::run::{TakenBack, take_back};
use crate::transport::{Auth, Limits, Pool};

/// How long one call may take.
const CALL_LIMIT: Duration = Duration::from_secs(10);

/// What came of one owed undo.
#[derive(Debug)]
pub struct Cleaned {
    /// What was owed.
    pub owed: OwedUndo,
    /// Why it is still there; None when it was taken back.
    pub still_there: Option<String>,
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
    let owed = history.store.owed(&run)?;
    if owed.is_empty() {
        return Ok((run, Vec::new()));
    }
    let header = crate::store::load(history.store.as_ref(), &run)?.header;
    let pool = Pool::new(
        Limits {
            call: CALL_LIMIT,
            ..Limits::default()
        },
        "proofhouse/cleanup",
    )?;
    let mut cleaned = Vec::new();
    for owed in owed {
        let serves = |record: &&ProviderRecord| {
            record.id == owed.provider && record.claims.iter().any(|claim| claim.version == owed.version)
        };
        let record = header
            .providers
            .iter()
            .find(serves)
            .or_else(|| header.providers.iter().find(|record| record.id == owed.provider));
        let still_there = match record {
            None => Some("the run's record does not say where the provider is".to_owned()),
            Some(record) => match undo(bundle, &pool, record, &owed, environment).await {
                TakenBack::Yes => None,
                TakenBack::No(reason) => Some(reason),
            },
        };
        if still_there.is_none() {
            history.store.settle(&run, owed.id, SystemClock.now())?;
        }
        cleaned.push(Cleaned { owed, still_there });
    }
    Ok((run, cleaned))
}

async fn undo(
    bundle: &Bundle,
    pool: &Pool,
    record: &ProviderRecord,
    owed: &OwedUndo,
    environment: &dyn Fn(&str) -> Option<String>,
) -> TakenBack {
    let Some(input) = &owed.input else {
        return TakenBack::No("the answer that would have named it was lost".to_owned());
    };
    let auth = match record
        .auth
        .as_ref()
        .map(|source| Auth::resolve(source, environment))
        .transpose()
    {
        Ok(auth) => auth,
        Err(error) => return TakenBack::No(error.to_string()),
    };
    let transport = match pool.connect(&record.endpoint, auth.as_ref(), None) {
        Ok(transport) => transport,
        Err(error) => return TakenBack::No(error.to_string()),
    };
    let already_done = already_done(bundle, owed);
    take_back(transport.as_ref(), &owed.tool, input, &already_done, CALL_LIMIT).await
}

/// The error codes by which the undo's tool says that it was done before, from the contract that owes it.
fn already_done(bundle: &Bundle, owed: &OwedUndo) -> Vec<String> {
    let made_by: Option<CapabilityId> = owed.test.split('@').next().and_then(|id| id.parse().ok());
    bundle
        .registry
        .iter()
        .filter(|capability| {
            made_by
                .as_ref()
                .is_none_or(|made| made.domain() == capability.reference.id.domain())
        })
        .filter_map(|capability| capability.reversibility.undo.as_ref())
        .find(|undo| undo.tool == owed.tool)
        .map(|undo| undo.already_done.clone())
        .unwrap_or_default()
}
