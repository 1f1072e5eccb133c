//! The command line of the binary.

use std::future::Future;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use tokio::net::TcpListener;

use crate::access::Access;
use crate::billing::{GatewayOptions, StripeOptions, StripeUrl};
use crate::clock::SystemClock;
use crate::error::Error;
use crate::fault::{Fault, UnknownFault};
use crate::mcp;
use crate::notify::{Mailing, Route};
use crate::provider::{Options, Provider};
use crate::secret::Secret;
use crate::server;
use crate::store::Storage;
use crate::tenant::Tenants;
use crate::version::Version;

/// Exit code of what could not be done.
const FAILED: u8 = 1;

/// Exit code of what could not have been meant, as for arguments that cannot be read.
const WRONGLY_USED: u8 = 2;

/// The variable that holds the password for the mail server.
const SMTP_PASSWORD: &str = "REFERENCE_PROVIDER_SMTP_PASSWORD";

/// The time that work in the background may take to end.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// A booking system that keeps the booking contracts.
#[derive(Parser)]
#[command(name = "reference-provider", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves all tenants until Ctrl-C.
    Serve(Box<Serve>),
    /// Serves one tenant over MCP on standard input and output, until input ends.
    Mcp(Box<Mcp>),
    /// Lists the faults that can be switched on, and what each breaks.
    Faults,
}

#[derive(Args)]
struct Serve {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// Port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 4700)]
    port: u16,
    /// The variable of the environment that holds the token which callers send: `Authorization: Bearer …`. Other addresses than those of
    /// this machine need it, or --open.
    #[arg(long, value_name = "NAME")]
    token_env: Option<String>,
    /// Let everybody call who reaches the address. They see the customers, and not the sandbox.
    #[arg(long, conflicts_with = "token_env")]
    open: bool,
    /// A name by which a proxy passes requests on, if the provider listens on this machine alone. Can be given more than once.
    #[arg(long, value_name = "NAME")]
    public_host: Vec<String>,
    #[command(flatten)]
    provider: ProviderArguments,
}

#[derive(Args)]
struct Mcp {
    /// Tenant to serve.
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// Version of the contracts to serve.
    #[arg(long, value_name = "VERSION", default_value = Version::V0_1_0.name())]
    contracts: Version,
    #[command(flatten)]
    provider: ProviderArguments,
}

/// The options of every command that serves.
#[derive(Args)]
struct ProviderArguments {
    /// Folder that keeps the bookings.
    #[arg(long, value_name = "FOLDER", default_value = "reference-provider-data")]
    data: PathBuf,
    /// Keep the bookings in memory only.
    #[arg(long, conflicts_with = "data")]
    memory: bool,
    /// YAML file of tenants, instead of the bundled ones.
    #[arg(long, value_name = "FILE")]
    tenants: Option<PathBuf>,
    /// The base of cancellation URLs, instead of the host that a caller names (over MCP on standard input,
    /// instead of leaving them out).
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Send mails through this server: smtp://HOST:PORT, smtp://HOST:PORT?tls=required (STARTTLS) or smtps://HOST:PORT, with USER@
    /// before the host where one logs in; the password is then in the variable `REFERENCE_PROVIDER_SMTP_PASSWORD`. Without it mails
    /// become files in the folder mails beside the bookings, and with --memory nothing.
    #[arg(long, value_name = "URL")]
    smtp_url: Option<String>,
    /// Address that mails come from.
    #[arg(long, value_name = "ADDRESS", default_value = "bookings@localhost")]
    mail_from: String,
    /// The gateway that takes the money for invoices. Stripe takes its key from `STRIPE_SECRET_KEY` and the secret of its webhooks from
    /// `STRIPE_WEBHOOK_SECRET`.
    #[arg(long, value_enum, value_name = "NAME", default_value_t = GatewayName::Embedded)]
    gateway: GatewayName,
    /// The URL of Stripe: https, or http on the loopback interface.
    #[arg(long, value_name = "URL", default_value_t = StripeUrl::default())]
    stripe_url: StripeUrl,
    /// Serve the tools of the sandbox, `advance_clock` and `effects`, and allow faults to be switched on.
    #[arg(long)]
    sandbox: bool,
    /// Be wrong in one way, at one tenant or at all: NAME or TENANT=NAME. Can be given more than once.
    #[arg(long = "fault", value_name = "[TENANT=]NAME", value_parser = fault, requires = "sandbox")]
    faults: Vec<(Option<String>, Fault)>,
}

/// The gateway that takes the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum GatewayName {
    /// Nobody: a button settles an invoice in the sandbox, elsewhere it is paid at the venue.
    Embedded,
    /// Stripe, through its HTTP interface.
    Stripe,
}

fn gateway(name: GatewayName, url: StripeUrl) -> Result<GatewayOptions, Error> {
    let secret = |variable: &str| {
        let found = std::env::var(variable).ok().and_then(Secret::new);
        found.ok_or_else(|| Error::Gateway(format!("{variable} is not set, and Stripe takes it")))
    };
    Ok(match name {
        GatewayName::Embedded => GatewayOptions::Embedded,
        GatewayName::Stripe => GatewayOptions::Stripe(StripeOptions {
            url,
            key: secret("STRIPE_SECRET_KEY")?,
            webhook_secret: secret("STRIPE_WEBHOOK_SECRET")?,
        }),
    })
}

fn fault(text: &str) -> Result<(Option<String>, Fault), String> {
    let (tenant, name) = match text.split_once('=') {
        Some((tenant, name)) => (Some(tenant.to_owned()), name),
        None => (None, text),
    };
    name.parse()
        .map(|fault| (tenant, fault))
        .map_err(|error: UnknownFault| error.to_string())
}

impl ProviderArguments {
    fn into_options(self) -> Result<Options, Error> {
        let route = match (self.smtp_url, self.memory) {
            (Some(url), _) => Route::Smtp {
                url,
                password: std::env::var(SMTP_PASSWORD).ok(),
            },
            (None, false) => Route::Folder(self.data.join("mails")),
            (None, true) => Route::Nowhere,
        };
        Ok(Options {
            mailing: Mailing {
                sender: self.mail_from,
                route,
            },
            tenants: match self.tenants {
                Some(file) => Tenants::read(&file)?,
                None => Tenants::bundled()?,
            },
            storage: if self.memory {
                Storage::Memory
            } else {
                Storage::Folder(self.data)
            },
            clock: Arc::new(SystemClock),
            faults: self.faults,
            sandbox: self.sandbox,
            public_url: self.public_url,
            gateway: gateway(self.gateway, self.stripe_url)?,
            access: Access::default(),
            public_hosts: Vec::new(),
            notices: true,
        })
    }
}

/// Who may call, by the token in a variable of the environment or by `--open`.
fn access(token_env: Option<String>, open: bool) -> Result<Access, Error> {
    let Some(variable) = token_env else {
        return Ok(if open { Access::Everybody } else { Access::Machine });
    };
    let text = std::env::var(&variable).unwrap_or_default();
    let reason = if text.is_empty() {
        "it is not set, or empty"
    } else if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        "a token has no spaces, and only characters of ASCII"
    } else {
        return Ok(Secret::new(text).map_or(Access::Machine, Access::Token));
    };
    Err(Error::Token { variable, reason })
}

/// Runs the binary: its arguments, its output, its exit code.
pub fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Serve(arguments) => run(listen(*arguments)),
        Command::Mcp(arguments) => run(converse(*arguments)),
        Command::Faults => match list_faults() {
            // Whoever reads has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            listed => listed.map_err(|error| (error.to_string(), FAILED)),
        },
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err((message, code)) => {
            // There is nowhere left to say it if this fails.
            let _ = writeln!(io::stderr(), "error: {message}");
            ExitCode::from(code)
        }
    }
}

fn run(work: impl Future<Output = Result<(), Error>>) -> Result<(), (String, u8)> {
    let runtime =
        tokio::runtime::Runtime::new().map_err(|error| (format!("cannot start: {error}"), FAILED))?;
    let outcome = runtime.block_on(work);
    // A thread that waits for standard input cannot be woken, and must not keep a stopped provider alive.
    runtime.shutdown_timeout(LAST_WAIT);
    outcome.map_err(|error| {
        let code = match error {
            Error::UnknownTenant { .. }
            | Error::Mail(_)
            | Error::OffLoopback { .. }
            | Error::SandboxForStrangers { .. }
            | Error::Token { .. } => WRONGLY_USED,
            _ => FAILED,
        };
        (error.to_string(), code)
    })
}

async fn listen(arguments: Serve) -> Result<(), Error> {
    let address = SocketAddr::new(arguments.host, arguments.port);
    let access = access(arguments.token_env, arguments.open)?;
    access.check(address, arguments.provider.sandbox)?;
    let options = Options {
        access,
        public_hosts: arguments.public_host,
        ..arguments.provider.into_options()?
    };
    let failed = |source| Error::Listen { address, source };
    // Before the folder is touched: a port in use often means that the same provider runs already.
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let provider = Arc::new(Provider::open(options)?);
    // Whoever reads the line may stop us at once, so we listen for that first.
    let stop = stop_signal().map_err(Error::Serve)?;
    announce(address).map_err(Error::Serve)?;
    server::run(provider, listener, stop).await
}

async fn converse(arguments: Mcp) -> Result<(), Error> {
    let options = arguments.provider.into_options()?;
    // Before the folder is touched: a slip of the pen should leave nothing behind.
    if options.tenants.get(&arguments.tenant).is_none() {
        return Err(Error::unknown_tenant(
            arguments.tenant,
            options.tenants.as_slice(),
        ));
    }
    let provider = Arc::new(Provider::open(options)?);
    let stop = stop_signal().map_err(Error::Serve)?;
    mcp::serve(provider, arguments.tenant, arguments.contracts, stop).await
}

fn announce(address: SocketAddr) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "listening on http://{address}")?;
    out.flush()
}

/// Ready when the process is asked to stop.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ready when the process is asked to stop.
#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

fn list_faults() -> io::Result<()> {
    let mut out = io::stdout().lock();
    let width = Fault::ALL
        .iter()
        .map(|fault| fault.name().len())
        .max()
        .unwrap_or(0);
    for fault in Fault::ALL {
        writeln!(out, "{:width$}  {}", fault.name(), fault.description())?;
        writeln!(out, "{:width$}  breaks {}", "", fault.breaks())?;
    }
    out.flush()
}
