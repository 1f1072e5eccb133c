//! Takes back one thing that a call has made.

use std::time::Duration;

use serde_json::Value;

use crate::model::{Reading, clip};
use crate::transport::{Call, Reply, Transport};

/// The most characters of an error code that are shown.
const SHOWN: usize = 200;

/// The result of taking something back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakenBack {
    /// It is gone.
    Yes,
    /// It may still be there, for this reason.
    No(String),
}

/// Calls the tool that takes something back, whose answers `reading` reads. `already_done` are the error codes that mean it is gone as well.
pub async fn take_back(
    transport: &dyn Transport,
    tool: &str,
    reading: &Reading,
    input: &Value,
    already_done: &[String],
    limit: Duration,
) -> TakenBack {
    let call = Call {
        tool,
        input,
        limit,
        reading,
    };
    let reply = transport.call(call).await;
    taken_back(tool, &reply, already_done)
}

/// The result of a call of the tool that takes something back.
pub(super) fn taken_back(tool: &str, reply: &Reply, already_done: &[String]) -> TakenBack {
    match &reply.answer {
        Ok(answer) if answer.is_success() => TakenBack::Yes,
        Ok(answer) => {
            let code = answer.code().unwrap_or("no error code");
            if already_done.iter().any(|done| done == code) {
                TakenBack::Yes
            } else {
                TakenBack::No(format!("{tool} refused with `{}`", clip(code, SHOWN)))
            }
        }
        Err(error) => TakenBack::No(format!("{tool}: {error}")),
    }
}
