//! The arguments, as types. Their comments are the help.

mod values;

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use clap::{ArgGroup, Args, Parser, Subcommand};
use clap_complete::Shell;

use crate::model::{CapabilityRef, Partition, ProviderId};
use crate::standing::Share;

pub(super) use values::{
    DiffFormat, FormatName, InFile, ListFormat, MatrixFormatName, MatrixOutput, Output, SchemaKind,
};
use values::{age, at_least_one, duration, few, whole_number};

/// Proves providers of agent tools against published contracts.
#[derive(Debug, Parser)]
#[command(name = "proofhouse", version, propagate_version = true, max_term_width = 100, after_help = EXIT_CODES)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes, the first that applies:
  70  a bug in the harness
   2  wrong usage
   3  a contract, suite, manifest or baseline is wrong
   6  interrupted or incomplete
   1  a must-level test failed, or the baseline is out of date
   5  a must-level test ended in `error`: the provider could not be asked
   4  a claimed capability has no executed must-level test
   0  conformant, or every failure is known";

/// What every command takes.
#[derive(Debug, Args)]
pub(super) struct Global {
    /// Folder with `capabilities/` and `suites/` to use instead of the bundled ones.
    #[arg(long, global = true, value_name = "FOLDER", help_heading = "Global options")]
    pub(super) registry: Option<PathBuf>,
    /// No progress on standard error.
    #[arg(long, short, global = true, help_heading = "Global options")]
    pub(super) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Prove providers: run the suites of what they claim.
    Run(RunArguments),
    /// Prove the suites: run them against every fault of the reference provider, and against correct ones. Exits 1 on a finding.
    Prove(ProveArguments),
    /// Look at runs that were kept.
    #[command(subcommand)]
    Runs(RunsCommand),
    /// Ask whether a pipeline may go on with a provider: yes (exit 0), no (1) or unknown (4), with reasons, from the runs that are kept.
    Gate(GateArguments),
    /// Write a certificate of a run: a signed statement of what it proves. Exits 1 with the reasons where a rule speaks against it.
    Certify(CertifyArguments),
    /// Verify a certificate without a network: signature, expiry, revocation, digests, and the tests that should be there.
    Verify(VerifyArguments),
    /// The keys with which certificates are signed.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Make one run of the parts that `run --partition` made. Refuses overlaps and holes.
    Merge(MergeArguments),
    /// Send a run that is kept to a registry.
    Publish(PublishArguments),
    /// The tokens with which others publish runs at this registry.
    #[command(subcommand)]
    Tokens(TokensCommand),
    /// Serve the registry's site: contracts, suites, runs and standings.
    Serve(ServeArguments),
    /// Take back what a run left behind at its providers.
    Cleanup(CleanupArguments),
    /// Look at the contracts.
    #[command(subcommand)]
    Capabilities(CapabilitiesCommand),
    /// Look at the suites.
    #[command(subcommand)]
    Suites(SuitesCommand),
    /// The mappings to providers' own interfaces.
    #[command(subcommand)]
    Dialects(DialectsCommand),
    /// Look at the tools of one provider, or call one.
    #[command(subcommand)]
    Tool(ToolCommand),
    /// Print the completions of a shell.
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print the manual page, or write the pages of all commands to a folder.
    Man {
        /// The folder, which is made where it is not there.
        #[arg(long, value_name = "FOLDER")]
        output: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(super) struct ServeArguments {
    /// The address to listen on; `0.0.0.0` lets other machines in.
    #[arg(long, value_name = "HOST", default_value = "127.0.0.1")]
    pub(super) host: String,
    /// The port; 0 takes any that is free.
    #[arg(long, value_name = "PORT", default_value_t = 4780)]
    pub(super) port: u16,
    /// Show the certificates in this folder (files that end in `.json`), each verified when it is looked at.
    #[arg(long, value_name = "FOLDER", requires = "trust")]
    pub(super) certificates: Option<PathBuf>,
    /// Whose keys are believed, as in `proofhouse verify`.
    #[arg(long, value_name = "FILE", requires = "certificates")]
    pub(super) trust: Option<PathBuf>,
    /// Run the providers of a manifest again and again, at the times of this file (YAML).
    #[arg(long, value_name = "FILE")]
    pub(super) schedule: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct RunArguments {
    #[command(flatten)]
    pub(super) source: SourceArguments,
    /// Only providers whose id matches a glob, such as `bookio:*` (repeatable).
    #[arg(long, value_name = "GLOB", help_heading = "Selection")]
    pub(super) provider: Vec<String>,
    /// Only capabilities that match a glob, such as `booking.create_*` or `booking.*@0.2.0` (repeatable).
    #[arg(long, value_name = "GLOB", help_heading = "Selection")]
    pub(super) capability: Vec<String>,
    /// Only tests whose id, `tool/test` or last part matches a glob, such as `rejects_*` (repeatable).
    #[arg(long, value_name = "GLOB", help_heading = "Selection")]
    pub(super) test: Vec<String>,
    /// Only tests that write nothing.
    #[arg(long, help_heading = "Selection")]
    pub(super) read_only: bool,
    /// Slow tests too: they wait for real where the provider has no test clock.
    #[arg(long, help_heading = "Selection")]
    pub(super) slow: bool,
    /// Only one of several parts of the tests, such as `2/5`; `proofhouse merge` makes one run of all parts.
    #[arg(long, value_name = "PART", help_heading = "Selection")]
    pub(super) partition: Option<Partition>,
    /// A failed should-level test counts like a failed must-level one.
    #[arg(long, help_heading = "Selection")]
    pub(super) strict: bool,
    /// Start no test after the first must-level failure that the baseline does not know.
    #[arg(long, help_heading = "Selection")]
    pub(super) fail_fast: bool,
    /// Show the plan and how much it would make, and call no tool.
    #[arg(long, help_heading = "Selection")]
    pub(super) dry_run: bool,
    /// What is known to fail (YAML): such a failure does not make the run red, an entry that is not true any more does.
    #[arg(long, value_name = "FILE", help_heading = "Failures")]
    pub(super) baseline: Option<PathBuf>,
    /// Try a failed test again up to N times after the others of its provider; a late pass is flaky and still counts as failed.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = few, help_heading = "Failures")]
    pub(super) retries: usize,
    /// Run it all N times, each a run of its own with a seed of its own, and show how often each test passed.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one, help_heading = "Failures")]
    pub(super) repeat: usize,
    /// Providers at once.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = at_least_one, help_heading = "Pace")]
    pub(super) jobs: usize,
    /// Tests of one provider at once.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = at_least_one, help_heading = "Pace")]
    pub(super) lanes: usize,
    /// How long one call may take, such as `10s` or `500ms`.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration, help_heading = "Pace")]
    pub(super) timeout: Duration,
    /// The seed of the order in which tests start; a run prints the one it took.
    #[arg(long, value_name = "NUMBER", value_parser = whole_number, help_heading = "Pace")]
    pub(super) seed: Option<u64>,
    #[command(flatten)]
    pub(super) shown: ShownArguments,
    /// Keep no record of the run.
    #[arg(long, help_heading = "Output")]
    pub(super) no_store: bool,
    /// Send the run to this registry when it has ended. The token is taken from the variable `PROOFHOUSE_TOKEN`.
    #[arg(
        long,
        value_name = "URL",
        conflicts_with = "no_store",
        help_heading = "Output"
    )]
    pub(super) publish: Option<String>,
}

/// How a run is shown.
#[derive(Debug, Args)]
pub(super) struct ShownArguments {
    /// What standard output holds.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = FormatName::Table, help_heading = "Output")]
    pub(super) format: FormatName,
    /// A report in a file beside standard output, such as `junit=report.xml` (repeatable).
    #[arg(long, value_name = "FORMAT=FILE", value_parser = Output::from_str, help_heading = "Output")]
    pub(super) output: Vec<Output>,
    /// Explain failures with the calls that led to them, and show every row.
    #[arg(long, short, help_heading = "Output")]
    pub(super) verbose: bool,
}

#[derive(Debug, Args)]
pub(super) struct ProveArguments {
    /// Only faults whose name matches a glob, such as `alternatives_*` (repeatable). Rules are judged by all faults only.
    #[arg(long, value_name = "GLOB")]
    pub(super) fault: Vec<String>,
    /// The seed of the order in which tests start.
    #[arg(long, value_name = "NUMBER", value_parser = whole_number)]
    pub(super) seed: Option<u64>,
    /// What standard output holds.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = MatrixFormatName::Table, help_heading = "Output")]
    pub(super) format: MatrixFormatName,
    /// A matrix in a file beside standard output, such as `json=matrix.json` (repeatable).
    #[arg(long, value_name = "FORMAT=FILE", value_parser = MatrixOutput::from_str, help_heading = "Output")]
    pub(super) output: Vec<MatrixOutput>,
    /// Show also the tests of other rules that come upon a fault, and what an engineer is told.
    #[arg(long, short, help_heading = "Output")]
    pub(super) verbose: bool,
}

/// Exactly one of these says who is asked.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct SourceArguments {
    /// Manifest of providers (YAML).
    #[arg(long, value_name = "FILE", help_heading = "Providers, one of")]
    pub(super) providers: Option<PathBuf>,
    /// The bundled reference provider: ten tenants on a free port of this machine.
    #[arg(long, help_heading = "Providers, one of")]
    pub(super) reference: bool,
}

#[derive(Debug, Args)]
pub(super) struct CleanupArguments {
    /// The run: its id, a beginning of it, or `latest`.
    pub(super) run: String,
}

#[derive(Debug, Args)]
pub(super) struct MergeArguments {
    /// Every part once: a run that is kept, or a file that `--output jsonl=FILE` wrote.
    #[arg(required = true, value_name = "RUN|FILE")]
    pub(super) parts: Vec<String>,
    #[command(flatten)]
    pub(super) shown: ShownArguments,
    /// Keep no record of the merged run.
    #[arg(long, help_heading = "Output")]
    pub(super) no_store: bool,
}

#[derive(Debug, Args)]
pub(super) struct GateArguments {
    /// The provider, such as `bookio:salon-aurora`.
    #[arg(long, value_name = "ID")]
    pub(super) provider: ProviderId,
    /// The capability: `domain.tool@version`, or `domain.tool` for its first version, as in a manifest.
    #[arg(long, value_name = "CAPABILITY")]
    pub(super) capability: String,
    /// How old the latest run that counts may be, such as `7d`, `12h` or `30m`.
    #[arg(long, value_name = "TIME", value_parser = age, help_heading = "Demands")]
    pub(super) max_age: Option<TimeDelta>,
    /// The least share of must-level results that passed, such as `0.99`.
    #[arg(long, value_name = "SHARE", requires = "over", help_heading = "Demands")]
    pub(super) min_pass_rate: Option<Share>,
    /// The time until now over which the share is taken, such as `14d`.
    #[arg(long, value_name = "TIME", value_parser = age, requires = "min_pass_rate", help_heading = "Demands")]
    pub(super) over: Option<TimeDelta>,
    /// Ask this registry instead of the runs that are kept here.
    #[arg(long, value_name = "URL")]
    pub(super) registry_url: Option<String>,
    /// How the answer is shown.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ListFormat::Table, help_heading = "Output")]
    pub(super) format: ListFormat,
}

#[derive(Debug, Args)]
pub(super) struct PublishArguments {
    /// The run: its id, a beginning of it, or `latest`.
    pub(super) run: String,
    /// The registry's address. The token is taken from the variable `PROOFHOUSE_TOKEN`.
    #[arg(long, value_name = "URL")]
    pub(super) to: String,
}

#[derive(Debug, Subcommand)]
pub(super) enum TokensCommand {
    /// Make a token. It is shown once and kept nowhere.
    New {
        /// Who publishes with it.
        #[arg(long, value_name = "NAME")]
        publisher: String,
        /// The provider ids that it may speak of, such as `bookio:*` (repeatable).
        #[arg(long, value_name = "GLOB", required = true)]
        provider: Vec<String>,
    },
    /// Every token, without its text.
    List,
    /// Make a token worthless.
    Revoke {
        /// The token, as `proofhouse tokens list` shows it.
        id: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct CertifyArguments {
    /// The run: its id, a beginning of it, or `latest`.
    pub(super) run: String,
    /// The file of the private key, as `proofhouse keys new` makes it.
    #[arg(long, value_name = "FILE")]
    pub(super) key: PathBuf,
    /// The file of the certificate.
    #[arg(long, value_name = "FILE")]
    pub(super) output: PathBuf,
    /// The provider, where the run has several.
    #[arg(long, value_name = "ID")]
    pub(super) provider: Option<ProviderId>,
    /// The capability, `domain.tool@version`, where the provider claims several.
    #[arg(long, value_name = "CAPABILITY")]
    pub(super) capability: Option<CapabilityRef>,
    /// How long the certificate holds, such as `90d`.
    #[arg(long, value_name = "TIME", value_parser = age, default_value = "90d")]
    pub(super) valid: TimeDelta,
    /// How old the run may be, such as `7d`.
    #[arg(long, value_name = "TIME", value_parser = age, default_value = "7d")]
    pub(super) max_age: TimeDelta,
    /// Add a registry's signature to this certificate, where the run, the registry's own, proves the same.
    #[arg(long, value_name = "FILE")]
    pub(super) countersign: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct VerifyArguments {
    /// The certificate.
    pub(super) file: PathBuf,
    /// The trust file (YAML): the keys that are believed.
    #[arg(long, value_name = "FILE")]
    pub(super) trust: PathBuf,
    /// The moment as of which it is verified, such as `2026-12-24T12:00:00Z`; left out, now.
    #[arg(long, value_name = "TIME")]
    pub(super) at: Option<DateTime<Utc>>,
    /// How the answer is shown.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ListFormat::Table)]
    pub(super) format: ListFormat,
}

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Make a key: the private one in a file of its owner's, the public one beside it in `FILE.pub`.
    New {
        /// The file of the private key. It must not be there yet.
        #[arg(long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Show the public half of a key, and its id.
    Show {
        /// The file of either half.
        file: PathBuf,
    },
    /// Print a trust file that believes a key for a year, from today on.
    Trust {
        /// The file of either half.
        file: PathBuf,
        /// The ids that the key may speak of, such as `my-platform:*` (repeatable).
        #[arg(long, value_name = "GLOB", required = true)]
        provider: Vec<String>,
        /// Whose key it is, for people; the first id where it is left out.
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum RunsCommand {
    /// The runs that were kept, newest first.
    List {
        /// How many at most.
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = at_least_one)]
        limit: usize,
        /// Only runs before this one.
        #[arg(long, value_name = "RUN")]
        before: Option<String>,
    },
    /// One run, as it was shown when it ended.
    Show {
        /// The run: its id, a beginning of it, or `latest`.
        run: String,
        /// What standard output holds.
        #[arg(long, value_enum, value_name = "FORMAT", default_value_t = FormatName::Table)]
        format: FormatName,
        /// Explain failures with the calls that led to them, and show every row.
        #[arg(long, short)]
        verbose: bool,
    },
    /// What changed from one run to another: outcomes, and milliseconds side by side.
    Compare {
        /// The earlier run.
        before: String,
        /// The later run.
        after: String,
        /// Every test, also those that ended alike.
        #[arg(long, short)]
        verbose: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum CapabilitiesCommand {
    /// The published contracts.
    List,
    /// One contract with its schemas, and what runs found lately.
    Show {
        /// `domain.tool`, or `domain.tool@version`.
        id: String,
    },
    /// What a later version of a contract changes: what breaks callers, what breaks providers, what is words only.
    Diff {
        /// The earlier version: `domain.tool@version`, or `domain.tool` for the first one.
        before: String,
        /// The later version: `domain.tool@version`, or the version alone; left out, the newest one.
        after: Option<String>,
        /// How it is shown.
        #[arg(long, value_enum, default_value_t = DiffFormat::Table)]
        format: DiffFormat,
    },
    /// Look for what is well formed and yet unwise. Exits 1 on an error, not on a warning.
    Lint,
    /// Add new versions to the lock file of `--registry FOLDER`. A published version never changes.
    Lock,
}

#[derive(Debug, Subcommand)]
pub(super) enum SuitesCommand {
    /// The tests, by capability, with the rules that each verifies.
    List,
    /// Load every suite file and show every mistake.
    Check,
    /// Print the JSON Schema of a suite file, for editors.
    Schema {
        /// Which kind of file.
        #[arg(value_enum)]
        kind: SchemaKind,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum DialectsCommand {
    /// The dialects that a manifest can name.
    List,
    /// Load dialects and show every mistake: these files, or all that can be named.
    Check {
        /// Files of dialects.
        files: Vec<PathBuf>,
    },
    /// What a dialect maps, what it fills in by itself, and what cannot be asked through it.
    Show {
        /// Its name, or a path that ends in `.yaml`.
        dialect: String,
    },
    /// Print the JSON Schema of a dialect, for editors.
    Schema,
}

#[derive(Debug, Subcommand)]
pub(super) enum ToolCommand {
    /// The tools that the provider lists.
    List {
        #[command(flatten)]
        at: AtArguments,
    },
    /// One tool: its contract, and where the provider's own schemas differ from it.
    Describe {
        /// The tool: `create_booking`, or `booking.create_booking`.
        name: String,
        #[command(flatten)]
        at: AtArguments,
    },
    /// Call one tool and print its output. Exits 0 on `ok: true`, 1 on a business error, 5 when it could not be asked.
    Call {
        /// The tool: `create_booking`, or `booking.create_booking`.
        name: String,
        /// The input object as JSON; `-` reads it from standard input.
        #[arg(value_name = "JSON", default_value = "{}")]
        arguments: String,
        /// Send arguments that break the input schema too.
        #[arg(long)]
        no_validate: bool,
        /// Show each request that a dialect makes of the call, its answer, and the rule that read it.
        #[arg(long)]
        trace: bool,
        #[command(flatten)]
        at: AtArguments,
    },
}

/// Whose tools are meant: exactly one of a manifest's provider, a URL, a bundled tenant.
#[derive(Debug, Args)]
#[group(skip)]
#[command(group = ArgGroup::new("at").args(["providers", "url", "reference"]).required(true))]
pub(super) struct AtArguments {
    /// Manifest of providers (YAML); `--provider` names one of them.
    #[arg(long, value_name = "FILE", requires = "provider")]
    pub(super) providers: Option<PathBuf>,
    /// A provider of the manifest, by its id; `ID@VERSION` where it serves several versions.
    #[arg(long, value_name = "ID", requires = "providers")]
    pub(super) provider: Option<String>,
    /// Base URL of a provider.
    #[arg(long, value_name = "URL")]
    pub(super) url: Option<String>,
    /// The URL is an MCP endpoint.
    #[arg(long, requires = "url")]
    pub(super) mcp: bool,
    /// A tenant of the bundled reference provider; `TENANT@0.2.0` for its second version.
    #[arg(long, value_name = "TENANT")]
    pub(super) reference: Option<String>,
    /// How long a call may take, such as `10s` or `500ms`.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub(super) timeout: Duration,
}
