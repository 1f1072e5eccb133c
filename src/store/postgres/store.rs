//! The PostgreSQL store: a few connections, used from a runtime of their own.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool};
use tokio::runtime::{Builder, Handle, Runtime};

use super::failed::Failed;
use super::migrate::{SCHEMA, migrate};
use super::{pages, read, tokens, upkeep, write};
use crate::event::{OwedUndo, RunEvent};
use crate::model::{CapabilityRef, ProviderId, RunId, Verdict};
use crate::publish::{TokenHash, TokenRecord, TokenUse};
use crate::store::batch::{Batch, MadeBy};
use crate::store::{
    ClaimResults, ImportedFrom, Page, ResultFilter, RunOverview, RunStore, StoreError, StoreErrorKind,
    StoredClaim, StoredResult, TokenStore, Wait,
};

/// The largest number of connections.
const CONNECTIONS: u32 = 8;
/// The longest time that a connection is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest time for an answer: a statement has its own limit, but a network that swallows everything has none.
const LONGEST: Duration = Duration::from_secs(120);
/// The same for what reads or changes everything: a check, and a migration.
const LONGEST_OF_ALL: Duration = Duration::from_secs(3_600);
/// What holds for each connection, beside what the address says: nothing waits for ever, and who is held up in a transaction blocks nobody.
const SETTINGS: [(&str, &str); 5] = [
    ("search_path", SCHEMA),
    ("statement_timeout", "30s"),
    ("lock_timeout", "10s"),
    ("idle_in_transaction_session_timeout", "10s"),
    ("timezone", "UTC"),
];

/// A store in a PostgreSQL database.
pub struct PostgresStore {
    /// The address without its name and password.
    place: String,
    pool: PgPool,
    engine: Engine,
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PostgresStore").field(&self.place).finish()
    }
}

impl PostgresStore {
    /// Opens the database at an address, `postgres://…`, and brings its schema up to date.
    pub fn open(url: &str) -> Result<Self, StoreError> {
        let unusable = |kind| StoreError::new("the address of the store", kind);
        let options = PgConnectOptions::from_str(url)
            .map_err(|error| unusable(StoreErrorKind::Unreachable(Box::new(error))))?
            .options(SETTINGS)
            .application_name("proofhouse");
        let database = options.get_database().unwrap_or_else(|| options.get_username());
        let place = format!(
            "postgres://{}:{}/{database}",
            options.get_host(),
            options.get_port()
        );
        let engine = Engine::start()
            .map_err(|error| StoreError::new(place.clone(), StoreErrorKind::Database(Box::new(error))))?;
        let pool = {
            let _entered = engine.handle.enter();
            PgPoolOptions::new()
                .max_connections(CONNECTIONS)
                .acquire_timeout(PATIENCE)
                .connect_lazy_with(options.clone())
        };
        let store = Self { place, pool, engine };
        // Not from the pool, which would go on trying where nobody listens.
        let opening = store.ask_within(LONGEST_OF_ALL, |_| async move {
            let connecting = tokio::time::timeout(PATIENCE, PgConnection::connect_with(&options)).await;
            let mut connection = connecting.unwrap_or(Err(sqlx::Error::PoolTimedOut))?;
            migrate(&mut connection).await?;
            Ok(connection.close().await?)
        });
        opening.wait()?;
        Ok(store)
    }

    pub(super) async fn ask<T, F>(&self, work: impl FnOnce(PgPool) -> F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Failed>> + Send + 'static,
    {
        self.ask_within(LONGEST, work).await
    }

    /// Answers by a task of the store's own runtime.
    async fn ask_within<T, F>(&self, limit: Duration, work: impl FnOnce(PgPool) -> F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Failed>> + Send + 'static,
    {
        let work = work(self.pool.clone());
        let working = self
            .engine
            .handle
            .spawn(async move { tokio::time::timeout(limit, work).await });
        let answer = match working.await {
            Ok(Ok(answer)) => answer.map_err(|failed| failed.kind),
            Ok(Err(_)) => Err(StoreErrorKind::Stalled),
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(StoreErrorKind::Stopped),
            },
        };
        answer.map_err(|kind| self.error(kind))
    }

    async fn add(
        &self,
        run: &RunId,
        events: &[RunEvent],
        verdict: Option<Verdict>,
        by: MadeBy,
    ) -> Result<(), StoreError> {
        let batch = Batch::of(run, events).map_err(|kind| self.error(kind))?;
        if batch.is_none() && verdict.is_none() {
            return Ok(());
        }
        let run = run.clone();
        self.ask(|pool| async move { write::append(&pool, &run, batch.as_ref(), verdict, &by).await })
            .await
    }

    fn error(&self, kind: StoreErrorKind) -> StoreError {
        StoreError::new(self.place.clone(), kind)
    }
}

/// A runtime that may be dropped anywhere.
struct Engine {
    handle: Handle,
    runtime: Option<Runtime>,
}

impl Engine {
    fn start() -> Result<Self, std::io::Error> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("store")
            .enable_all()
            .build()?;
        Ok(Self {
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
        })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[async_trait]
impl TokenStore for PostgresStore {
    async fn insert_token(&self, hash: &TokenHash, token: &TokenRecord) -> Result<(), StoreError> {
        let (hash, token) = (hash.clone(), token.clone());
        self.ask(|pool| async move { tokens::insert(&pool, &hash, &token).await })
            .await
    }

    async fn tokens(&self) -> Result<Vec<TokenRecord>, StoreError> {
        self.ask(|pool| async move { tokens::list(&pool).await }).await
    }

    async fn hashed_tokens(&self) -> Result<Vec<(TokenHash, TokenRecord)>, StoreError> {
        self.ask(|pool| async move { tokens::hashed(&pool).await }).await
    }

    async fn find_token(&self, hash: &TokenHash) -> Result<Option<TokenRecord>, StoreError> {
        let hash = hash.clone();
        self.ask(|pool| async move { tokens::find(&pool, &hash).await })
            .await
    }

    async fn revoke_token(&self, id: &str, at: DateTime<Utc>) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.ask(|pool| async move { tokens::revoke(&pool, &id, at).await })
            .await
    }

    async fn token_use(&self, id: &str, day: Option<NaiveDate>) -> Result<TokenUse, StoreError> {
        let id = id.to_owned();
        self.ask(|pool| async move { tokens::token_use(&pool, &id, day).await })
            .await
    }

    async fn days_of_token(&self, id: &str) -> Result<Vec<TokenUse>, StoreError> {
        let id = id.to_owned();
        self.ask(|pool| async move { tokens::days(&pool, &id).await })
            .await
    }

    async fn count_token_use(
        &self,
        id: &str,
        at: DateTime<Utc>,
        runs: u64,
        bytes: u64,
    ) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.ask(|pool| async move { tokens::count_use(&pool, &id, at, runs, bytes).await })
            .await
    }
}

#[async_trait]
impl RunStore for PostgresStore {
    async fn append(&self, run: &RunId, events: &[RunEvent]) -> Result<(), StoreError> {
        self.add(run, events, None, MadeBy::default()).await
    }

    async fn finish(&self, run: &RunId, events: &[RunEvent], verdict: Verdict) -> Result<(), StoreError> {
        self.add(run, events, Some(verdict), MadeBy::default()).await
    }

    async fn import(
        &self,
        run: &RunId,
        events: &[RunEvent],
        verdict: Verdict,
        from: ImportedFrom<'_>,
    ) -> Result<(), StoreError> {
        self.add(run, events, Some(verdict), from.into()).await
    }

    async fn remove(&self, runs: &[RunId]) -> Result<(), StoreError> {
        let runs = runs.to_vec();
        self.ask(|pool| async move { upkeep::remove(&pool, &runs).await })
            .await
    }

    async fn back_up(&self, _: &Path) -> Result<(), StoreError> {
        Err(self.error(StoreErrorKind::NotAFile))
    }

    async fn check(&self) -> Result<Vec<String>, StoreError> {
        self.ask_within(LONGEST_OF_ALL, |pool| async move { upkeep::check(&pool).await })
            .await
    }

    async fn list(&self, page: &Page) -> Result<Vec<RunOverview>, StoreError> {
        let page = page.clone();
        self.ask(|pool| async move { read::list(&pool, &page).await })
            .await
    }

    async fn overview(&self, run: &RunId) -> Result<RunOverview, StoreError> {
        let run = run.clone();
        self.ask(|pool| async move { read::overview(&pool, &run).await })
            .await
    }

    async fn events_after(
        &self,
        run: &RunId,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<RunEvent>, StoreError> {
        let run = run.clone();
        self.ask(|pool| async move { read::events_after(&pool, &run, after, limit).await })
            .await
    }

    async fn find(&self, text: &str) -> Result<RunId, StoreError> {
        let text = text.to_owned();
        self.ask(|pool| async move { read::find(&pool, &text).await })
            .await
    }

    async fn recent_results(&self, filter: &ResultFilter) -> Result<Vec<StoredResult>, StoreError> {
        let filter = filter.clone();
        self.ask(|pool| async move { read::recent_results(&pool, &filter).await })
            .await
    }

    async fn results_of_claim(&self, query: &ClaimResults<'_>) -> Result<Vec<StoredResult>, StoreError> {
        let (provider, capability) = (query.provider.clone(), query.capability.cloned());
        let ClaimResults {
            own,
            since,
            until,
            limit,
            ..
        } = *query;
        self.ask(|pool| async move {
            let query = ClaimResults {
                provider: &provider,
                capability: capability.as_ref(),
                own,
                since,
                until,
                limit,
            };
            read::results_of_claim(&pool, &query).await
        })
        .await
    }

    async fn claims(
        &self,
        capability: Option<&CapabilityRef>,
        provider: Option<&ProviderId>,
    ) -> Result<Vec<StoredClaim>, StoreError> {
        let (capability, provider) = (capability.cloned(), provider.cloned());
        self.ask(|pool| async move { read::claims(&pool, capability.as_ref(), provider.as_ref()).await })
            .await
    }

    async fn providers(
        &self,
        capability: Option<&CapabilityRef>,
        after: Option<&ProviderId>,
        limit: usize,
    ) -> Result<Vec<ProviderId>, StoreError> {
        let (capability, after) = (capability.cloned(), after.cloned());
        self.ask(
            |pool| async move { pages::providers(&pool, capability.as_ref(), after.as_ref(), limit).await },
        )
        .await
    }

    async fn results_of_run(
        &self,
        run: &RunId,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<StoredResult>, StoreError> {
        let run = run.clone();
        self.ask(|pool| async move { pages::results_of_run(&pool, &run, after, limit).await })
            .await
    }

    async fn events_of_claim(
        &self,
        run: &RunId,
        provider: &ProviderId,
        capability: &CapabilityRef,
    ) -> Result<Vec<RunEvent>, StoreError> {
        let (run, provider, capability) = (run.clone(), provider.clone(), capability.clone());
        self.ask(|pool| async move { pages::events_of_claim(&pool, &run, &provider, &capability).await })
            .await
    }

    async fn owed(&self, run: &RunId) -> Result<Vec<OwedUndo>, StoreError> {
        let run = run.clone();
        self.ask(|pool| async move { read::owed(&pool, &run).await })
            .await
    }

    async fn settlements(&self, run: &RunId) -> Result<BTreeMap<u64, DateTime<Utc>>, StoreError> {
        let run = run.clone();
        self.ask(|pool| async move { read::settlements(&pool, &run).await })
            .await
    }

    async fn settle(&self, run: &RunId, owed: u64, at: DateTime<Utc>) -> Result<(), StoreError> {
        let run = run.clone();
        self.ask(|pool| async move { write::settle(&pool, &run, owed, at).await })
            .await
    }
}
