//! The command line of the binary.

use std::future::Future;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use tokio::net::TcpListener;

use crate::clock::SystemClock;
use crate::error::Error;
use crate::fault::{Fault, UnknownFault};
use crate::mcp;
use crate::provider::{Options, Provider};
use crate::server;
use crate::store::Storage;
use crate::tenant::Tenants;

/// Exit code of what could not be done.
const FAILED: u8 = 1;

/// Exit code of what could not have been meant, as for arguments that cannot be read.
const WRONGLY_USED: u8 = 2;

/// How long work in the background may take to end.
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
    #[command(flatten)]
    provider: ProviderArguments,
}

#[derive(Args)]
struct Mcp {
    /// Tenant to serve.
    #[arg(long, value_name = "NAME")]
    tenant: String,
    #[command(flatten)]
    provider: ProviderArguments,
}

/// What is served, however it is reached.
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
    /// What cancellation addresses begin with, instead of the host that a caller names (over MCP on standard input,
    /// instead of leaving them out).
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Allow faults to be switched on.
    #[arg(long)]
    sandbox: bool,
    /// Be wrong in one way, at one tenant or at all: NAME or TENANT=NAME. Can be given more than once.
    #[arg(long = "fault", value_name = "[TENANT=]NAME", value_parser = fault, requires = "sandbox")]
    faults: Vec<(Option<String>, Fault)>,
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
        Ok(Options {
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
            public_url: self.public_url,
        })
    }
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
            Error::UnknownTenant { .. } => WRONGLY_USED,
            _ => FAILED,
        };
        (error.to_string(), code)
    })
}

async fn listen(arguments: Serve) -> Result<(), Error> {
    let options = arguments.provider.into_options()?;
    let address = SocketAddr::new(arguments.host, arguments.port);
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
    mcp::serve(provider, arguments.tenant, stop).await
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
