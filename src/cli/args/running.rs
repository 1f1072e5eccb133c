//! The arguments of what runs suites, or goes on with a run.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;

use super::values::{at_least_one, duration, few, whole_number};
use super::{FormatName, MatrixFormatName, MatrixOutput, Output};
use crate::model::Partition;

#[derive(Debug, Args)]
pub(in crate::cli) struct RunArguments {
    #[command(flatten)]
    pub(in crate::cli) source: SourceArguments,
    /// Only providers whose id matches a glob, such as `bookio:*` (repeatable).
    #[arg(long, value_name = "GLOB", help_heading = "Selection")]
    pub(in crate::cli) provider: Vec<String>,
    /// Only capabilities that match a glob, such as `booking.create_*` or `booking.*@0.2.0` (repeatable).
    #[arg(long, value_name = "GLOB", help_heading = "Selection")]
    pub(in crate::cli) capability: Vec<String>,
    /// Only tests whose id, `tool/test` or last part matches a glob, such as `rejects_*` (repeatable).
    #[arg(long, value_name = "GLOB", help_heading = "Selection")]
    pub(in crate::cli) test: Vec<String>,
    /// Only tests that write nothing.
    #[arg(long, help_heading = "Selection")]
    pub(in crate::cli) read_only: bool,
    /// Slow tests too: they wait for real where the provider has no test clock.
    #[arg(long, help_heading = "Selection")]
    pub(in crate::cli) slow: bool,
    /// Only one of several parts of the tests, such as `2/5`; `proofhouse merge` makes one run of all parts.
    #[arg(long, value_name = "PART", help_heading = "Selection")]
    pub(in crate::cli) partition: Option<Partition>,
    /// A failed should-level test counts like a failed must-level one.
    #[arg(long, help_heading = "Selection")]
    pub(in crate::cli) strict: bool,
    /// Start no test after the first must-level failure that the baseline does not know.
    #[arg(long, help_heading = "Selection")]
    pub(in crate::cli) fail_fast: bool,
    /// Show the plan and how much it would make, and call no tool.
    #[arg(long, help_heading = "Selection")]
    pub(in crate::cli) dry_run: bool,
    /// Baseline of known failures (YAML). A known failure does not fail the run; an outdated entry does.
    #[arg(long, value_name = "FILE", help_heading = "Failures")]
    pub(in crate::cli) baseline: Option<PathBuf>,
    /// Try a failed test again up to N times after the others of its provider; a late pass is flaky and still counts as failed.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = few, help_heading = "Failures")]
    pub(in crate::cli) retries: usize,
    /// Run it all N times, each a run of its own with a seed of its own, and show how often each test passed.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one, help_heading = "Failures")]
    pub(in crate::cli) repeat: usize,
    /// Providers at once.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = at_least_one, help_heading = "Pace")]
    pub(in crate::cli) jobs: usize,
    /// Tests of one provider at once.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = at_least_one, help_heading = "Pace")]
    pub(in crate::cli) lanes: usize,
    /// The time limit of one call, such as `10s` or `500ms`.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration, help_heading = "Pace")]
    pub(in crate::cli) timeout: Duration,
    /// The seed of the order in which tests start; a run prints the one it took.
    #[arg(long, value_name = "NUMBER", value_parser = whole_number, help_heading = "Pace")]
    pub(in crate::cli) seed: Option<u64>,
    #[command(flatten)]
    pub(in crate::cli) shown: ShownArguments,
    /// Keep no record of the run.
    #[arg(long, help_heading = "Output")]
    pub(in crate::cli) no_store: bool,
    /// Send the run to this registry when it has ended. The token is taken from the variable `PROOFHOUSE_TOKEN`.
    #[arg(
        long,
        value_name = "URL",
        conflicts_with = "no_store",
        help_heading = "Output"
    )]
    pub(in crate::cli) publish: Option<String>,
}

/// The output of a run.
#[derive(Debug, Args)]
pub(in crate::cli) struct ShownArguments {
    /// The format of standard output.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = FormatName::Table, help_heading = "Output")]
    pub(in crate::cli) format: FormatName,
    /// A report in a file beside standard output, such as `junit=report.xml` (repeatable).
    #[arg(long, value_name = "FORMAT=FILE", value_parser = Output::from_str, help_heading = "Output")]
    pub(in crate::cli) output: Vec<Output>,
    /// Explain failures with the calls that led to them, and show every row.
    #[arg(long, short, help_heading = "Output")]
    pub(in crate::cli) verbose: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ProveArguments {
    /// Only faults whose name matches a glob, such as `alternatives_*` (repeatable). Rules are judged by all faults only.
    #[arg(long, value_name = "GLOB")]
    pub(in crate::cli) fault: Vec<String>,
    /// The seed of the order in which tests start.
    #[arg(long, value_name = "NUMBER", value_parser = whole_number)]
    pub(in crate::cli) seed: Option<u64>,
    /// The format of standard output.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = MatrixFormatName::Table, help_heading = "Output")]
    pub(in crate::cli) format: MatrixFormatName,
    /// A matrix in a file beside standard output, such as `json=matrix.json` (repeatable).
    #[arg(long, value_name = "FORMAT=FILE", value_parser = MatrixOutput::from_str, help_heading = "Output")]
    pub(in crate::cli) output: Vec<MatrixOutput>,
    /// Show also the tests of other rules that come upon a fault, and what an engineer is told.
    #[arg(long, short, help_heading = "Output")]
    pub(in crate::cli) verbose: bool,
}

/// Exactly one of these says who is asked.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(in crate::cli) struct SourceArguments {
    /// Manifest of providers (YAML).
    #[arg(long, value_name = "FILE", help_heading = "Providers, one of")]
    pub(in crate::cli) providers: Option<PathBuf>,
    /// The bundled reference provider: ten tenants on a free port of this machine.
    #[arg(long, help_heading = "Providers, one of")]
    pub(in crate::cli) reference: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct CleanupArguments {
    /// The run: its id, a beginning of it, or `latest`.
    pub(in crate::cli) run: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MergeArguments {
    /// Every part once: a run that is kept, or a file that `--output jsonl=FILE` wrote.
    #[arg(required = true, value_name = "RUN|FILE")]
    pub(in crate::cli) parts: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) shown: ShownArguments,
    /// Keep no record of the merged run.
    #[arg(long, help_heading = "Output")]
    pub(in crate::cli) no_store: bool,
}
