//! What programs are told: the registry as data, the same for the JSON API and for agents.
//!
//! Fields may be added, never removed or renamed. What providers wrote is cut and has no control characters, as on the pages.

mod capability;
mod certificate;
mod matrix;
mod provider;
mod run;

pub(super) use capability::{CapabilityEntry, CapabilityView, capabilities, capability};
pub(super) use certificate::{CertificateEntry, CertificateView, certificate, certificates};
pub(super) use matrix::{MatrixRow, matrix};
pub(super) use provider::{ProviderEntry, ProviderView, Ranked, provider, providers, ranking};
pub(super) use run::{Page, ResultView, RunEntry, results, run, runs};
