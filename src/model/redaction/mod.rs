//! The removal of secrets from texts that leave the harness.
//!
//! A secret is found as it is, in base64 and hexadecimal, and below the escapes of JSON, URLs, HTML and Rust. It refuses to know where
//! secrets come from, and which texts leave.

mod redactor;
mod spelling;
mod unescape;

pub use redactor::{REDACTED, Redactor, Vault};
