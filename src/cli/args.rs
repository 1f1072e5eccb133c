//! The arguments as types. Their doc comments are the help texts.

mod login;
mod probe;
mod running;
mod tool;
mod values;
mod vouching;

use std::path::PathBuf;
use std::sync::LazyLock;

use chrono::TimeDelta;
use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use time_zones::Zone;

use crate::model::ProviderId;
use crate::web::Network;

pub(super) use login::LoginArguments;
pub(super) use probe::{CallsName, ProbeArguments};
pub(super) use running::{CleanupArguments, MergeArguments, ProveArguments, RunArguments, ShownArguments};
pub(super) use tool::{AtArguments, ToolCommand};
pub(super) use values::{
    CatalogueName, DiffFormat, FormatName, InFile, ListFormat, LogFormat, MatrixFormatName, MatrixOutput,
    Output, SchemaKind,
};
use values::{age, at_least_one, domain, header, site_address, zone};
pub(super) use vouching::{
    CertifyArguments, GateArguments, KeysCommand, LogCommand, PublishArguments, TokensCommand,
    VerifyArguments,
};

/// Proves providers of agent tools against published contracts.
#[derive(Debug, Parser)]
#[command(name = "proofhouse", version, long_version = version(), propagate_version = true, max_term_width = 100, after_help = EXIT_CODES)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// The version, and the release of the time zone database that is compiled in.
fn version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        let version = env!("CARGO_PKG_VERSION");
        format!("{version}\ntime zones: IANA database {}", time_zones::release())
    });
    &VERSION
}

const EXIT_CODES: &str = "\
Exit codes, the first that applies:
  70  a bug in the harness
   2  wrong usage
   3  a contract, suite, manifest or baseline is wrong
   6  interrupted or incomplete
   1  a must-level test failed, or the baseline is out of date
   5  a must-level test ended in `error`: the provider could not be asked
   4  a claim is unproven: an essential test neither passed nor failed
   0  conformant, or every failure is known";

/// The arguments of every command.
#[derive(Debug, Args)]
pub(super) struct Global {
    /// Folder with `capabilities/` and `suites/` to use instead of the bundled ones.
    #[arg(long, global = true, value_name = "FOLDER", help_heading = "Global options")]
    pub(super) registry: Option<PathBuf>,
    /// Trust the authorities whose certificates are in this file (PEM) too, for servers with `https` addresses.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub(super) ca_file: Option<PathBuf>,
    /// The PostgreSQL database of the store, `postgres://…`, instead of the data folder.
    #[arg(long, global = true, value_name = "URL", help_heading = "Global options")]
    pub(super) store: Option<String>,
    /// Show the defaults that the nearest `proofhouse.toml` sets, and do nothing else.
    #[arg(long, global = true, help_heading = "Global options")]
    pub(super) show_config: bool,
    /// Do not show progress on standard error.
    #[arg(long, short, global = true, help_heading = "Global options")]
    pub(super) quiet: bool,
}

#[derive(Debug, Args)]
pub(super) struct InitArguments {
    /// The address of the provider: the base of its tools over plain HTTP, or its MCP endpoint.
    pub(super) url: Option<String>,
    /// Its id, `platform:tenant`.
    #[arg(long, value_name = "ID")]
    pub(super) id: Option<ProviderId>,
    /// Its name for people.
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
    /// The binding. The default is `mcp` for an address that ends in `/mcp`, else `http`.
    #[arg(long, value_enum)]
    pub(super) transport: Option<InitTransport>,
    /// The environment variable with its bearer token.
    #[arg(long, value_name = "NAME")]
    pub(super) bearer_env: Option<String>,
    /// A capability that it claims, as a manifest names it (repeatable). The default is the contracts of the tools that it lists.
    #[arg(long, value_name = "CAPABILITY")]
    pub(super) capability: Vec<String>,
    /// The file to write. It must not exist.
    #[arg(long, value_name = "FILE", default_value = "providers.yaml")]
    pub(super) output: PathBuf,
}

/// A binding that `init` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum InitTransport {
    /// `POST {url}/tools/{tool}`.
    Http,
    /// MCP over streamable HTTP.
    Mcp,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write a manifest of one provider, by flags or by questions. The provider is asked at once what it offers.
    Init(InitArguments),
    /// Prove providers: run the suites of what they claim.
    Run(RunArguments),
    /// Probe any MCP server: find out what is wrong with it, without a contract or a file of yours.
    Probe(Box<ProbeArguments>),
    /// Prove the suites: run them against every fault of the reference provider, and against correct providers. Exits 1 on a finding.
    Prove(ProveArguments),
    /// List, show, compare, export and prune stored runs.
    #[command(subcommand)]
    Runs(RunsCommand),
    /// Check or copy the store of runs.
    #[command(subcommand)]
    Store(StoreCommand),
    /// Decide whether a pipeline may use a provider, by the stored runs: yes (exit 0), no (1) or unknown (4), with reasons.
    Gate(GateArguments),
    /// Write a certificate: a signed statement of what a run proves. Exits 1 with the reasons if the run breaks a rule.
    Certify(CertifyArguments),
    /// Verify a certificate offline: signature, expiry, revocation, digests, and required tests.
    Verify(VerifyArguments),
    /// Make and show keys that sign certificates.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// The transparency log: an append-only list of certificates and revocations with signed checkpoints.
    #[command(subcommand)]
    Log(LogCommand),
    /// Merge the parts of a run that `run --partition` made. Refuses overlaps and missing parts.
    Merge(MergeArguments),
    /// Publish a stored run at a registry.
    Publish(PublishArguments),
    /// Manage the tokens of publishers.
    #[command(subcommand)]
    Tokens(TokensCommand),
    /// Serve the site of the registry: contracts, suites, runs and standings.
    Serve(ServeArguments),
    /// Check schedules of runs.
    #[command(subcommand)]
    Schedule(ScheduleCommand),
    /// Undo what a run left behind at its providers.
    Cleanup(CleanupArguments),
    /// List, show, compare, lint and lock contracts.
    #[command(subcommand)]
    Capabilities(CapabilitiesCommand),
    /// List, show and check suites.
    #[command(subcommand)]
    Suites(SuitesCommand),
    /// List, check and show dialects: mappings to the interfaces of providers.
    #[command(subcommand)]
    Dialects(DialectsCommand),
    /// List, describe and call the tools of one provider.
    #[command(subcommand)]
    Tool(ToolCommand),
    /// Log in to a server that wants a token (OAuth), for `auth: login` in its entry of a manifest.
    Login(LoginArguments),
    /// Forget the login at a server, and tell the authorization server so.
    Logout {
        /// The address of the server, as it was given to `login`.
        url: String,
    },
    /// Print the completion script of a shell.
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print the manual page, or write the manual pages of all commands to a folder.
    Man {
        /// The folder. It is created if it does not exist.
        #[arg(long, value_name = "FOLDER")]
        output: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(super) struct ServeArguments {
    /// The address to listen on. `0.0.0.0` accepts connections from other machines.
    #[arg(long, value_name = "HOST", default_value = "127.0.0.1")]
    pub(super) host: String,
    /// The port. 0 takes any free port.
    #[arg(long, value_name = "PORT", default_value_t = 4780)]
    pub(super) port: u16,
    /// A name by which a proxy passes requests on, if the site listens on this machine alone (repeatable).
    #[arg(long, value_name = "NAME")]
    pub(super) public_host: Vec<String>,
    /// The address by which others reach the site, such as `https://registry.example`: badges, the feed and the site map then name whole
    /// addresses.
    #[arg(long, value_name = "URL", value_parser = site_address)]
    pub(super) base_url: Option<String>,
    /// Print a line for each request to standard error.
    #[arg(long)]
    pub(super) access_log: bool,
    /// The form of what is printed to standard error while the site is served: words, or an object of JSON a line.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = LogFormat::Text)]
    pub(super) log_format: LogFormat,
    /// Addresses or networks of proxies, such as `10.0.0.0/8`. Only what they say in `X-Forwarded-For` or `Forwarded` is believed: requests are
    /// bounded and logged by who asks through them.
    #[arg(long, value_name = "CIDR", value_delimiter = ',')]
    pub(super) trusted_proxies: Vec<Network>,
    /// Show the certificates in this folder (files that end in `.json`). Each is verified when it is shown.
    #[arg(long, value_name = "FOLDER", requires = "trust")]
    pub(super) certificates: Option<PathBuf>,
    /// The trust file, as for `proofhouse verify`.
    #[arg(long, value_name = "FILE", requires = "certificates")]
    pub(super) trust: Option<PathBuf>,
    /// Run the providers of a manifest at the times of this schedule (YAML).
    #[arg(long, value_name = "FILE")]
    pub(super) schedule: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum ScheduleCommand {
    /// Check a schedule and the form of its manifest, and show the next five starts.
    Check {
        /// The schedule (YAML).
        file: PathBuf,
        /// Show the starts also as a clock of this time zone does, such as `Europe/Prague`. The schedule itself is in UTC.
        #[arg(long, value_name = "ZONE", value_parser = zone)]
        zone: Option<Zone>,
        /// The format of standard output.
        #[arg(long, value_enum, default_value_t = ListFormat::Table)]
        format: ListFormat,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum RunsCommand {
    /// List the stored runs, newest first.
    List {
        /// The maximum number of runs.
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = at_least_one)]
        limit: usize,
        /// Only runs older than this one.
        #[arg(long, value_name = "RUN")]
        before: Option<String>,
    },
    /// Remove old runs, except those on which a certificate or a standing rests, and those that owe something to a provider.
    Prune {
        /// Keep runs that started less than this long ago, such as `90d`.
        #[arg(long, value_name = "AGE", value_parser = age)]
        keep: TimeDelta,
        /// Keep the newest runs, whatever their age.
        #[arg(long, value_name = "N", default_value_t = 20)]
        keep_last: usize,
        /// A folder of certificates (files that end in `.json`): keep the runs that they name (repeatable).
        #[arg(long, value_name = "FOLDER")]
        certificates: Vec<PathBuf>,
        /// Show the runs, and remove none.
        #[arg(long)]
        dry_run: bool,
    },
    /// Show one run as when it ended.
    Show {
        /// The run: its id, the beginning of its id, or `latest`.
        run: String,
        /// The format of standard output.
        #[arg(long, value_enum, value_name = "FORMAT", default_value_t = FormatName::Table)]
        format: FormatName,
        /// Explain failures with their calls, and show every row.
        #[arg(long, short)]
        verbose: bool,
    },
    /// Write a run into a folder: its record and every report of it, each a file.
    Export {
        /// The run: its id, the beginning of its id, or `latest`.
        run: String,
        /// The folder. It is created if it does not exist.
        folder: PathBuf,
    },
    /// Compare two runs: changed outcomes, and latencies side by side.
    Compare {
        /// The earlier run.
        before: String,
        /// The later run.
        after: String,
        /// Show every test, also those with the same outcome.
        #[arg(long, short)]
        verbose: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum StoreCommand {
    /// Make the store if there is none, and bring its schema up to date: what a deployment does once before new processes start.
    Migrate,
    /// Check the database and the transparency log, and read every stored run. Exits 6 if something is wrong.
    Check,
    /// Copy what is in one store and not in another: runs, what was settled since, and tokens. Every run is compared afterwards.
    Copy {
        /// The store that is copied: a data folder, or `postgres://…`.
        #[arg(value_name = "FROM")]
        source: String,
        /// The store that it is copied to.
        #[arg(value_name = "TO")]
        target: String,
    },
    /// Write a copy of the store to a new file, while others go on to use the store. The transparency log is copied to a folder beside it, with
    /// `.tlog` after the name of the file.
    Backup {
        /// The file. It must not exist.
        file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum CapabilitiesCommand {
    /// List the published contracts.
    List,
    /// Show one contract with its schemas and its recent results.
    Show {
        /// `domain.tool@version`, or `domain.tool` for the first version, as in a manifest.
        id: String,
    },
    /// Compare two versions of a contract: changes that break callers, changes that break providers, changes of wording.
    ///
    /// With a server, its listing is compared instead: with an earlier listing (`--lock`), or with the contracts of its tools. Exits 1 if a
    /// caller may break.
    #[command(group = ArgGroup::new("what").args(["before", "server", "command"]).required(true))]
    Diff {
        /// The earlier version: `domain.tool@version`, or `domain.tool` for the first version.
        before: Option<String>,
        /// The later version: `domain.tool@version`, or the version alone. The default is the newest version.
        after: Option<String>,
        /// The format of standard output.
        #[arg(long, value_enum, default_value_t = DiffFormat::Table)]
        format: DiffFormat,
        /// The MCP endpoint of a running server.
        #[arg(long, value_name = "URL", help_heading = "A live server")]
        server: Option<String>,
        /// Send the token in this environment variable, as `Authorization: Bearer`.
        #[arg(
            long,
            value_name = "VARIABLE",
            requires = "server",
            help_heading = "A live server"
        )]
        bearer_env: Option<String>,
        /// Send a header whose value is in an environment variable.
        #[arg(
            long,
            value_name = "NAME=VARIABLE",
            requires = "server",
            conflicts_with = "bearer_env",
            value_parser = header,
            help_heading = "A live server"
        )]
        header: Option<(String, String)>,
        /// Send the token that `proofhouse login URL` got.
        #[arg(long, requires = "server", conflicts_with_all = ["bearer_env", "header"], help_heading = "A live server")]
        login: bool,
        /// The earlier listing of the server, as `--write-lock` has written it.
        #[arg(
            long,
            value_name = "FILE",
            conflicts_with = "before",
            help_heading = "A live server"
        )]
        lock: Option<PathBuf>,
        /// Write the listing of the server to this file, such as `tools.lock`. With nothing else to compare, that is all.
        #[arg(
            long,
            value_name = "FILE",
            conflicts_with = "before",
            help_heading = "A live server"
        )]
        write_lock: Option<PathBuf>,
        /// The command of a server that speaks over its standard input and output.
        #[arg(last = true, value_name = "COMMAND")]
        command: Vec<String>,
    },
    /// Draft contracts and tests of a server from its listing, into a folder. No tool is called.
    #[command(group = ArgGroup::new("from").args(["url", "listing", "openapi", "command"]).required(true))]
    Draft {
        /// The MCP endpoint of the server.
        url: Option<String>,
        /// A saved answer to `tools/list`.
        #[arg(long, value_name = "FILE")]
        listing: Option<PathBuf>,
        /// An OpenAPI 3 document (YAML or JSON): its operations become contracts.
        #[arg(long, value_name = "FILE")]
        openapi: Option<PathBuf>,
        /// The folder to write into.
        #[arg(long, value_name = "FOLDER", default_value = "draft")]
        out: PathBuf,
        /// The domain of the contracts, in `snake_case`. The default is made from the name of the server.
        #[arg(long, value_name = "NAME", value_parser = domain)]
        domain: Option<String>,
        /// Send the token in this environment variable, as `Authorization: Bearer`.
        #[arg(long, value_name = "VARIABLE", requires = "url")]
        bearer_env: Option<String>,
        /// Send a header whose value is in an environment variable.
        #[arg(long, value_name = "NAME=VARIABLE", requires = "url", conflicts_with = "bearer_env", value_parser = header)]
        header: Option<(String, String)>,
        /// Send the token that `proofhouse login URL` got.
        #[arg(long, requires = "url", conflicts_with_all = ["bearer_env", "header"])]
        login: bool,
        /// Name all tools in the manifest, also those that do not say that they only read. For a server where nothing can be broken.
        #[arg(long)]
        writes: bool,
        /// The command of a server that speaks over its standard input and output.
        #[arg(last = true, value_name = "COMMAND")]
        command: Vec<String>,
    },
    /// Show the inputs that are made from input schemas: those that must be refused, and extremes that must be taken.
    Rows {
        /// The schemas (JSON).
        #[arg(required = true, value_name = "SCHEMA")]
        schemas: Vec<PathBuf>,
        /// A valid input from which they are made (JSON). Without one, it is made up. More of them are checked only (repeatable).
        #[arg(long, value_name = "FILE")]
        from: Vec<PathBuf>,
        /// The format of standard output. As JSON, each schema is on a line of its own.
        #[arg(long, value_enum, default_value_t = ListFormat::Table)]
        format: ListFormat,
    },
    /// Lint the contracts. Exits 1 on an error, not on a warning.
    Lint,
    /// Add new versions and editions to the lock file of `--registry FOLDER`. What is published never changes.
    Lock,
    /// Publish the drafts of `--registry FOLDER`: take `status: draft` out of those that are done, and lock them. What is missing is said
    /// first, and then nothing is published.
    Publish,
    /// Publish the must-level tests of `--registry FOLDER` as an edition: the tests that claims are held to.
    Edition {
        /// The name, a year and a month, such as `2026-11`.
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Print the JSON Schema of `capability.yaml`, for editors.
    Schema,
}

#[derive(Debug, Subcommand)]
pub(super) enum SuitesCommand {
    /// List the tests by capability, with the rules that each verifies.
    List {
        /// Only tests that have each of these words in their id, title or rules.
        words: Vec<String>,
        /// Only tests of this capability: `domain.tool@version`, or `domain.tool` for every version.
        #[arg(long, value_name = "CAPABILITY")]
        capability: Option<String>,
        /// Only their ids, a line each.
        #[arg(long)]
        ids: bool,
    },
    /// Show a test in words: what it needs, what it sends and expects step by step, and the faults that it kills.
    Show {
        /// The test: `create_booking/happy_path`, with `@version` after the tool for one version, or its name alone.
        test: String,
    },
    /// Load every suite file and show all mistakes.
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
    /// List the dialects that a manifest can name.
    List,
    /// Load dialects and show all mistakes: of these files, or of all bundled dialects.
    Check {
        /// The files of the dialects.
        files: Vec<PathBuf>,
    },
    /// Ask the tests that gaps leave out all the same, and show which gaps hide failures. Nothing is kept.
    Audit {
        /// The manifest of the providers.
        #[arg(long, value_name = "FILE")]
        providers: PathBuf,
        /// Only providers with these ids; `*` stands for any part of one.
        #[arg(long, value_name = "GLOB")]
        provider: Vec<String>,
        /// Slow tests too.
        #[arg(long)]
        slow: bool,
        /// The seed of the run.
        #[arg(long, value_name = "NUMBER")]
        seed: Option<u64>,
    },
    /// Show one dialect: the calls it maps, the fields it fills in, and its gaps.
    Show {
        /// The name of the dialect, or a path that ends in `.yaml`.
        dialect: String,
    },
    /// Print the JSON Schema of a dialect, for editors.
    Schema,
}
