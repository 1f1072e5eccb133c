//! The tenants of the provider: who they are, what they offer, when they are open.

mod catalogue;
mod entries;
mod generated;
mod load;
mod read_hours;
mod read_service;
mod service;

pub(crate) use catalogue::longest_window;
pub use catalogue::{Member, Resource, Tenant, Tenants};
pub use load::LoadError;
pub(crate) use service::limits;
pub use service::{Price, Service};
