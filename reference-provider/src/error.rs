//! Why a provider could not be started or could not answer.

use std::net::SocketAddr;

use crate::store::StoreError;
use crate::tenant::LoadError;

/// Why a provider could not be started, or stopped before it should.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file of tenants is wrong.
    #[error(transparent)]
    Tenants(#[from] LoadError),
    /// The bookings cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address is in use, or not ours to take.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A fault was switched on for a tenant that is not there.
    #[error("a fault was given for tenant {tenant:?}, which is not there")]
    FaultForUnknownTenant {
        /// The tenant that was named.
        tenant: String,
    },
    /// The server broke off.
    #[error("the server stopped: {0}")]
    Serve(#[source] std::io::Error),
}
