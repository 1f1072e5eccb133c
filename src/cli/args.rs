//! The arguments, as types. Their comments are the help.

mod running;
mod values;
mod vouching;

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args, Parser, Subcommand};
use clap_complete::Shell;

pub(super) use running::{CleanupArguments, MergeArguments, ProveArguments, RunArguments};
pub(super) use values::{
    DiffFormat, FormatName, InFile, ListFormat, MatrixFormatName, MatrixOutput, Output, SchemaKind,
};
use values::{at_least_one, duration};
pub(super) use vouching::{
    CertifyArguments, GateArguments, KeysCommand, PublishArguments, TokensCommand, VerifyArguments,
};

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

/// The arguments of every command.
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
    /// The trust file, as for `proofhouse verify`.
    #[arg(long, value_name = "FILE", requires = "certificates")]
    pub(super) trust: Option<PathBuf>,
    /// Run the providers of a manifest again and again, at the times of this file (YAML).
    #[arg(long, value_name = "FILE")]
    pub(super) schedule: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum RunsCommand {
    /// The runs that were kept, newest first.
    List {
        /// The maximum number of runs.
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
        /// The format of standard output.
        #[arg(long, value_enum, value_name = "FORMAT", default_value_t = FormatName::Table)]
        format: FormatName,
        /// Explain failures with the calls that led to them, and show every row.
        #[arg(long, short)]
        verbose: bool,
    },
    /// Compare two runs: changed outcomes, and latencies side by side.
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
    /// Compare two versions of a contract: changes that break callers, changes that break providers, changes of wording.
    Diff {
        /// The earlier version: `domain.tool@version`, or `domain.tool` for the first one.
        before: String,
        /// The later version: `domain.tool@version`, or the version alone; left out, the newest one.
        after: Option<String>,
        /// The format of standard output.
        #[arg(long, value_enum, default_value_t = DiffFormat::Table)]
        format: DiffFormat,
    },
    /// Look for what is well formed and yet unwise. Exits 1 on an error, not on a warning.
    Lint,
    /// Add new versions to the lock file of `--registry FOLDER`. A published version never changes.
    Lock,
    /// Print the JSON Schema of `capability.yaml`, for editors.
    Schema,
}

#[derive(Debug, Subcommand)]
pub(super) enum SuitesCommand {
    /// The tests, by capability, with the rules that each verifies.
    List,
    /// Load every suite file and show every mistake.
    Check,
    /// Print the JSON Schema of a suite file, for editors.
    Schema {
        /// The kind of file.
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
    /// Show one dialect: the calls it maps, the fields it fills in, and its gaps.
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

/// The provider: exactly one of an entry of a manifest, a URL, or a bundled tenant.
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
    /// The time limit of a call, such as `10s` or `500ms`.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub(super) timeout: Duration,
}
