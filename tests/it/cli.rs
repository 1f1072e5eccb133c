//! The command line as its users meet it: what is printed where, and how it ends.

pub(crate) mod context;
mod contracts;
mod files;
mod help;
mod records;
mod running;
mod tool;
mod usage;
