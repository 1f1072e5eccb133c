//! The arguments of commands that run suites, or continue a run.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;

use super::values::{at_least_one, duration, few, whole_number};
use super::{CatalogueName, FormatName, MatrixFormatName, MatrixOutput, Output};
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
    /// Only tests that did not pass in a stored run: those that failed, were blocked, or found no slot that tells. Without RUN, the
    /// newest. Like every run that leaves tests out, it proves no claim.
    #[arg(long, value_name = "RUN", num_args = 0..=1, default_missing_value = "latest", help_heading = "Selection")]
    pub(in crate::cli) failed: Option<String>,
    /// Only tests that write nothing.
    #[arg(long, help_heading = "Selection")]
    pub(in crate::cli) read_only: bool,
    /// Include slow tests. They wait in real time if the provider has no test clock.
    #[arg(long, help_heading = "Selection")]
    pub(in crate::cli) slow: bool,
    /// Only one part of the tests, such as `2/5`. `proofhouse merge` merges all parts into one run.
    #[arg(long, value_name = "PART", help_heading = "Selection")]
    pub(in crate::cli) partition: Option<Partition>,
    /// Count a failed should-level test like a failed must-level test.
    #[arg(long, help_heading = "Selection")]
    pub(in crate::cli) strict: bool,
    /// Start no tests after the first must-level failure that is not in the baseline.
    #[arg(long, help_heading = "Selection")]
    pub(in crate::cli) fail_fast: bool,
    /// Show the plan and the number of changes it would make, without calling any tool.
    #[arg(long, help_heading = "Selection")]
    pub(in crate::cli) dry_run: bool,
    /// Run again whenever the manifest, another file of the run, or what a provider lists has changed, until Ctrl-C.
    #[arg(long, conflicts_with_all = ["dry_run", "publish"], help_heading = "Selection")]
    pub(in crate::cli) watch: bool,
    /// Baseline of known failures (YAML). A known failure does not fail the run; an outdated entry does.
    #[arg(long, value_name = "FILE", help_heading = "Failures")]
    pub(in crate::cli) baseline: Option<PathBuf>,
    /// Write the entries of a baseline that would make the failures of this run known. The file must not exist.
    #[arg(long, value_name = "FILE", help_heading = "Failures")]
    pub(in crate::cli) propose_baseline: Option<PathBuf>,
    /// Retry a failed test up to N times after the other tests of its provider. A later pass is flaky and still counts as failed.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = few, help_heading = "Failures")]
    pub(in crate::cli) retries: usize,
    /// Repeat the run N times, each with its own seed, and show how often each test passed.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one, help_heading = "Failures")]
    pub(in crate::cli) repeat: usize,
    /// The number of providers to run at once.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = at_least_one, help_heading = "Pace")]
    pub(in crate::cli) jobs: usize,
    /// The number of tests of one provider to run at once.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = at_least_one, help_heading = "Pace")]
    pub(in crate::cli) lanes: usize,
    /// The most tests at work on one host at once, over all its providers. Without it a run starts with 4 and follows what the host bears.
    #[arg(long, value_name = "N", value_parser = at_least_one, help_heading = "Pace")]
    pub(in crate::cli) per_host: Option<usize>,
    /// The time limit of one call, such as `10s` or `500ms`.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration, help_heading = "Pace")]
    pub(in crate::cli) timeout: Duration,
    /// The time limit of all tests of one provider, such as `30m`. What is left of its tests then ends as an error. A third of it may be
    /// pauses that the provider asks for.
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = duration, help_heading = "Pace")]
    pub(in crate::cli) provider_timeout: Duration,
    /// The seed of the order in which tests start. A run prints its seed.
    #[arg(long, value_name = "NUMBER", value_parser = whole_number, help_heading = "Pace")]
    pub(in crate::cli) seed: Option<u64>,
    #[command(flatten)]
    pub(in crate::cli) shown: ShownArguments,
    /// Do not store the run.
    #[arg(long, help_heading = "Output")]
    pub(in crate::cli) no_store: bool,
    /// Publish the run at this registry when it has ended. The token is read from the variable `PROOFHOUSE_TOKEN`.
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
    /// Write another report to a file, such as `junit=report.xml` (repeatable).
    #[arg(long, value_name = "FORMAT=FILE", value_parser = Output::from_str, help_heading = "Output")]
    pub(in crate::cli) output: Vec<Output>,
    /// Explain failures with their calls, and show every row.
    #[arg(long, short, help_heading = "Output")]
    pub(in crate::cli) verbose: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ProveArguments {
    /// Only faults whose name matches a glob, such as `alternatives_*` (repeatable). Rules are judged only if all faults run.
    #[arg(long, value_name = "GLOB")]
    pub(in crate::cli) fault: Vec<String>,
    /// The seed of the order in which tests start.
    #[arg(long, value_name = "NUMBER", value_parser = whole_number)]
    pub(in crate::cli) seed: Option<u64>,
    /// Measure how often each fault is detected, over every catalogue and three seeds from `--seed` on, instead of the matrix.
    #[arg(long, help_heading = "Power")]
    pub(in crate::cli) power: bool,
    /// Only this catalogue (repeatable).
    #[arg(long, value_name = "NAME", value_parser = CatalogueName::from_str, requires = "power", help_heading = "Power")]
    pub(in crate::cli) catalogue: Vec<CatalogueName>,
    /// Run each fault once, over one catalogue that `--seed` chooses.
    #[arg(long, requires = "power", help_heading = "Power")]
    pub(in crate::cli) sample: bool,
    /// The format of standard output.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = MatrixFormatName::Table, help_heading = "Output")]
    pub(in crate::cli) format: MatrixFormatName,
    /// Write another matrix to a file, such as `json=matrix.json` (repeatable).
    #[arg(long, value_name = "FORMAT=FILE", value_parser = MatrixOutput::from_str, help_heading = "Output")]
    pub(in crate::cli) output: Vec<MatrixOutput>,
    /// Show also the tests of other rules that detect a fault, and the messages of the failures.
    #[arg(long, short, help_heading = "Output")]
    pub(in crate::cli) verbose: bool,
}

/// The providers: exactly one of these.
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
    /// The run: its id, the beginning of its id, or `latest`.
    pub(in crate::cli) run: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MergeArguments {
    /// The parts, each once: a stored run, or a file that `--output jsonl=FILE` wrote.
    #[arg(required = true, value_name = "RUN|FILE")]
    pub(in crate::cli) parts: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) shown: ShownArguments,
    /// Do not store the merged run.
    #[arg(long, help_heading = "Output")]
    pub(in crate::cli) no_store: bool,
}
