//! Takes back one thing that a call has made.

use crate::model::clip;
use crate::transport::{Call, Reply, Transport};

/// The most characters of an error code that are shown.
const SHOWN: usize = 200;

/// The result of taking something back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakenBack {
    /// It is gone.
    Yes,
    /// It stays, as the contract of a tool that was called on it says; this sentence tells why.
    Stays(String),
    /// It may still be there, for this reason.
    No(String),
}

/// What the refusal of an undo means.
#[derive(Debug, Clone, Copy, Default)]
pub struct RefusedUndo<'a> {
    /// The error codes by which the undo's tool says that nothing is left to take back.
    pub already_done: &'a [String],
    /// A tool that was called on the thing since and whose contract has no undo: after it any refusal is right.
    pub kept_by: Option<&'a str>,
}

/// Makes the call that takes something back.
pub async fn take_back(transport: &dyn Transport, call: Call<'_>, refused: RefusedUndo<'_>) -> TakenBack {
    let tool = call.tool;
    let reply = transport.call(call).await;
    taken_back(tool, &reply, refused)
}

/// The result of a call of the tool that takes something back.
pub(super) fn taken_back(tool: &str, reply: &Reply, refused: RefusedUndo<'_>) -> TakenBack {
    let answer = match &reply.answer {
        Ok(answer) if answer.is_success() => return TakenBack::Yes,
        Ok(answer) => answer,
        Err(error) => return TakenBack::No(format!("{tool}: {error}")),
    };
    let is_done = |code: &str| refused.already_done.iter().any(|done| done == code);
    if answer.code().is_some_and(is_done) {
        return TakenBack::Yes;
    }
    let why = answer.refusal().unwrap_or("no error code");
    let reason = format!("{tool} refused with `{}`", clip(why, SHOWN));
    match refused.kept_by {
        Some(kept_by) => TakenBack::Stays(format!("it stays after {kept_by}, which has no undo: {reason}")),
        None => TakenBack::No(reason),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;
    use crate::model::{Facts, Reading};

    fn reply(output: Value) -> Reply {
        Reply {
            answer: Ok(Reading::default().answer(Facts::of_output(output))),
            waited: Duration::ZERO,
            attempts: 1,
            status: None,
            clock: None,
            headers: Vec::new(),
            text: None,
            mapped: None,
            trace: None,
            notes: Vec::new(),
        }
    }

    #[test]
    fn a_refused_undo_is_right_only_after_a_tool_that_has_none() {
        let refused = reply(json!({ "ok": false, "error": "over" }));
        let kept = RefusedUndo {
            kept_by: Some("record_attendance"),
            ..RefusedUndo::default()
        };
        let taken = |reply, refused| taken_back("cancel_booking", reply, refused);
        assert!(matches!(
            taken(&refused, RefusedUndo::default()),
            TakenBack::No(_)
        ));
        assert!(matches!(taken(&refused, kept), TakenBack::Stays(_)));
        let done = RefusedUndo {
            already_done: &["over".to_owned()],
            ..kept
        };
        assert_eq!(taken(&refused, done), TakenBack::Yes);
        assert_eq!(taken(&reply(json!({ "ok": true })), kept), TakenBack::Yes);
    }
}
