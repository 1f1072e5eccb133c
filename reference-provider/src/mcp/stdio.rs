//! One tenant over standard input and output: a line is a message.

use std::future::Future;
use std::io;
use std::sync::Arc;

use rmcp::ServiceExt;
use rmcp::service::ServerInitializeError;
use rmcp::transport::stdio_pipes;

use super::TenantTools;
use super::lines::checked;
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
        let (input, output) = stdio_pipes();
        let (input, output, writing) = checked(input, output);
        match TenantTools::new(provider, tenant, ApiFlavor::Contracts(version))
            .serve((input, output))
            .await
        {
            Ok(service) => service.waiting().await.map_err(io::Error::other),
            // It ended before it began.
            Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
            Err(error) => return Err(Error::Serve(io::Error::other(error))),
        }
        .map_err(Error::Serve)?;
        // What was said last is still on its way.
        let written = writing.await.map_err(io::Error::other);
        written.and_then(|written| written).map_err(Error::Serve)
    };
    let outcome = tokio::select! {
        outcome = conversation => outcome,
        () = stop => Ok(()),
        why = store.store.ended() => Err(Error::WriterEnded(why)),
    };
    worker.stop().await;
    outcome
}
