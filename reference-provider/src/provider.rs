//! The provider: its tenants, its bookings, its clock, and what is wrong with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::clock::{Clock, SystemClock};
use crate::error::Error;
use crate::fault::{Fault, Faults};
use crate::store::{Storage, Store};
use crate::tenant::{Tenant, Tenants};

/// How a provider is set up.
pub struct Options {
    /// Who takes bookings.
    pub tenants: Tenants,
    /// Where bookings are kept.
    pub storage: Storage,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// What is wrong: at one tenant, or at all.
    pub faults: Vec<(Option<String>, Fault)>,
    /// What cancellation addresses begin with; without it, the host that the caller named.
    pub public_url: Option<String>,
}

impl Options {
    /// A faultless provider for these tenants that keeps its bookings in memory.
    pub fn in_memory(tenants: Tenants) -> Self {
        Self {
            tenants,
            storage: Storage::Memory,
            clock: Arc::new(SystemClock),
            faults: Vec::new(),
            public_url: None,
        }
    }
}

/// A provider that is ready to answer.
pub struct Provider {
    tenants: Tenants,
    faults: Vec<Faults>,
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) public_url: Option<String>,
    calls: AtomicU64,
}

impl Provider {
    /// Opens the bookings and checks the options.
    pub fn open(options: Options) -> Result<Self, Error> {
        let mut faults = vec![Faults::default(); options.tenants.as_slice().len()];
        for (tenant, fault) in options.faults {
            match tenant {
                None => faults.iter_mut().for_each(|faults| faults.insert(fault)),
                Some(tenant) => match options.tenants.position(&tenant) {
                    Some(at) => faults[at].insert(fault),
                    None => return Err(Error::FaultForUnknownTenant { tenant }),
                },
            }
        }
        Ok(Self {
            tenants: options.tenants,
            faults,
            store: Store::open(&options.storage)?,
            clock: options.clock,
            public_url: options.public_url.map(|url| url.trim_end_matches('/').to_owned()),
            calls: AtomicU64::new(0),
        })
    }

    /// Who takes bookings here.
    pub fn tenants(&self) -> &[Tenant] {
        self.tenants.as_slice()
    }

    /// The tenant with this slug, and what is wrong with it.
    pub(crate) fn tenant(&self, slug: &str) -> Option<(&Tenant, Faults)> {
        let at = self.tenants.position(slug)?;
        Some((&self.tenants.as_slice()[at], self.faults[at]))
    }

    /// A number that no other call gets.
    pub(crate) fn next_call(&self) -> u64 {
        self.calls.fetch_add(1, Ordering::Relaxed)
    }
}
