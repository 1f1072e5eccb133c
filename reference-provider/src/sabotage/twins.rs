//! Faults of a call that comes twice: again after its caller has hung up, and at one time.

use std::time::Duration;

use serde_json::Value;

use super::memory::Memory;
use crate::fault::{Fault, Faults};
use crate::tools::{Answer, Call};

/// The time for which a call is under way before its caller is answered. A caller who hangs up by then ends the call.
const UNDER_WAY: Duration = Duration::from_millis(30);

/// The time after which a call that is still under way has lost its caller.
const LOST: Duration = Duration::from_millis(80);

/// The faults of a tool, and the code with which it refuses.
struct Of {
    lost: Option<Fault>,
    twin: Option<Fault>,
    code: &'static str,
}

fn of(tool: &str) -> Option<Of> {
    let (lost, twin, code) = match tool {
        "cancel_booking" => (
            Fault::LostCancelIsRefused,
            Some(Fault::TwinCancelIsRefused),
            "unknown_booking",
        ),
        "confirm_booking" => (
            Fault::LostConfirmIsRefused,
            Some(Fault::TwinConfirmIsRefused),
            "unknown_booking",
        ),
        "record_attendance" => (
            Fault::LostAttendanceIsRefused,
            Some(Fault::TwinAttendanceIsRefused),
            "unknown_booking",
        ),
        "reschedule_booking" => (
            Fault::LostRescheduleIsRefused,
            Some(Fault::TwinRescheduleIsRefused),
            "slot_taken",
        ),
        "create_service" => (
            Fault::LostServiceIsRefused,
            Some(Fault::TwinServiceIsRefused),
            "invalid_input",
        ),
        "retire_service" => (
            Fault::LostRetireIsRefused,
            Some(Fault::TwinRetireIsRefused),
            "unknown_service",
        ),
        "create_invoice" => (Fault::LostInvoiceIsRefused, None, "unknown_booking"),
        "tag_customer" => (
            Fault::LostTagsIsRefused,
            Some(Fault::TwinTagsIsRefused),
            "unknown_customer",
        ),
        _ => return None,
    };
    Some(Of {
        lost: Some(lost),
        twin,
        code,
    })
}

/// A call that is under way.
pub(super) struct UnderWay<'m> {
    memory: &'m Memory,
    key: String,
    /// It stays under way for ever where its caller leaves.
    outlives_its_caller: bool,
    is_answered: bool,
}

/// Begins a call, unless a fault refuses it because the same is under way. None where no fault minds.
pub(super) async fn begin<'m>(
    call: Call<'m>,
    faults: Faults,
    input: &Value,
) -> Result<Option<UnderWay<'m>>, Answer> {
    let Some(of) = of(call.tool) else {
        return Ok(None);
    };
    let has = |fault: Option<Fault>| fault.is_some_and(|fault| faults.has(fault));
    let (lost, twin) = (has(of.lost), has(of.twin));
    if !lost && !twin {
        return Ok(None);
    }
    let memory = &call.provider.memory;
    let key = format!("{} {} {input}", call.tenant.slug, call.tool);
    if !memory.begin(&key) {
        if lost {
            tokio::time::sleep(LOST).await;
        }
        if !memory.begin(&key) {
            return Err(Answer::refused(of.code));
        }
    }
    Ok(Some(UnderWay {
        memory,
        key,
        outlives_its_caller: lost,
        is_answered: false,
    }))
}

impl UnderWay<'_> {
    /// Ends the call a while after what it did, so that its twin and its caller's leaving come before.
    pub(super) async fn end(mut self) {
        tokio::time::sleep(UNDER_WAY).await;
        self.is_answered = true;
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if self.is_answered || !self.outlives_its_caller {
            self.memory.end(&self.key);
        }
    }
}
