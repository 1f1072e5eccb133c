//! The events of a run: one stream a run, in order. Everything that leaves the runner is one of them.
//!
//! A run's stream is `RunStarted`, then any mix of the middle kinds, then `RunFinished`. A stream without its last event is
//! the record of a run that was killed. The codec is versioned; the kinds say nothing of who listens.

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::indexing_slicing,
        clippy::string_slice,
        reason = "what comes from outside must not make it panic"
    )
)]

mod codec;
mod kind;
mod outgoing;

pub use codec::{CodecError, FORMAT_VERSION, decode, encode};
pub use kind::{
    ClaimRecord, ContractRecord, DialectRecord, Leftover, MakingCall, MergedPart, OwedUndo, PartRecord,
    ProviderRecord, RuleRecord, RuleTest, RunEvent, RunEventKind, RunFooter, RunHeader, Selection,
};
pub use outgoing::Outgoing;

pub use crate::model::EditionRecord;
