//! The data of the registry as types for JSON, shared by the JSON API and the MCP endpoint. Pages share its lists.
//!
//! Fields may be added, never removed or renamed. Text of providers is cut and has no control characters, as on the pages.

mod capability;
mod certificate;
mod matrix;
mod provider;
mod ranking;
mod run;

pub(super) use capability::{CapabilityEntry, CapabilityView, capabilities, capability, tests_of};
pub(super) use certificate::{
    CertificateEntry, CertificateView, all_certificates, certificate, certificates, find_certificate,
};
pub(super) use matrix::{MatrixRow, latest_results, matrix};
pub(super) use provider::{
    ProviderEntry, ProviderView, claims_of, claims_so_far, entry, provider, providers, providers_by,
};
pub(super) use ranking::{Contact, Place, Ranked, contenders, ranking};
pub(super) use run::{Page, ResultView, RunEntry, is_large, results, run, runs};
