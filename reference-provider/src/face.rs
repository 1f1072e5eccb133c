//! What an address serves: the contracts at a version, or the same provider in the shape of another make.
//!
//! Both carriers, HTTP and MCP, serve every face, and ask here for its tools and its answers.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::clock::TenantClock;
use crate::fault::Faults;
use crate::favcrm::{self, Shape};
use crate::policy::Policy;
use crate::provider::Provider;
use crate::sabotage;
use crate::store::StoreError;
use crate::tenant::Tenant;
use crate::tools::{self, Answer, Call, Served};
use crate::version::Version;

/// What an address serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    /// The contracts at this version.
    Contracts(Version),
    /// FavCRM's tools, only where the sandbox is.
    FavCrm(Shape),
}

/// Where a call arrives.
#[derive(Clone, Copy)]
pub(crate) struct Desk<'a> {
    pub(crate) provider: &'a Provider,
    pub(crate) tenant: &'a Tenant,
    /// The tenant's own.
    pub(crate) clock: &'a Arc<TenantClock>,
    policy: &'a Policy,
    faults: Faults,
    /// What addresses in the answer begin with; without it, there are none.
    pub(crate) base_url: Option<&'a str>,
}

/// What a caller sends.
pub(crate) enum Input<'a> {
    /// A body that may be no JSON.
    Body(&'a [u8]),
    /// A value.
    Value(Value),
}

/// What a caller is answered, whoever carries it.
pub(crate) struct Reply {
    /// Of HTTP.
    pub(crate) status: u16,
    /// Whether what was asked for was done.
    pub(crate) succeeded: bool,
    pub(crate) body: Map<String, Value>,
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self {
            status: answer.status,
            succeeded: answer.is_success(),
            body: answer.body,
        }
    }
}

impl<'a> Desk<'a> {
    /// The desk of the tenant with this slug.
    pub(crate) fn of(provider: &'a Provider, slug: &str, base_url: Option<&'a str>) -> Option<Self> {
        Some(Self {
            provider,
            tenant: provider.tenant(slug)?,
            clock: provider.clock_of(slug)?,
            policy: provider.policy_of(slug)?,
            faults: provider.faults_of(slug)?,
            base_url,
        })
    }

    /// The call of a tool that arrives here.
    fn call(self, served: &'static Served) -> Call<'a> {
        Call {
            tool: served.tool.name(),
            version: served.version,
            contract: &served.contract,
            provider: self.provider,
            tenant: self.tenant,
            clock: self.clock,
            policy: *self.policy,
            base_url: self.base_url,
        }
    }

    /// Answers a call of a tool.
    pub(crate) async fn answer(self, served: &'static Served, input: Value) -> Result<Answer, StoreError> {
        let call = self.call(served);
        if self.faults.is_empty() {
            tools::answer(call, input).await
        } else {
            sabotage::answer(call, self.faults, input).await
        }
    }

    /// Answers a call of a tool whose input is the body of a request, which may be no JSON.
    async fn answer_body(self, served: &'static Served, body: &[u8]) -> Result<Answer, StoreError> {
        match serde_json::from_slice(body) {
            Ok(input) => self.answer(served, input).await,
            Err(_) => {
                let call = self.call(served);
                Ok(sabotage::respond(
                    call,
                    self.faults,
                    tools::refuse(call, &Value::Null),
                ))
            }
        }
    }
}

impl Face {
    /// All of them, those of the sandbox last.
    pub(crate) const ALL: [Self; 4] = [
        Self::Contracts(Version::V0_1_0),
        Self::Contracts(Version::V0_2_0),
        Self::FavCrm(Shape::Live),
        Self::FavCrm(Shape::Article),
    ];

    /// What follows the address of a tenant.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Contracts(version) => version.path(),
            Self::FavCrm(shape) => shape.path(),
        }
    }

    /// Whether it is served.
    pub(crate) fn served(self, provider: &Provider) -> bool {
        matches!(self, Self::Contracts(_)) || provider.has_sandbox()
    }

    /// Its place among all.
    pub(crate) fn number(self) -> usize {
        match self {
            Self::Contracts(version) => version as usize,
            Self::FavCrm(shape) => Version::ALL.len() + shape as usize,
        }
    }

    /// The tools that are served, as MCP lists them, in order.
    pub(crate) fn tools(self, provider: &Provider) -> Vec<&'static Value> {
        match self {
            Self::Contracts(version) => tools::listed(version, provider.has_sandbox())
                .map(|served| &served.contract.published)
                .collect(),
            Self::FavCrm(_) => self.all_tools(),
        }
    }

    /// As [`Self::tools`], with those that only the sandbox has.
    pub(crate) fn all_tools(self) -> Vec<&'static Value> {
        match self {
            Self::Contracts(version) => {
                let served = version.served().iter();
                served.map(|served| &served.contract.published).collect()
            }
            Self::FavCrm(shape) => shape.tools().iter().map(|tool| &tool.published).collect(),
        }
    }

    /// What an agent is told about using it, at the tenant of this name.
    pub(crate) fn instructions(self, name: &str) -> String {
        match self {
            Self::Contracts(_) => format!(
                "Appointments at {name}. Find a service with list_services and a free slot with \
                 check_availability, then book it with create_booking. Times are instants; a date is a day at {name}."
            ),
            Self::FavCrm(_) => format!(
                "Appointments at {name}. Find a service with list_services and a free slot with \
                 get_available_slots, then book it with create_booking and confirm it with confirm_booking."
            ),
        }
    }

    /// Answers a call; `None` where there is no such tool.
    pub(crate) async fn answer(
        self,
        desk: Desk<'_>,
        tool: &str,
        input: Input<'_>,
    ) -> Option<Result<Reply, StoreError>> {
        Some(match self {
            Self::Contracts(version) => {
                let served = tools::find(version, desk.provider.has_sandbox(), tool)?;
                let answer = match input {
                    Input::Body(body) => desk.answer_body(served, body).await,
                    Input::Value(value) => desk.answer(served, value).await,
                };
                answer.map(Reply::from)
            }
            Self::FavCrm(shape) => {
                let tool = shape.find(tool)?;
                let input = match input {
                    // What is no JSON breaks every schema, as null does.
                    Input::Body(body) => serde_json::from_slice(body).unwrap_or_default(),
                    Input::Value(value) => value,
                };
                favcrm::answer(desk, shape, tool, input).await
            }
        })
    }
}
