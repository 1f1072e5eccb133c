//! The provider: its tenants, its bookings, its clock, and what is wrong with it.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};

use crate::access::{Access, is_loopback};
use crate::billing::{Billing, GatewayOptions};
use crate::clock::{Clock, SystemClock, TenantClock};
use crate::error::Error;
use crate::fault::{Fault, Faults};
use crate::notify::{Mailing, Post};
use crate::policy::Policy;
use crate::sabotage::{self, Memory};
use crate::store::{Booking, Storage, Store};
use crate::tenant::{Tenant, Tenants};

/// The set-up of a provider.
pub struct Options {
    /// The tenants, which take bookings.
    pub tenants: Tenants,
    /// The place where bookings are stored.
    pub storage: Storage,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The faults: each of one tenant, or of all.
    pub faults: Vec<(Option<String>, Fault)>,
    /// `true` serves the tools of the sandbox, which move a tenant's clock and list the messages that it sent.
    pub sandbox: bool,
    /// The base of cancellation URLs; without it, the host that the caller named.
    pub public_url: Option<String>,
    /// Who may call the tools.
    pub access: Access,
    /// The names besides `localhost` and that of the public URL by which a proxy on this machine passes requests on.
    pub public_hosts: Vec<String>,
    /// The way in which mails are sent.
    pub mailing: Mailing,
    /// The gateway that takes the money for invoices.
    pub gateway: GatewayOptions,
    /// `true` says on standard error what whoever runs it should know of.
    pub notices: bool,
}

impl Options {
    /// A faultless provider for these tenants that keeps its bookings in memory.
    pub fn in_memory(tenants: Tenants) -> Self {
        Self {
            tenants,
            storage: Storage::Memory,
            clock: Arc::new(SystemClock),
            faults: Vec::new(),
            sandbox: false,
            public_url: None,
            access: Access::default(),
            public_hosts: Vec::new(),
            mailing: Mailing::default(),
            gateway: GatewayOptions::Embedded,
            notices: false,
        }
    }
}

/// A provider that is ready to answer.
pub struct Provider {
    tenants: Tenants,
    faults: Vec<Faults>,
    policies: Vec<Policy>,
    pub(crate) store: Store,
    clock: Arc<dyn Clock>,
    clocks: Vec<Arc<TenantClock>>,
    sandbox: bool,
    notices: bool,
    pub(crate) public_url: Option<String>,
    pub(crate) access: Access,
    pub(crate) public_hosts: Vec<String>,
    /// The address at which it listens, once it does.
    address: OnceLock<SocketAddr>,
    pub(crate) post: Post,
    pub(crate) billing: Billing,
    /// The state that faults keep from one call to the next.
    pub(crate) memory: Memory,
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
        // Before the folder is touched: a slip of the pen should leave nothing behind.
        let post = Post::open(&options.mailing)?;
        let clocks = (0..faults.len()).map(|_| Arc::new(TenantClock::new(Arc::clone(&options.clock))));
        Ok(Self {
            clocks: clocks.collect(),
            tenants: options.tenants,
            policies: faults.iter().copied().map(sabotage::policy).collect(),
            faults,
            store: Store::open(&options.storage)?,
            clock: options.clock,
            sandbox: options.sandbox,
            notices: options.notices,
            billing: Billing::open(options.gateway)?,
            public_url: options.public_url.map(|url| url.trim_end_matches('/').to_owned()),
            access: options.access,
            public_hosts: options.public_hosts,
            address: OnceLock::new(),
            post,
            memory: Memory::default(),
        })
    }

    /// The tenants.
    pub fn tenants(&self) -> &[Tenant] {
        self.tenants.as_slice()
    }

    /// The tenant with this slug.
    pub(crate) fn tenant(&self, slug: &str) -> Option<&Tenant> {
        Some(&self.tenants.as_slice()[self.tenants.position(slug)?])
    }

    /// The faults of the tenant with this slug.
    pub(crate) fn faults_of(&self, slug: &str) -> Option<Faults> {
        Some(self.faults[self.tenants.position(slug)?])
    }

    /// The policy of the tenant with this slug.
    pub(crate) fn policy_of(&self, slug: &str) -> Option<&Policy> {
        Some(&self.policies[self.tenants.position(slug)?])
    }

    /// The clock of the tenant with this slug.
    pub(crate) fn clock_of(&self, slug: &str) -> Option<&Arc<TenantClock>> {
        Some(&self.clocks[self.tenants.position(slug)?])
    }

    /// Returns true if the sandbox is on.
    pub(crate) fn has_sandbox(&self) -> bool {
        self.sandbox
    }

    /// Tells whoever runs the provider, where there is something to tell.
    pub(crate) fn notice(&self, what: impl FnOnce() -> Option<String>) {
        if self.notices
            && let Some(what) = what()
        {
            // There is nowhere left to say it if this fails.
            let _ = writeln!(io::stderr(), "warning: {what}");
        }
    }

    /// The time of the provider's own clock, which no sandbox moves.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The present of a tenant; that of the provider where there is no such tenant.
    pub(crate) fn now_at(&self, slug: &str) -> DateTime<Utc> {
        match self.clock_of(slug) {
            Some(clock) => clock.now(),
            None => self.clock.now(),
        }
    }

    /// The provider's own clock, which nobody moves.
    pub(crate) fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// Says where it listens, and refuses where strangers would reach more than they should.
    pub(crate) fn listens_at(&self, address: SocketAddr) -> Result<(), Error> {
        self.access.check(address, self.sandbox)?;
        // It listens at one address as long as it lives.
        let _ = self.address.set(address);
        Ok(())
    }

    /// Returns true if it is known that callers are on this machine, so that the names by which they call are known too.
    pub(crate) fn is_local(&self) -> bool {
        self.address.get().copied().is_some_and(is_loopback)
    }

    /// The page that shows a booking and cancels it, where it is known how customers reach us. The host that a caller names is not
    /// good enough: whoever books for somebody could send them anywhere.
    pub(crate) fn cancellation_page(&self, booking: &Booking) -> Option<String> {
        let base_url = match (&self.public_url, self.address.get()) {
            (Some(url), _) => url.clone(),
            (None, Some(address)) if !address.ip().is_unspecified() => format!("http://{address}"),
            (None, _) => return None,
        };
        Some(booking.cancellation_url(&base_url))
    }
}
