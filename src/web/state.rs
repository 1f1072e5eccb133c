//! What every page is made of.

use std::sync::Arc;

use crate::app::{Bundle, History};

/// The contracts and the runs that the site shows.
#[derive(Clone)]
pub struct State {
    /// The contracts and their suites.
    pub bundle: Arc<Bundle>,
    /// The runs that are kept.
    pub history: History,
}
