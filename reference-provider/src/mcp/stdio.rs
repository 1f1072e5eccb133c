//! One tenant over standard input and output: a line is a message.

use std::future::Future;
use std::io;
use std::sync::Arc;

use rmcp::ServiceExt;
use rmcp::service::ServerInitializeError;
use rmcp::transport::stdio_pipes;

use super::TenantTools;
use crate::api_flavor::ApiFlavor;
use crate::error::Error;
use crate::notify::Worker;
use crate::provider::Provider;
use crate::version::Version;

/// Serves one tenant at one version until standard input ends or `stop` is ready. Standard output carries messages and nothing else.
pub(crate) async fn serve(
    provider: Arc<Provider>,
    tenant: String,
    version: Version,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let worker = Worker::start(Arc::clone(&provider));
    let store = Arc::clone(&provider);
    let conversation = async {
        match TenantTools::new(provider, tenant, ApiFlavor::Contracts(version))
            .serve(stdio_pipes())
            .await
        {
            Ok(service) => service.waiting().await.map_err(io::Error::other),
            // It ended before it began.
            Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
            Err(error) => return Err(Error::Serve(io::Error::other(error))),
        }
        .map(drop)
        .map_err(Error::Serve)
    };
    let outcome = tokio::select! {
        outcome = conversation => outcome,
        () = stop => Ok(()),
        why = store.store.ended() => Err(Error::WriterEnded(why)),
    };
    worker.stop().await;
    outcome
}
