//! Sends a call, unless the run is asked to stop or the provider's turn is over.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::entry_state::EntryState;
use super::step_error::StepError;
use crate::capability::Capability;
use crate::model::TestBudget;
use crate::transport::{Call, Reply};

/// Sends a call and waits for its reply, at most `limit`. The budget pays for the pauses that the provider asks for.
pub(super) async fn send(
    entry: &EntryState,
    budget: &Arc<TestBudget>,
    tool: &Capability,
    input: &Value,
    limit: Duration,
) -> Result<Reply, StepError> {
    let call = Call {
        tool: tool.tool(),
        input,
        limit,
        reading: tool.reading(),
    };
    unless_stopped(entry, budget, tool, entry.target().transport().call(call)).await
}

/// Waits for a reply as long as the run wants it. A run that is asked to stop, and a turn that is over, wait only for calls that may make
/// something.
pub(super) async fn unless_stopped(
    entry: &EntryState,
    budget: &Arc<TestBudget>,
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
    let over = async {
        if makes_something {
            entry.budget().when_nothing_is_taken_back().await;
        } else {
            entry.budget().when_over().await;
        }
    };
    tokio::select! {
        reply = budget.scope(reply) => Ok(reply),
        () = stopped => Err(StepError::Interrupted),
        () = over => Err(turn_is_over(entry)),
    }
}

/// The error of a test at a provider whose turn is over.
pub(super) fn turn_is_over(entry: &EntryState) -> StepError {
    StepError::Error(entry.budget().ran_out().unwrap_or_default())
}
