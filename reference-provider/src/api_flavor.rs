//! The APIs that an address may serve: the contracts at a version, or the same provider in the shape of another make.
//!
//! Both carriers, HTTP and MCP, serve every flavor, and ask here for its tools and its answers.

use serde_json::Value;

use crate::favcrm::{self, Shape};
use crate::provider::Provider;
use crate::request_context::{Input, Reply, RequestContext};
use crate::store::StoreError;
use crate::tools;
use crate::version::Version;

/// The API of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ApiFlavor {
    /// The contracts at this version.
    Contracts(Version),
    /// FavCRM's tools, only where the sandbox is.
    FavCrm(Shape),
}

impl ApiFlavor {
    /// All of them, those of the sandbox last.
    pub(crate) const ALL: [Self; 4] = [
        Self::Contracts(Version::V0_1_0),
        Self::Contracts(Version::V0_2_0),
        Self::FavCrm(Shape::Live),
        Self::FavCrm(Shape::Article),
    ];

    /// The path after the address of a tenant.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Contracts(version) => version.path(),
            Self::FavCrm(shape) => shape.path(),
        }
    }

    /// Returns true if it is served.
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

    /// The instructions for an agent at the tenant of this name.
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
        context: RequestContext<'_>,
        tool: &str,
        input: Input<'_>,
    ) -> Option<Result<Reply, StoreError>> {
        Some(match self {
            Self::Contracts(version) => {
                let served = tools::find(version, context.provider.has_sandbox(), tool)?;
                let answer = match input {
                    Input::Body(body) => context.answer_body(served, body).await,
                    Input::Value(value) => context.answer(served, value).await,
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
                favcrm::answer(context, shape, tool, input).await
            }
        })
    }
}
