//! The tenants of the provider: who they are, what they offer, when they are open.

mod catalogue;
mod generated;
mod load;

pub use catalogue::{Price, Service, Tenant, Tenants};
pub use load::LoadError;
