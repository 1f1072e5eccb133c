//! Calls of the provider's own tools.

use serde_json::{Map, Value};

use super::reply::{Failure, Refusal};
use crate::contract::Tool;
use crate::face::Desk;
use crate::version::Version;

/// The fields with which a tool of the provider answers; a refusal is a failure.
pub(super) async fn ask(desk: Desk<'_>, tool: Tool, input: Value) -> Result<Map<String, Value>, Failure> {
    let mut served = desk.provider.served(Version::V0_2_0);
    let Some(served) = served.find(|served| served.tool == tool) else {
        return Err(Refusal::new("NOT_SUPPORTED", "There is no such tool.").into());
    };
    let answer = desk.call(served).answer_input(input).await?;
    if answer.is_success() {
        Ok(answer.body)
    } else {
        Err(Failure::Answered(answer))
    }
}
