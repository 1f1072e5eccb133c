//! The errors of a provider that could not be started or could not answer.

use std::net::SocketAddr;

use crate::notify::MailError;
use crate::store::StoreError;
use crate::tenant::{LoadError, Tenant};

/// The number of names that fit into a message.
const FEW: usize = 20;

/// The reason why a provider could not be started, or stopped before it should.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file of tenants is wrong.
    #[error(transparent)]
    Tenants(#[from] LoadError),
    /// The bookings cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Mails cannot be sent as it is asked for.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// The gateway for payments cannot be set up.
    #[error("cannot set up the gateway for payments: {0}")]
    Gateway(String),
    /// The address is in use, or not ours to take.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The message of the operating system.
        source: std::io::Error,
    },
    /// Strangers would reach the provider, and nothing was said about who may call.
    #[error(
        "{address} can be reached from other machines, and the provider lists its customers to whoever calls: \
         give --token-env NAME, where the variable NAME holds the token that callers send, or --open if everybody may call"
    )]
    OffLoopback {
        /// The address.
        address: SocketAddr,
    },
    /// Strangers would reach the sandbox.
    #[error(
        "{address} can be reached from other machines, and --sandbox lets callers move clocks and read messages: \
         give --token-env NAME in place of --open, or listen on 127.0.0.1"
    )]
    SandboxForStrangers {
        /// The address.
        address: SocketAddr,
    },
    /// The token that callers are to send cannot be read, or cannot be sent.
    #[error("{variable} is to hold the token that callers send: {reason}")]
    Token {
        /// The variable of the environment.
        variable: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The writer of the bookings cannot go on. What was answered before is kept.
    #[error("the bookings can no longer be written: {0}")]
    WriterEnded(String),
    /// A fault was switched on for a tenant that is not there.
    #[error("a fault was given for tenant {tenant:?}, which is not there")]
    FaultForUnknownTenant {
        /// The tenant that was named.
        tenant: String,
    },
    /// There is no such tenant.
    #[error("no tenant is named {tenant:?}{hint}")]
    UnknownTenant {
        /// The tenant that was named.
        tenant: String,
        /// The name that may have been meant, or the names that there are.
        hint: String,
    },
    /// The server broke off.
    #[error("the server stopped: {0}")]
    Serve(#[source] std::io::Error),
}

impl Error {
    /// The error for a tenant that is not one of these.
    pub(crate) fn unknown_tenant(tenant: String, tenants: &[Tenant]) -> Self {
        let slugs = || tenants.iter().map(|tenant| tenant.slug.as_str());
        let close = slugs()
            .map(|slug| (strsim::damerau_levenshtein(slug, &tenant), slug))
            .min_by_key(|(distance, _)| *distance)
            .filter(|(distance, _)| *distance <= 4);
        let hint = match close {
            Some((_, slug)) => format!("; did you mean {slug}?"),
            None if tenants.len() <= FEW => {
                format!("; the tenants are {}", slugs().collect::<Vec<_>>().join(", "))
            }
            None => String::new(),
        };
        Self::UnknownTenant { tenant, hint }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::Tenants;

    fn message(tenant: &str, tenants: &Tenants) -> String {
        Error::unknown_tenant(tenant.to_owned(), tenants.as_slice()).to_string()
    }

    #[test]
    fn an_unknown_tenant_is_answered_with_the_closest_one_or_all_of_a_few() {
        let few = Tenants::generated(2);
        let many = Tenants::generated(FEW + 1);
        assert_eq!(
            message("tenant-00O1", &few),
            "no tenant is named \"tenant-00O1\"; did you mean tenant-0001?"
        );
        assert_eq!(
            message("salon", &few),
            "no tenant is named \"salon\"; the tenants are tenant-0000, tenant-0001"
        );
        assert_eq!(message("salon", &many), "no tenant is named \"salon\"");
    }
}
