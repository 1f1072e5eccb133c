//! Providers that are a command: MCP over its standard input and output, one message a line.
//!
//! One child for a provider, started by the first call and shared by all lanes; after it died the next call starts a new one. It owns
//! the child to its end: it is reaped in every case, with whatever it has started itself. It refuses to wait for ever: a child
//! that starts too slowly, dies, writes what is no message or fills its standard error is an outcome, told with the end of its
//! standard error.

mod child;
mod common;
mod environment;
mod group;
mod lines;
mod stderr_tail;
mod wire;

pub(super) use group::Group;
pub(super) use lines::{Lines, Next};
pub(super) use wire::StdioWire;
