//! One tenant over standard input and output: a line is a message.

use std::future::Future;
use std::io;
use std::sync::Arc;

use rmcp::ServiceExt;
use rmcp::service::ServerInitializeError;
use rmcp::transport::stdio_pipes;

use super::TenantTools;
use crate::error::Error;
use crate::provider::Provider;

/// Serves one tenant until standard input ends or `stop` is ready. Standard output carries messages and nothing else.
pub(crate) async fn serve(
    provider: Arc<Provider>,
    tenant: String,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let conversation = async {
        match TenantTools::new(provider, tenant).serve(stdio_pipes()).await {
            Ok(service) => service.waiting().await.map_err(io::Error::other),
            // It ended before it began.
            Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
            Err(error) => return Err(Error::Serve(io::Error::other(error))),
        }
        .map(drop)
        .map_err(Error::Serve)
    };
    tokio::select! {
        outcome = conversation => outcome,
        () = stop => Ok(()),
    }
}
