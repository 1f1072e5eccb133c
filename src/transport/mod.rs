//! How a provider is reached: one trait, one file a binding.
//!
//! It owns limits, body caps, authentication, politeness and the decision whether there is an answer to judge at all (provider
//! contract, "How an answer is judged"). It refuses to know what a right answer is.

mod types;

pub use types::{Answer, Call, Limits, ListedTool, Reply, Transport, Trouble, TroubleClass};
