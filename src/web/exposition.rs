//! How the metrics of a site are written for a monitor: the text format of Prometheus.

use std::fmt::Write;

/// Writes what a metric tells, and its type: `counter`, `gauge`, `summary` or `histogram`.
pub(super) fn head(out: &mut String, name: &str, kind: &str, help: &str) -> std::fmt::Result {
    writeln!(out, "# HELP {name} {help}")?;
    writeln!(out, "# TYPE {name} {kind}")
}

/// A time as seconds with a fraction.
pub(super) fn seconds(microseconds: u64) -> String {
    format!("{}.{:06}", microseconds / 1_000_000, microseconds % 1_000_000)
}
