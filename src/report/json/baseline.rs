//! The effect of a baseline, as `proofhouse.report/1` has it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{BaselineEntry, KnownAs};
use crate::summary::{OutOfDate, RunSummary};

/// The effect of a baseline on a run.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Baseline")]
pub(super) struct BaselineView<'a> {
    /// The name of the file, without its folder.
    file: &'a str,
    /// SHA-256 of the file, in hex.
    digest: &'a str,
    /// The number of rows that are failures which would decide if the baseline did not know them.
    known: usize,
    /// The entries that make the run red, in the order of the file.
    out_of_date: Vec<OutOfDateView<'a>>,
}

/// An entry of a baseline that makes the run red.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OutOfDate")]
struct OutOfDateView<'a> {
    /// `expired`, or `stale`: it is not true any more.
    #[schemars(extend("enum" = ["expired", "stale"]))]
    why: &'static str,
    /// The reason, as a message.
    message: String,
    /// The line of the file in which it begins.
    line: usize,
    /// The list in which it stands.
    list: KnownAs,
    /// The provider.
    provider: &'a str,
    /// The test, `capability@version/test`.
    test: String,
    /// The reason why the failure is accepted.
    reason: &'a str,
    /// The ticket under which it is followed up.
    ticket: &'a str,
    /// The last day on which it holds.
    #[schemars(extend("format" = "date"))]
    expires: String,
}

impl<'a> BaselineView<'a> {
    /// None for a run without a baseline.
    pub(super) fn of(summary: &'a RunSummary) -> Option<Self> {
        let baseline = summary.header.baseline.as_ref()?;
        let entries = &summary.known.out_of_date;
        Some(Self {
            file: &baseline.file,
            digest: &baseline.digest,
            known: summary.known_failures(),
            out_of_date: entries.iter().map(out_of_date_view).collect(),
        })
    }
}

fn out_of_date_view(out: &OutOfDate) -> OutOfDateView<'_> {
    let BaselineEntry {
        list,
        provider,
        test,
        reason,
        ticket,
        expires,
        line,
    } = &out.entry;
    OutOfDateView {
        why: out.why.as_str(),
        message: out.message(),
        line: *line,
        list: *list,
        provider: provider.as_str(),
        test: test.to_string(),
        reason,
        ticket,
        expires: expires.to_string(),
    }
}
