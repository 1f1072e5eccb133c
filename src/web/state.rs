//! The state that all handlers share.

use std::sync::Arc;

use super::access::LoggedRequest;
use super::client::TrustedProxies;
use super::hosts::Hosts;
use super::upload_service::UploadService;
use crate::app::{Bundle, Certificates, History};
use crate::transparency::Log;

/// Takes lines for the operator.
pub type Lines = Arc<dyn Fn(&str) + Send + Sync>;

/// Takes what is logged of requests.
pub type Requests = Arc<dyn Fn(&LoggedRequest) + Send + Sync>;

/// The contracts and the runs that the site shows.
#[derive(Clone)]
pub struct State {
    /// The contracts and their suites.
    pub bundle: Arc<Bundle>,
    /// The stored runs.
    pub history: History,
    /// The certificates to show. None for a site without certificates.
    pub certificates: Option<Certificates>,
    /// The transparency log. None for a registry without one.
    pub log: Option<Log>,
    /// Takes the runs that publishers upload. None for a registry that takes no runs.
    pub uploads: Option<Arc<UploadService>>,
    /// The address of the site as others reach it, without a slash at its end. None leaves links relative.
    pub base_url: Option<String>,
    /// Takes each request and its answer. None for a site that keeps no log of them.
    pub access: Option<Requests>,
    /// The proxies that say who asks through them.
    pub proxies: TrustedProxies,
    /// The hosts by whose names agents may ask the MCP endpoint.
    pub hosts: Hosts,
    /// Notifies the operator of an error of the site, in one line. The visitor never sees the text.
    pub notify: Lines,
}

impl State {
    /// An address of the site for others: whole if it is known by which name they reach it.
    pub(super) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.base_url.as_deref().unwrap_or_default())
    }
}
