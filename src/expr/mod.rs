//! Expressions of suites: CEL, compiled once, with its names checked at load and a false result explained.
//!
//! It owns the functions that an expression may call, the names that it may read, and templates (`${ … }`). It refuses files, the
//! network and the clock: every value comes from the [`Bindings`].

mod bindings;
mod environment;
mod explain;
mod expression;
mod filter;
mod functions;
mod local_time;
mod money;
mod reads;
mod shape;
mod template;
mod value;

pub use bindings::{Bindings, Bound};
pub use explain::Explanation;
pub use expression::{EvalError, Expression};
pub use shape::{Names, Shape};
pub use template::Template;

#[cfg(test)]
mod tests;
