//! Conversions between columns and types of the model.

use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::Row;

use crate::model::{CapabilityRef, Totals, Verdict};
pub(super) use crate::store::rows::{number, parsed};
use crate::store::rows::{unsigned, variant};
use crate::store::{RunOverview, StoreErrorKind, StoredClaim, StoredResult};

/// The columns that [`overview`] reads.
pub(super) const OVERVIEW: &str = "id, started_at, finished_at, harness, seed, planned, providers, \
     pass, fail, error, blocked, skip, verdict, publisher, from_files, key";

/// The columns that [`result`] reads, of `results` as `r` and `runs`.
pub(super) const RESULT: &str = "runs.id, r.provider, r.capability, r.version, r.test, r.level, r.outcome, \
     r.ms, r.calls, r.when_at, r.message, r.seq, r.own";

/// The columns that [`claim`] reads.
pub(super) const CLAIM: &str = "provider, capability, version, changes";

/// An instant as text that sorts.
pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// The word for a verdict.
pub(super) fn verdict_word(verdict: Verdict) -> &'static str {
    verdict.as_str()
}

pub(super) fn overview(row: &Row<'_>) -> Result<RunOverview, StoreErrorKind> {
    let finished: Option<String> = row.get(2)?;
    let verdict: Option<String> = row.get(12)?;
    let finished_at = finished.map(|text| parsed("finished_at", text)).transpose()?;
    Ok(RunOverview {
        run: parsed("id", row.get(0)?)?,
        started_at: parsed("started_at", row.get(1)?)?,
        finished_at,
        harness: row.get(3)?,
        seed: parsed("seed", row.get(4)?)?,
        planned: unsigned("planned", row.get(5)?)?,
        providers: unsigned("providers", row.get(6)?)?,
        totals: Totals {
            pass: unsigned("pass", row.get(7)?)?,
            fail: unsigned("fail", row.get(8)?)?,
            error: unsigned("error", row.get(9)?)?,
            blocked: unsigned("blocked", row.get(10)?)?,
            skip: unsigned("skip", row.get(11)?)?,
        },
        verdict: verdict.map_or(Ok(Verdict::Incomplete), |word| variant("verdict", word))?,
        publisher: row.get(13)?,
        from_files: row.get(14)?,
        receipt: unsigned("key", row.get(15)?)?,
    })
}

pub(super) fn claim(row: &Row<'_>) -> Result<StoredClaim, StoreErrorKind> {
    Ok(StoredClaim {
        provider: parsed("provider", row.get(0)?)?,
        capability: CapabilityRef {
            id: parsed("capability", row.get(1)?)?,
            version: parsed("version", row.get(2)?)?,
        },
        changes: unsigned("changes", row.get(3)?)?,
    })
}

pub(super) fn result(row: &Row<'_>) -> Result<StoredResult, StoreErrorKind> {
    Ok(StoredResult {
        run: parsed("run", row.get(0)?)?,
        seq: unsigned("seq", row.get(11)?)?,
        provider: parsed("provider", row.get(1)?)?,
        capability: parsed("capability", row.get(2)?)?,
        version: parsed("version", row.get(3)?)?,
        test: parsed("test", row.get(4)?)?,
        level: variant("level", row.get(5)?)?,
        outcome: variant("outcome", row.get(6)?)?,
        ms: unsigned("ms", row.get(7)?)?,
        calls: unsigned("calls", row.get(8)?)?,
        when: parsed("when_at", row.get(9)?)?,
        message: row.get(10)?,
        own: row.get(12)?,
    })
}
