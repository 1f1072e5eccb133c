//! Messages for mistakes in files: the place, what was expected there, and a guess at what was meant.
//!
//! It owns source texts, places in them, the reading of YAML that people write, and the drawing of the caret. It does not
//! know what any file means.

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

mod format;
mod location;
mod messages;
mod near_miss;
mod node;
mod problem;
mod source;
mod truth;
mod yaml;

pub use format::check_format;
pub use location::span_of;
pub use near_miss::near_miss;
pub use node::{Node, NodeKind, Spot};
pub use problem::{Canvas, Hint, Problem, Problems};
pub use source::{BYTE_ORDER_MARK, Place, Source, Span};
pub use truth::{truth, truth_at, truth_if_any};
pub use yaml::read_yaml;
