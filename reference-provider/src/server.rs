//! A provider that listens.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::error::Error;
use crate::http::{Endpoint, router_with, serve_connections};
use crate::notify::Worker;
use crate::provider::{Options, Provider};
use crate::tenant::Tenant;
use crate::version::Version;

/// The time that open calls may take to end when the provider is stopped.
const GRACE: Duration = Duration::from_secs(5);

/// Serves until `shutdown` is ready; calls that are being answered are answered first.
pub async fn serve(
    options: Options,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    run(Arc::new(Provider::open(options)?), listener, shutdown).await
}

/// As [`serve`], for a provider that is open already.
pub(crate) async fn run(
    provider: Arc<Provider>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    provider.listens_at(listener.local_addr().map_err(Error::Serve)?)?;
    let worker = Worker::start(Arc::clone(&provider));
    let endpoint = Arc::new(Endpoint::new(Arc::clone(&provider)));
    let router = router_with(Arc::clone(&provider), &endpoint);
    let stop = async {
        let ended = tokio::select! {
            () = shutdown => None,
            why = provider.store.ended() => Some(why),
        };
        // A stream of events is an open call that never ends by itself.
        endpoint.close();
        ended
    };
    let outcome = match serve_connections(listener, router, stop, GRACE).await {
        None => Ok(()),
        Some(why) => Err(Error::WriterEnded(why)),
    };
    worker.stop().await;
    outcome
}

/// A provider that serves in the background of the current runtime.
pub struct Server {
    address: SocketAddr,
    provider: Arc<Provider>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), Error>>,
}

impl Server {
    /// Starts a provider at this address; port 0 takes a free one. It answers from now on, and stops when the handle
    /// is dropped.
    pub async fn start(options: Options, address: SocketAddr) -> Result<Self, Error> {
        let listen = |source| Error::Listen { address, source };
        let provider = Arc::new(Provider::open(options)?);
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let (stop, stopped) = oneshot::channel();
        let shutdown = async move {
            let _ = stopped.await;
        };
        let task = tokio::spawn(run(Arc::clone(&provider), listener, shutdown));
        Ok(Self {
            address,
            provider,
            stop: Some(stop),
            task,
        })
    }

    /// Its URL: `http://127.0.0.1:4700`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The base address of one tenant, which serves v0.1.0: `http://127.0.0.1:4700/p/salon-aurora`.
    pub fn tenant_url(&self, slug: &str) -> String {
        format!("http://{}/p/{slug}", self.address)
    }

    /// The URL of a version at one tenant: `http://127.0.0.1:4700/p/salon-aurora/v0.2.0`.
    pub fn version_url(&self, slug: &str, version: Version) -> String {
        format!("{}{}", self.tenant_url(slug), version.path())
    }

    /// The MCP endpoint of one tenant: `http://127.0.0.1:4700/p/salon-aurora/mcp`.
    pub fn mcp_url(&self, slug: &str) -> String {
        format!("{}/mcp", self.tenant_url(slug))
    }

    /// The tenants.
    pub fn tenants(&self) -> &[Tenant] {
        self.provider.tenants()
    }

    /// Stops listening, lets open calls end, and closes the bookings.
    pub async fn stop(mut self) -> Result<(), Error> {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        match self.task.await {
            Ok(outcome) => outcome,
            Err(error) => Err(Error::Serve(std::io::Error::other(error))),
        }
    }
}
