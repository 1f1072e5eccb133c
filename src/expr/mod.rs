//! Expressions of suites: CEL, compiled once, with its names checked at load and a false result explained.
//!
//! It owns the functions that an expression may call, the names that it may read, and templates (`${ … }`). It refuses files, the
//! network and the clock: every value comes from the [`Bindings`].
//!
//! An expression is compiled against the [`Names`] that it may read, then evaluated with the [`Bindings`] that give them values:
//!
//! ```
//! use proofhouse::diagnostic::Source;
//! use proofhouse::expr::{Bindings, Expression, Names, Shape};
//! use serde_json::json;
//!
//! let text = "output.slots.all(slot, slot.minutes >= 30)";
//! let file = Source::new("suite.yaml", text);
//! let names = Names::new().with("output", Shape::object([("slots", Shape::Any)]));
//! let predicate = Expression::compile(&file, &(0..text.len()), text, &names)?;
//!
//! let mut bindings = Bindings::new();
//! bindings.bind_json("output", json!({ "slots": [{ "minutes": 45 }, { "minutes": 20 }] }));
//! assert!(!predicate.holds(&bindings)?);
//! let explanation = predicate.explain(&bindings);
//! assert_eq!(explanation.actual.as_deref(), Some("20"));
//! assert_eq!(explanation.expected.as_deref(), Some("at least 30"));
//!
//! // A name that is not known is a problem at load, with a caret under it.
//! assert!(Expression::compile(&file, &(0..text.len()), "otuput.ok", &names).is_err());
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod arguments;
mod ast;
mod bindings;
mod collections;
mod comparison;
mod constants;
mod durations;
mod environment;
mod exact;
mod explain;
mod expression;
mod filter;
mod functions;
mod inside;
mod local_time;
mod money;
mod nested;
mod number;
mod operators;
mod readings;
mod reads;
mod shape;
mod steps;
mod syntax;
mod template;
mod value;
mod zone_rules;

pub use bindings::{Bindings, Bound};
pub use explain::Explanation;
pub use expression::{EvalCause, EvalError, Expression};
pub use shape::{Names, Shape};
pub use template::Template;
pub use zone_rules::ZoneRules;

#[cfg(test)]
mod tests;
