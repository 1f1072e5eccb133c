//! One tenant of the reference provider, asked directly: no test, no judgement.

use std::sync::Arc;
use std::time::Duration;

use reference_provider::{Server, Version};
use serde_json::Value;

use super::AppError;
use crate::model::{Endpoint, Reading};
use crate::transport::{Call, Limits, Pool, Transport};

/// The longest that one call may take.
const LIMIT: Duration = Duration::from_secs(30);

/// A tenant at one version.
pub(super) struct Shop(Arc<dyn Transport>);

impl Shop {
    /// A pool from which shops are opened.
    pub(super) fn pool() -> Result<Pool, AppError> {
        let limits = Limits {
            call: LIMIT,
            ..Limits::default()
        };
        Ok(Pool::new(limits, "proofhouse/prove")?)
    }

    /// The tenant at `slug`.
    pub(super) fn open(pool: &Pool, server: &Server, slug: &str, version: Version) -> Result<Self, AppError> {
        let url = server.version_url(slug, version);
        let way = pool.connect(&Endpoint::Http { url }, None, None);
        way.map(Self)
            .map_err(|error| AppError::Bug(format!("the tenant `{slug}` cannot be reached: {error}")))
    }

    /// Asks once. What is no answer is returned in words.
    pub(super) async fn ask(&self, tool: &str, input: Value) -> Result<Value, String> {
        let reading = Reading::default();
        let reply = self.0.call(call(tool, &input, &reading)).await;
        reply
            .answer
            .map(|answer| Arc::unwrap_or_clone(answer.output))
            .map_err(|error| error.to_string())
    }

    /// Asks, and leaves before the answer.
    pub(super) async fn ask_and_leave(&self, tool: &str, input: &Value) {
        // Nobody reads what came of it: later answers tell.
        let reading = Reading::default();
        let _ = self.0.send_without_answer(call(tool, input, &reading)).await;
    }
}

fn call<'c>(tool: &'c str, input: &'c Value, reading: &'c Reading) -> Call<'c> {
    Call {
        tool,
        input,
        limit: LIMIT,
        reading,
    }
}
