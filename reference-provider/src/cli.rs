//! The command line of the binary.

use std::future::Future;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use tokio::net::TcpListener;

use crate::clock::SystemClock;
use crate::error::Error;
use crate::fault::{Fault, UnknownFault};
use crate::provider::{Options, Provider};
use crate::server;
use crate::store::Storage;
use crate::tenant::Tenants;

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
    /// Folder that keeps the bookings.
    #[arg(long, value_name = "FOLDER", default_value = "reference-provider-data")]
    data: PathBuf,
    /// Keep the bookings in memory only.
    #[arg(long, conflicts_with = "data")]
    memory: bool,
    /// YAML file of tenants, instead of the bundled ones.
    #[arg(long, value_name = "FILE")]
    tenants: Option<PathBuf>,
    /// What cancellation addresses begin with, instead of the host that a caller names.
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

/// Runs the binary: its arguments, its output, its exit code.
pub fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Serve(arguments) => run(*arguments),
        Command::Faults => match list_faults() {
            // Whoever reads has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            listed => listed.map_err(|error| error.to_string()),
        },
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // There is nowhere left to say it if this fails.
            let _ = writeln!(io::stderr(), "error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Serve) -> Result<(), String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| format!("cannot start: {error}"))?;
    runtime
        .block_on(listen(arguments))
        .map_err(|error| error.to_string())
}

async fn listen(arguments: Serve) -> Result<(), Error> {
    let tenants = match arguments.tenants {
        Some(file) => Tenants::read(&file)?,
        None => Tenants::bundled()?,
    };
    let address = SocketAddr::new(arguments.host, arguments.port);
    let failed = |source| Error::Listen { address, source };
    // Before the folder is touched: a port in use often means that the same provider runs already.
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let storage = if arguments.memory {
        Storage::Memory
    } else {
        Storage::Folder(arguments.data)
    };
    let options = Options {
        tenants,
        storage,
        clock: Arc::new(SystemClock),
        faults: arguments.faults,
        public_url: arguments.public_url,
    };
    let provider = Arc::new(Provider::open(options)?);
    // Whoever reads the line may stop us at once, so we listen for that first.
    let stop = stop_signal().map_err(Error::Serve)?;
    announce(address).map_err(Error::Serve)?;
    server::run(provider, listener, stop).await
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
