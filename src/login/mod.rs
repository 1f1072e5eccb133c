//! Logins that are kept on this machine: tokens in files that their owner alone may read.
//!
//! It owns where they are, their format, and that two processes do not renew one token at a time. It refuses to know how a token is got.

mod file;
mod folder;
mod kept;

pub use file::{Held, LoginError, Logins};
pub use folder::{CONFIG_VARIABLE, folder};
pub use kept::Login;
