//! Use cases: what a person or a pipeline asks for, from the files to the record.
//!
//! It owns the bundled contracts and suites, the way from a manifest to providers that can be asked, the folder of the store, and the
//! bundled reference provider. It refuses arguments and terminals, which are the command line's.

mod advice;
mod bundle;
mod catalogue;
mod certificates;
mod certify;
mod claims;
mod cleanup;
mod connect;
mod data;
mod dialects;
mod error;
mod fault_tenants;
mod files;
mod gate;
mod history;
mod keys;
mod merge;
mod prove;
mod receive;
mod reference;
mod registry;
mod run;
mod schedule;
mod standings;
mod tokens;
mod tool;

pub use advice::{call_order, find_by_intent};
pub use bundle::Bundle;
pub use catalogue::{CapabilityPage, diff_contracts, lint_findings, lock_contracts};
pub use certificates::{Certificates, ShownCertificate};
pub use certify::{Certified, CertifyRequest, Signed, certify, expected, verify_certificate};
pub use cleanup::{Cleaned, clean_up};
pub use connect::Source;
pub use data::{DATA_VARIABLE, data_folder};
pub use dialects::{check_dialects, dialect_schema, find_dialect};
pub use error::{AppError, Kind};
pub use gate::{GateReport, GateRequest, GateView, gate};
pub use history::History;
pub use keys::{new_key, private_key, public_key, trust_file};
pub use merge::{MergeError, Merged, merge};
pub use prove::{PreparedProof, ProofRequest, prepare_proof};
pub use receive::{LARGEST_RECORD, ReceiveError, Received, Receiver, Taken};
pub use registry::{Published, RemoteRegistry, TOKEN_VARIABLE};
pub use run::{PreparedRun, Record, RunEnd, RunRequest, prepare};
pub use schedule::{Schedule, Scheduled};
pub use standings::ClaimStanding;
pub use tokens::Tokens;
pub use tool::{At, Called, Described, Toolbox};

pub use crate::baseline::propose;
pub use crate::dialect::Dialect;
pub use crate::plan::{Disposition, Plan};
pub use crate::run::Stop;
pub use crate::store::{ResultCursor, ResultFilter, RunOverview, StoredResult};
