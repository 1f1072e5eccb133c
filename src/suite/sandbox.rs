//! The contracts that the harness itself knows by name: those of the sandbox, which help to test any other.
//!
//! It owns their names. It refuses to know what they promise: that stands in the registry, and without them there nothing changes.

use std::sync::Arc;

use crate::capability::{Capability, Registry};

/// The domain of these contracts. Tests of every domain may ask whether a provider offers its tools.
pub const SANDBOX: &str = "sandbox";

/// The tool that moves a provider's clock.
pub const ADVANCE_CLOCK: &str = "sandbox.advance_clock";

/// The contract of the tool that moves a provider's clock, at its first version.
pub fn advance_clock(registry: &Registry) -> Option<&Arc<Capability>> {
    registry
        .iter()
        .find(|capability| capability.reference.id.as_str() == ADVANCE_CLOCK)
}

/// Returns true if a tool is the one that moves a provider's clock.
pub fn is_clock(tool: &Capability) -> bool {
    tool.reference.id.as_str() == ADVANCE_CLOCK
}
