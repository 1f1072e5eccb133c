//! Copies a registry from one store to another: its runs, what was settled since, and its tokens.

use sha2::{Digest, Sha256};

use super::AppError;
use crate::event::{RunEvent, RunEventKind, encode};
use crate::model::{RunId, hex};
use crate::store::{ImportedFrom, Page, RunOverview, RunStore, Store, StoreErrorKind, StorePlace, replay};

/// The number of runs that are listed, and of events that are copied, at once.
const PAGE: usize = 500;

/// What a copy did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct StoreCopy {
    /// The runs that were copied.
    pub runs: usize,
    /// The runs that were there already.
    pub known: usize,
    /// The tokens that were copied.
    pub tokens: usize,
}

/// Copies everything of the store at `from` that is not in the store at `to`, runs in the order in which they were received.
///
/// Each run is compared by its digest and its overview afterwards. A copy that was broken off goes on where it ended.
///
/// # Errors
///
/// There is no store at `from`, a store cannot be used, or a run of one store is another one in the other.
pub async fn copy_store(from: &StorePlace, to: &StorePlace) -> Result<StoreCopy, AppError> {
    if let StorePlace::Folder(folder) = from
        && !from.exists()
    {
        return Err(AppError::NoRunsKept {
            folder: folder.clone(),
        });
    }
    let (source, target) = (from.open()?, to.open()?);
    let mut copied = StoreCopy::default();
    for run in received(source.as_ref()).await? {
        match copy_run(source.as_ref(), target.as_ref(), &run).await? {
            true => copied.runs += 1,
            false => copied.known += 1,
        }
    }
    copied.tokens = copy_tokens(source.as_ref(), target.as_ref()).await?;
    Ok(copied)
}

/// Every run, in the order in which they were received.
async fn received(store: &dyn Store) -> Result<Vec<RunOverview>, AppError> {
    let mut all: Vec<RunOverview> = Vec::new();
    loop {
        let before = all.last().map(|run| run.run.clone());
        let page = store.list(&Page { limit: PAGE, before }).await?;
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    all.sort_by_key(|run| run.receipt);
    Ok(all)
}

/// Copies a run. Returns false if all of it was there.
async fn copy_run(source: &dyn Store, target: &dyn Store, run: &RunOverview) -> Result<bool, AppError> {
    let id = &run.run;
    let there = match target.overview(id).await {
        Ok(_) => digest(target, id, usize::MAX).await?,
        Err(error) if matches!(error.kind, StoreErrorKind::UnknownRun { .. }) => (0, String::new()),
        Err(error) => return Err(error.into()),
    };
    // What is there must be the same run, or the beginning of it.
    if there.0 > 0 && digest(source, id, there.0).await? != there {
        return Err(AppError::CopyDiffers { run: id.clone() });
    }
    let is_new = match (&run.publisher, run.from_files) {
        _ if there.0 > 0 && target.overview(id).await?.finished_at.is_some() => false,
        (None, false) => copy_own(source, target, run, there.0).await?,
        (publisher, _) => {
            let from = publisher
                .as_deref()
                .map_or(ImportedFrom::Files, ImportedFrom::Publisher);
            let events = source.events(id).await?;
            target.import(id, &events, run.verdict, from).await?;
            true
        }
    };
    for (owed, at) in source.settlements(id).await? {
        target.settle(id, owed, at).await?;
    }
    let kept = RunOverview {
        receipt: run.receipt,
        ..target.overview(id).await?
    };
    let whole = digest(source, id, usize::MAX).await? == digest(target, id, usize::MAX).await?;
    match whole && kept == *run && source.settlements(id).await? == target.settlements(id).await? {
        true => Ok(is_new),
        false => Err(AppError::CopyDiffers { run: id.clone() }),
    }
}

/// Copies the events of a run of the registry itself that follow the first `there`. Returns false if there are none.
async fn copy_own(
    source: &dyn Store,
    target: &dyn Store,
    run: &RunOverview,
    there: usize,
) -> Result<bool, AppError> {
    let is_end = |event: &RunEvent| matches!(event.kind, RunEventKind::RunFinished(_));
    let mut after = (there as u64).checked_sub(1);
    let mut is_new = false;
    loop {
        let events = source.events_after(&run.run, after, PAGE).await?;
        let Some(last) = events.last() else {
            return Ok(is_new);
        };
        after = Some(last.seq);
        is_new = true;
        match is_end(last) {
            true => target.finish(&run.run, &events, run.verdict).await?,
            false => target.append(&run.run, &events).await?,
        }
    }
}

/// The number of the first events of a run, at most `most`, and their SHA-256: the digest of its record where it is all of them.
async fn digest(store: &dyn RunStore, run: &RunId, most: usize) -> Result<(usize, String), AppError> {
    let mut hash = Sha256::new();
    let (mut count, mut wrong) = (0, None);
    replay(store, run, |event| {
        match encode(&event) {
            Ok(line) => {
                hash.update(line);
                hash.update("\n");
                count += 1;
            }
            Err(error) => wrong = Some(error),
        }
        wrong.is_none() && count < most
    })
    .await?;
    match wrong {
        Some(error) => Err(AppError::Bug(error.to_string())),
        None => Ok((count, hex(&hash.finalize()))),
    }
}

/// Copies the tokens that are not there, with their use. Returns their number.
async fn copy_tokens(source: &dyn Store, target: &dyn Store) -> Result<usize, AppError> {
    let there = target.tokens().await?;
    let mut copied = 0;
    for (hash, token) in source.hashed_tokens().await? {
        if let Some(known) = there.iter().find(|known| known.id == token.id) {
            // What was revoked must not stay valid elsewhere.
            if let (Some(at), None) = (token.revoked_at, known.revoked_at) {
                target.revoke_token(&token.id, at).await?;
            }
            continue;
        }
        target.insert_token(&hash, &token).await?;
        for used in source.days_of_token(&token.id).await? {
            if let Some(last) = used.last {
                target
                    .count_token_use(&token.id, last, used.runs, used.bytes)
                    .await?;
            }
        }
        copied += 1;
    }
    Ok(copied)
}
