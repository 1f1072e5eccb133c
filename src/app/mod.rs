//! Use cases, from the files of the user to the stored record of a run.
//!
//! It owns the bundled contracts and suites, the path from a manifest to connected providers, the folder of the store, and the bundled
//! reference provider. It refuses arguments and terminals, which belong to the command line.

mod advice;
mod bundle;
mod callback;
mod catalogue;
mod certificates;
mod certify;
mod claims;
mod cleanup;
mod connect;
mod contract_record;
mod copy;
mod data;
mod dialect_audit;
mod dialect_files;
mod dialects;
mod drafting;
mod drift;
mod editions;
mod error;
mod error_hints;
mod expected;
mod fault_catalogue;
mod fault_comparison;
mod fault_fill;
mod fault_shop;
mod fault_side;
mod fault_tenants;
mod fault_walk;
mod files;
mod gate;
mod history;
mod init;
mod keys;
mod kind;
mod login;
mod merge;
mod power;
mod probe;
mod probe_files;
mod probe_guard;
mod probe_info;
mod probe_talk;
mod probe_transport;
mod prove;
mod provider_records;
mod prune;
mod published_matrix;
mod recording;
mod reference;
mod registry;
mod run;
mod run_again;
mod run_head;
mod schedule;
mod schedule_follow;
mod schedule_record;
mod schedule_starts;
mod scheduler;
mod schema_rows;
mod sent_record;
mod served_log;
mod shown_runs;
mod standing_cache;
mod standings;
mod stored_calls;
mod tokens;
mod tool;
mod transparency;
mod upkeep;
mod uploads;
mod watch;

pub use advice::{call_order, find_by_intent};
pub use bundle::Bundle;
pub use catalogue::{
    CapabilityPage, diff_contracts, find_tests, lint_findings, lock_contracts, publish_editions,
};
pub use certificates::{Certificates, ShownCertificate};
pub use certify::{
    Certified, CertifyRequest, MissingForLevel, ProvenRun, Signed, certify, certify_claim, verify_certificate,
};
pub use cleanup::{Cleaned, clean_up};
pub use connect::Source;
pub use copy::{StoreCopy, copy_store};
pub use data::{DATA_VARIABLE, data_folder};
pub use dialect_audit::{AuditedGap, Found, GapAudit, audit_gaps};
pub use dialects::{check_dialects, dialect_schema, find_dialect};
pub use drafting::{DraftFrom, DraftRequest, draft_contracts, live_tools};
pub use drift::{Drift, DriftChange, Earlier, drift, publish_drafts};
pub use error::AppError;
pub use expected::expected;
pub use fault_catalogue::Catalogue;
pub use files::trust_authorities;
pub use gate::{GateReport, GateRequest, GateView, gate};
pub use history::History;
pub use init::{InitRequest, Initiated, init};
pub use keys::{new_key, private_key, public_key, trust_file};
pub use kind::Kind;
pub use login::{LoginFailure, LoginRequest, PendingLogin, log_out, logins, look_at_guard};
pub use merge::{MergeError, Merged, merge};
pub use power::{Measurement, PlannedRun, PowerRequest};
pub use probe::{Calls, FirstLook, Probe, ProbeRequest, ProbedTool, host_of, is_local, look};
pub use prove::{PreparedProof, ProofRequest, prepare_proof};
pub use provider_records::ProviderRecords;
pub use prune::{Needed, Pruned, Retention};
pub use published_matrix::{
    Fault, PUBLISHED_MATRIX, ProvenRule, PublishedMatrix, faults_by_tool, faults_killed_by, published_matrix,
};
pub use registry::{Published, RemoteRegistry, TOKEN_VARIABLE};
pub use run::{PreparedRun, Record, RunEnd, RunRequest, prepare};
pub use run_again::NotPassed;
pub use schedule::Schedule;
pub use schedule_follow::ScheduleEvent;
pub use schedule_record::{ScheduleRecord, SeenStarts};
pub use schedule_starts::{MissedStarts, WhyMissed};
pub use scheduler::Scheduler;
pub use schema_rows::{SchemaRow, SchemaRows, schema_rows};
pub use served_log::verify_served_log;
pub use standing_cache::ClaimStanding;
pub use standings::Standings;
pub use tokens::Tokens;
pub use tool::{At, Called, Described, Manners, Toolbox};
pub use transparency::{
    RevokedId, log_certificate, log_checkpoint, log_revocation, new_log, open_log, proof_file, verify_log,
};
pub use upkeep::StoreCheck;
pub use uploads::{AcceptedRun, LARGEST_RECORD, UploadError, UploadReceiver, UploadState};
pub use watch::Watched;

pub use crate::baseline::propose;
pub use crate::dialect::Dialect;
pub use crate::event::ProviderRecord;
pub use crate::login::Login;
pub use crate::plan::{Disposition, Plan};
pub use crate::publish::TokenRecord;
pub use crate::run::{Stop, TakenBack};
pub use crate::store::{ResultCursor, ResultFilter, RunOverview, StorePlace, StoredResult};
pub use crate::transparency::Checkpoint;
pub use crate::transport::oauth::GuardRule;
pub use crate::transport::{
    ClientOptions, ListedTool, Peer, Question, Revision, ServerRequests, TransportError, Whole,
};
