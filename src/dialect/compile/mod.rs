//! From a file as people write it to a dialect that can be spoken: every expression compiled, every name resolved, and what a server
//! said told from what the dialect made up.

mod calls;
mod context;
mod dialect;
mod lint;
mod rules;
mod shared_rules;
mod steps;

pub(super) use context::Compiler;
