//! The site of the registry: pages, badges, the feed, the JSON API and the MCP endpoint.
//!
//! It owns everything that is served over HTTP. It refuses to store or run anything itself: it calls [`crate::app`]. Text of providers is
//! hostile here: it is escaped and cut, and never becomes the target of a link. No page needs a script; the page of a run in progress
//! has one.

mod access;
mod api;
mod badge;
mod capability;
mod certificate;
mod client;
mod compare;
mod compare_providers;
mod compare_runs;
mod compare_versions;
mod compared;
mod diff;
mod error;
mod exposition;
mod feed;
mod gzip;
mod headers;
mod held_body;
mod home;
mod hosts;
mod kill_matrix;
mod large_run;
mod layout;
mod listen;
mod live;
mod matrix;
mod mcp;
mod metrics;
mod origin;
mod paging;
mod places;
mod platform;
mod plot;
mod probes;
mod provider;
mod provider_list;
mod provider_rules;
mod rate_limits;
mod respond;
mod results;
mod router;
mod rule_matrix;
mod run;
mod run_counts;
mod run_failures;
mod run_links;
mod run_rows;
mod runs;
mod search;
mod server_error;
mod site_map;
mod state;
mod test_page;
mod text;
mod timed_stream;
mod transparency;
mod upload_service;
mod view;
mod visitors;
mod work;

pub use access::LoggedRequest;
pub use client::{Network, NetworkError, TrustedProxies};
pub use hosts::Hosts;
pub use router::{openapi, router, serve};
pub use run_counts::{count_missing_run, count_run};
pub use state::{Lines, Requests, State};
pub use upload_service::UploadService;
