//! The command line: arguments, one command a file, exit codes.
//!
//! Standard output holds only the output of the command; progress, warnings and errors go to standard error. It refuses to implement
//! anything itself: it calls [`crate::app`].

mod args;
mod capabilities;
mod certify;
mod cleanup;
mod completions;
mod configuration;
mod defaults;
mod dialects;
mod diff;
mod dispatch;
mod draft;
mod environment;
mod exit;
mod gate;
mod given;
mod highlight;
mod init;
mod keys;
mod log;
mod login;
mod man;
mod merge;
mod output;
mod outputs;
mod plan;
mod probe;
mod progress;
mod proposed;
mod prove;
mod publish;
mod rows;
mod run;
mod runs;
mod schedule;
mod serve;
mod served_log;
mod signals;
mod standard_output;
mod store;
mod suites;
mod tokens;
mod tool;
mod tool_answer;
mod tool_call;
mod tool_listing;
mod variables;
mod verify;
mod watch;

pub use dispatch::main;
