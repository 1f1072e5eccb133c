//! One call of a tool: where it arrived, and what it needs to be answered.

use std::sync::Arc;

use crate::clock::TenantClock;
use crate::contract::Contract;
use crate::policy::Policy;
use crate::provider::Provider;
use crate::tenant::Tenant;
use crate::version::Version;

/// One call of a tool of one tenant.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    /// The name of the tool, such as `create_booking`.
    pub(crate) tool: &'static str,
    /// The version at which the tool was called.
    pub(crate) version: Version,
    /// The contract of the tool at this version.
    pub(crate) contract: &'static Contract,
    pub(crate) provider: &'a Provider,
    pub(crate) tenant: &'a Tenant,
    /// The tenant's own clock.
    pub(crate) clock: &'a Arc<TenantClock>,
    /// The rules that the call keeps.
    pub(crate) policy: Policy,
    /// The base of the URLs in the answer; `None` leaves them out.
    pub(crate) base_url: Option<&'a str>,
}
