//! Calls whose answer is lost on the way, as agents lose it when their network or their own process breaks off.

use std::sync::Arc;

use serde_json::Value;

use super::executor::TestExecutor;
use super::send::turn_is_over;
use super::step_error::StepError;
use crate::capability::Capability;
use crate::model::Untested;
use crate::transport::Call;

impl TestExecutor<'_> {
    /// Sends a call and closes the connection before its answer is read. The provider may have done what it was asked, or not: only
    /// the same call again tells.
    pub(super) async fn lose_answer(
        &mut self,
        tool: &Arc<Capability>,
        input: &Arc<Value>,
    ) -> Result<(), StepError> {
        let limit = self.may_call(tool, input, false)?;
        let entry = self.entry();
        entry.about_to_call(tool, input);
        self.intend(std::iter::once((tool, input))).await;
        let call = Call {
            tool: tool.tool(),
            input,
            limit,
            reading: tool.reading(),
        };
        let start = tokio::time::Instant::now();
        let sent = tokio::select! {
            sent = self.budget().scope(entry.target().transport().send_without_answer(call)) => sent,
            () = entry.context().stop().when_requested() => return Err(StepError::Interrupted),
            () = entry.budget().when_over() => return Err(turn_is_over(entry)),
        };
        self.add_wait(start.elapsed());
        match sent {
            Ok(true) => {
                self.note_lost(tool, input).await;
                if !self.is_at_peer() {
                    entry.count_calls(1);
                }
                let phase = self.phase();
                self.transcript_mut().count(phase, 1);
                Ok(())
            }
            Ok(false) => {
                self.owe_nothing(tool, input).await;
                Err(StepError::Skip(
                    Untested::NotReached,
                    "no answer can be lost on the way to this provider".to_owned(),
                ))
            }
            Err(error) => {
                if !error.may_have_acted() {
                    self.owe_nothing(tool, input).await;
                }
                Err(self.without_answer(tool, &error))
            }
        }
    }
}
