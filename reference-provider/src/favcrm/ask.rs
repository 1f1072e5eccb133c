//! Calls of the provider's own tools.

use serde_json::{Map, Value};

use super::reply::{Failure, Refusal};
use crate::request_context::RequestContext;
use crate::tools;
use crate::version::Version;

/// The fields with which a tool of the provider answers; a refusal is a failure.
pub(super) async fn ask(
    context: RequestContext<'_>,
    tool: &str,
    input: Value,
) -> Result<Map<String, Value>, Failure> {
    let Some(served) = tools::find(Version::V0_2_0, context.provider.has_sandbox(), tool) else {
        return Err(Refusal::new("NOT_SUPPORTED", "There is no such tool.").into());
    };
    let answer = context.answer(served, input).await?;
    if answer.is_success() {
        Ok(answer.body)
    } else {
        Err(Failure::Answered(answer))
    }
}
