//! What guards a server that is probed with a token: the rules of `login --check`, as a tool that the suite of the protocol calls.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use tokio::sync::Mutex;

use crate::model::Redactor;
use crate::transport::{Pool, TransportError};

/// The guard of a server.
pub(super) struct Guard {
    pool: Arc<Pool>,
    url: String,
    /// What was seen, until it is to be seen anew.
    seen: Mutex<Option<Value>>,
}

impl Guard {
    pub(super) fn new(pool: Arc<Pool>, url: String) -> Self {
        Self {
            pool,
            url,
            seen: Mutex::new(None),
        }
    }

    /// What is wrong, by the rule that it breaks. The tests of a run share one look, which asks for everything twice.
    ///
    /// # Errors
    ///
    /// The server could not be asked.
    pub(super) async fn look(&self) -> Result<Value, TransportError> {
        let mut seen = self.seen.lock().await;
        if let Some(seen) = &*seen {
            return Ok(seen.clone());
        }
        let found = match self.pool.guard(&self.url).await {
            Ok(rules) => {
                let trouble = rules
                    .into_iter()
                    .filter_map(|rule| Some((rule.id.to_owned(), Value::from(rule.trouble?))));
                json!({ "asks": true, "trouble": trouble.collect::<Map<_, _>>() })
            }
            Err(error) if error.asks_nobody() => json!({ "asks": false, "trouble": {} }),
            Err(error) => return Err(TransportError::Connect(error.told(&Redactor::default()))),
        };
        *seen = Some(found.clone());
        Ok(found)
    }

    /// Has the next look see it anew.
    pub(super) async fn forget(&self) {
        *self.seen.lock().await = None;
    }
}
