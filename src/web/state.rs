//! What every page is made of.

use std::sync::Arc;

use super::Receiving;
use crate::app::{Bundle, Certificates, History};

/// The contracts and the runs that the site shows.
#[derive(Clone)]
pub struct State {
    /// The contracts and their suites.
    pub bundle: Arc<Bundle>,
    /// The runs that are kept.
    pub history: History,
    /// The certificates that are shown. None for a site without any.
    pub certificates: Option<Certificates>,
    /// What it takes to take runs of others. None for a registry that only shows.
    pub receiving: Option<Arc<Receiving>>,
    /// Hears what went wrong at the site itself, a line each; whoever asked hears only that something did.
    pub tell: Arc<dyn Fn(&str) + Send + Sync>,
}
