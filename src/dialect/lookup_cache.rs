//! Look-ups that are made once in a run and kept.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::OnceCell;

use crate::expr::Bound;

/// The values of look-ups, by name.
#[derive(Debug, Default)]
pub(super) struct LookupCache(Mutex<HashMap<String, Arc<OnceCell<Arc<Bound>>>>>);

impl LookupCache {
    /// The place of a look-up.
    pub(super) fn cell(&self, name: &str) -> Arc<OnceCell<Arc<Bound>>> {
        let mut cells = self.0.lock();
        Arc::clone(cells.entry(name.to_owned()).or_default())
    }
}
