//! Use cases: what a person or a pipeline asks for, from the files to the record.
//!
//! It owns the bundled contracts and suites, the way from a manifest to providers that can be asked, the folder of the store, and the
//! bundled reference provider. It refuses arguments and terminals, which are the command line's.

mod bundle;
mod catalogue;
mod cleanup;
mod connect;
mod data;
mod error;
mod files;
mod history;
mod reference;
mod run;
mod tool;

pub use bundle::Bundle;
pub use catalogue::{CapabilityPage, lint_findings, lock_contracts};
pub use cleanup::{Cleaned, clean_up};
pub use connect::Source;
pub use data::{DATA_VARIABLE, data_folder};
pub use error::{AppError, Kind};
pub use history::History;
pub use run::{PreparedRun, Record, RunEnd, RunRequest, prepare};
pub use tool::{At, Called, Described, Toolbox};

pub use crate::plan::{Disposition, Plan};
pub use crate::run::Stop;
pub use crate::store::{ResultFilter, RunOverview, StoredResult};
