//! Sends a call, unless the run is asked to stop.

use std::time::Duration;

use serde_json::Value;

use super::entry_state::EntryState;
use super::step_error::StepError;
use crate::capability::Capability;
use crate::transport::{Call, Reply};

/// Sends a call and waits for its reply, at most `limit`.
pub(super) async fn send(
    entry: &EntryState,
    tool: &Capability,
    input: &Value,
    limit: Duration,
) -> Result<Reply, StepError> {
    let call = Call {
        tool: tool.tool(),
        input,
        limit,
    };
    unless_stopped(entry, tool, entry.target().transport().call(call)).await
}

/// Waits for a reply as long as the run wants it. A run that is asked to stop waits only for calls that may make something.
pub(super) async fn unless_stopped(
    entry: &EntryState,
    tool: &Capability,
    reply: impl Future<Output = Reply>,
) -> Result<Reply, StepError> {
    let stop = entry.context().stop();
    let makes_something = tool.reversibility.undo.is_some();
    let stopped = async {
        if makes_something {
            stop.when_abandoned().await;
        } else {
            stop.when_requested().await;
        }
    };
    tokio::select! {
        reply = reply => Ok(reply),
        () = stopped => Err(StepError::Interrupted),
    }
}
