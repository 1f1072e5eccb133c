//! Conversions between columns and types of the model.

use sqlx::Row;
use sqlx::postgres::PgRow;

use super::failed::Failed;
use crate::event::{RunEvent, decode};
use crate::model::{CapabilityRef, Totals, Verdict};
use crate::store::rows::{parsed, unsigned, variant};
use crate::store::{RunOverview, StoreErrorKind, StoredClaim, StoredResult};

/// The columns that [`overview`] reads.
pub(super) const OVERVIEW: &str = "id, started_at, finished_at, harness, seed, planned, providers, \
     pass, fail, error, blocked, skip, verdict, publisher, from_files, key";

/// The columns that [`result`] reads, of `results` as `r` and `runs`.
pub(super) const RESULT: &str = "runs.id, r.provider, r.capability, r.version, r.test, r.level, r.outcome, \
     r.ms, r.calls, r.when_at, r.message, r.seq, r.own";

/// A text as PostgreSQL takes it: without the character zero.
pub(super) fn text(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

pub(super) fn overview(row: &PgRow) -> Result<RunOverview, Failed> {
    let verdict: Option<String> = row.try_get("verdict")?;
    Ok(RunOverview {
        run: parsed("id", row.try_get("id")?)?,
        started_at: row.try_get("started_at")?,
        finished_at: row.try_get("finished_at")?,
        harness: row.try_get("harness")?,
        seed: parsed("seed", row.try_get("seed")?)?,
        planned: unsigned("planned", row.try_get("planned")?)?,
        providers: unsigned("providers", row.try_get("providers")?)?,
        totals: Totals {
            pass: unsigned("pass", row.try_get("pass")?)?,
            fail: unsigned("fail", row.try_get("fail")?)?,
            error: unsigned("error", row.try_get("error")?)?,
            blocked: unsigned("blocked", row.try_get("blocked")?)?,
            skip: unsigned("skip", row.try_get("skip")?)?,
        },
        verdict: verdict.map_or(Ok(Verdict::Incomplete), |word| variant("verdict", word))?,
        publisher: row.try_get("publisher")?,
        from_files: row.try_get("from_files")?,
        receipt: unsigned("key", row.try_get("key")?)?,
    })
}

pub(super) fn claim(row: &PgRow) -> Result<StoredClaim, Failed> {
    Ok(StoredClaim {
        provider: parsed("provider", row.try_get("provider")?)?,
        capability: CapabilityRef {
            id: parsed("capability", row.try_get("capability")?)?,
            version: parsed("version", row.try_get("version")?)?,
        },
        changes: unsigned("changes", row.try_get("changes")?)?,
    })
}

pub(super) fn result(row: &PgRow) -> Result<StoredResult, Failed> {
    Ok(StoredResult {
        run: parsed("run", row.try_get("id")?)?,
        seq: unsigned("seq", row.try_get("seq")?)?,
        provider: parsed("provider", row.try_get("provider")?)?,
        capability: parsed("capability", row.try_get("capability")?)?,
        version: parsed("version", row.try_get("version")?)?,
        test: parsed("test", row.try_get("test")?)?,
        level: variant("level", row.try_get("level")?)?,
        outcome: variant("outcome", row.try_get("outcome")?)?,
        ms: unsigned("ms", row.try_get("ms")?)?,
        calls: unsigned("calls", row.try_get("calls")?)?,
        when: row.try_get("when_at")?,
        message: row.try_get("message")?,
        own: row.try_get("own")?,
    })
}

/// An event, of the columns `seq` and `body`.
pub(super) fn event(row: &PgRow) -> Result<RunEvent, Failed> {
    let seq = unsigned("seq", row.try_get("seq")?)?;
    let body: &str = row.try_get("body")?;
    Ok(decode(body).map_err(|source| StoreErrorKind::Unreadable { seq, source })?)
}

/// Every row as something else.
pub(super) fn all<T>(rows: &[PgRow], of: impl Fn(&PgRow) -> Result<T, Failed>) -> Result<Vec<T>, Failed> {
    rows.iter().map(of).collect()
}
