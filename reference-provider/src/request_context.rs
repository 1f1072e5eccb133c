//! The tenant at which a request arrives, the input that it brings and the reply that it gets, whatever carries it.

use std::sync::Arc;

use serde_json::{Map, Value};
use strict_json::strict_json;

use crate::clock::TenantClock;
use crate::fault::Faults;
use crate::policy::Policy;
use crate::provider::Provider;
use crate::sabotage;
use crate::store::StoreError;
use crate::tenant::Tenant;
use crate::tools::{self, Answer, Call, Served};

/// The tenant at which a call arrives, and what its answer needs.
#[derive(Clone, Copy)]
pub(crate) struct RequestContext<'a> {
    pub(crate) provider: &'a Provider,
    pub(crate) tenant: &'a Tenant,
    /// The tenant's own.
    pub(crate) clock: &'a Arc<TenantClock>,
    policy: &'a Policy,
    faults: Faults,
    /// The base of the URLs in the answer; `None` leaves them out.
    pub(crate) base_url: Option<&'a str>,
}

/// The input of a caller.
pub(crate) enum Input<'a> {
    /// A body that may be no JSON.
    Body(&'a [u8]),
    /// A value.
    Value(Value),
}

/// The reply to a caller, over HTTP or MCP.
pub(crate) struct Reply {
    /// Of HTTP.
    pub(crate) status: u16,
    /// `true` if the tool did what was asked for.
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

impl<'a> RequestContext<'a> {
    /// The context of the tenant with this slug.
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
    pub(crate) async fn answer_body(
        self,
        served: &'static Served,
        body: &[u8],
    ) -> Result<Answer, StoreError> {
        match strict_json(body) {
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
