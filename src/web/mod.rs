//! The registry's site: pages, badges and the feed.
//!
//! It owns what goes over HTTP, for people, for programs and for agents. It refuses to know how anything is kept or run: it asks
//! [`crate::app`]. Whatever a provider sent is hostile here: escaped, cut, and never where a link leads. No page needs a script; that
//! of a run that goes on has one.

mod api;
mod badge;
mod capability;
mod certificate;
mod diff;
mod error;
mod feed;
mod headers;
mod home;
mod kill_matrix;
mod layout;
mod live;
mod matrix;
mod mcp;
mod plot;
mod provider;
mod rate_limits;
mod respond;
mod results;
mod router;
mod run;
mod runs;
mod server_error;
mod state;
mod text;
mod upload_service;
mod view;

pub use router::{openapi, router, serve};
pub use state::State;
pub use upload_service::UploadService;
