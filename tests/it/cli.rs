//! The command line as its users meet it: what is printed where, and how it ends.

mod certifying;
pub(crate) mod context;
mod contracts;
mod editions;
mod exploring;
mod files;
mod gating;
mod help;
mod lost_output;
mod merging;
mod proving;
mod publishing;
mod records;
mod renaming;
mod running;
mod scheduling;
mod served_log;
mod serving;
mod starting;
mod tool;
mod tool_native;
mod unproven;
mod upkeep;
mod usage;
mod watching;
