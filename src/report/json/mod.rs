//! The run as `proofhouse.report/1`. Fields may be added, never removed or renamed.

mod baseline;
mod causes;
mod claims;
mod providers;
mod repeated;
mod results;
mod run;
mod schema;

pub(super) use run::write;
pub use run::{REPORT_FORMAT, json, json_schema, json_schema_in};
pub(super) use schema::schema_of;
