//! How a mistake in a file is told: where it is, what was expected, and what may have been meant.
//!
//! It owns source texts, places in them, the reading of YAML that people write, and the drawing of the caret. It refuses to know
//! what any file means.

mod messages;
mod near_miss;
mod node;
mod problem;
mod source;
mod yaml;

pub use near_miss::near_miss;
pub use node::{Node, NodeKind, Spot};
pub use problem::{Canvas, Hint, Problem, Problems};
pub use source::{Place, Source, Span};
pub use yaml::{read_yaml, span_of};
