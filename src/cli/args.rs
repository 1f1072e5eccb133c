//! The arguments, as types. Their comments are the help.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};

use crate::report::Format;

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
   3  a contract, suite or manifest is wrong
   6  interrupted or incomplete
   1  a must-level test failed
   5  a must-level test ended in `error`: the provider could not be asked
   4  a claimed capability has no executed must-level test
   0  conformant";

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
    /// Look at runs that were kept.
    #[command(subcommand)]
    Runs(RunsCommand),
    /// Take back what a run left behind at its providers.
    Cleanup(CleanupArguments),
    /// Look at the contracts.
    #[command(subcommand)]
    Capabilities(CapabilitiesCommand),
    /// Look at the suites.
    #[command(subcommand)]
    Suites(SuitesCommand),
    /// Look at the tools of one provider, or call one.
    #[command(subcommand)]
    Tool(ToolCommand),
}

#[derive(Debug, Args)]
pub(super) struct RunArguments {
    #[command(flatten)]
    pub(super) source: SourceArguments,
    /// Only capabilities that match a glob, such as `booking.create_*` (repeatable).
    #[arg(long, value_name = "GLOB", help_heading = "Selection")]
    pub(super) capability: Vec<String>,
    /// Only tests whose id, `tool/test` or last part matches a glob, such as `rejects_*` (repeatable).
    #[arg(long, value_name = "GLOB", help_heading = "Selection")]
    pub(super) test: Vec<String>,
    /// Only tests that write nothing.
    #[arg(long, help_heading = "Selection")]
    pub(super) read_only: bool,
    /// Slow tests too: they wait for real.
    #[arg(long, help_heading = "Selection")]
    pub(super) slow: bool,
    /// A failed should-level test counts like a failed must-level one.
    #[arg(long, help_heading = "Selection")]
    pub(super) strict: bool,
    /// Start no test after the first must-level failure.
    #[arg(long, help_heading = "Selection")]
    pub(super) fail_fast: bool,
    /// Show the plan and how much it would make, and call no tool.
    #[arg(long, help_heading = "Selection")]
    pub(super) dry_run: bool,
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
    /// What standard output holds.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = FormatName::Table, help_heading = "Output")]
    pub(super) format: FormatName,
    /// A report in a file beside standard output, such as `junit=report.xml` (repeatable).
    #[arg(long, value_name = "FORMAT=FILE", value_parser = Output::from_str, help_heading = "Output")]
    pub(super) output: Vec<Output>,
    /// Explain failures with the calls that led to them, and show every row.
    #[arg(long, short, help_heading = "Output")]
    pub(super) verbose: bool,
    /// Keep no record of the run.
    #[arg(long, help_heading = "Output")]
    pub(super) no_store: bool,
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
    /// A provider of the manifest, by its id.
    #[arg(long, value_name = "ID", requires = "providers")]
    pub(super) provider: Option<String>,
    /// Base URL of a provider.
    #[arg(long, value_name = "URL")]
    pub(super) url: Option<String>,
    /// The URL is an MCP endpoint.
    #[arg(long, requires = "url")]
    pub(super) mcp: bool,
    /// A tenant of the bundled reference provider.
    #[arg(long, value_name = "TENANT")]
    pub(super) reference: Option<String>,
    /// How long a call may take, such as `10s` or `500ms`.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub(super) timeout: Duration,
}

/// The kinds of suite files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaKind {
    /// A test.
    Test,
    /// A fixture that tests share.
    Fixture,
}

/// The formats by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FormatName {
    /// A table for people.
    Table,
    /// `proofhouse.report/1`, for programs.
    Json,
    /// JUnit XML, for pipelines.
    Junit,
}

impl FormatName {
    pub(super) fn format(self) -> Format {
        match self {
            Self::Table => Format::Table,
            Self::Json => Format::Json,
            Self::Junit => Format::Junit,
        }
    }
}

/// A report in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Output {
    pub(super) format: Format,
    pub(super) path: PathBuf,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) = text
            .split_once('=')
            .filter(|(_, path)| !path.is_empty())
            .ok_or_else(|| "FORMAT=FILE is expected, for example `json=report.json`".to_owned())?;
        let format = format.parse::<Format>().map_err(|error| error.to_string())?;
        Ok(Self {
            format,
            path: PathBuf::from(path),
        })
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least 1 is expected".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => Err("a whole number is expected".to_owned()),
    }
}

fn whole_number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "a whole number is expected".to_owned())
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "a time such as `10s`, `500ms` or `2m` is expected".to_owned();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().map_err(|_| wrong())?;
    let duration = match &text[digits..] {
        "ms" => Duration::from_millis(number),
        "" | "s" => Duration::from_secs(number),
        "m" => Duration::from_secs(number.saturating_mul(60)),
        _ => return Err(wrong()),
    };
    if duration.is_zero() || duration > Duration::from_secs(3600) {
        return Err("between 1ms and 60m are possible".to_owned());
    }
    Ok(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_their_units() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("10"), Ok(Duration::from_secs(10)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for wrong in ["", "s", "0s", "1h", "-1s", "61m", "1.5s"] {
            assert!(duration(wrong).is_err(), "{wrong} was taken");
        }
    }

    #[test]
    fn an_output_names_its_format_and_its_file() {
        let output: Output = "json=a=b.json".parse().unwrap();
        assert_eq!(
            (output.format, output.path),
            (Format::Json, PathBuf::from("a=b.json"))
        );
        assert!("report.json".parse::<Output>().is_err());
        assert!(
            "jsn=x"
                .parse::<Output>()
                .unwrap_err()
                .contains("did you mean `json`?")
        );
    }
}
