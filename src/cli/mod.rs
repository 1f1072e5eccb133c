//! The command line: arguments, one command a file, exit codes.
//!
//! Standard output holds only what was asked for; everything else goes to standard error. It refuses to know how anything is done:
//! it asks [`crate::app`].

mod args;
mod capabilities;
mod cleanup;
mod exit;
mod output;
mod progress;
mod run;
mod runs;
mod signals;
mod suites;
mod tool;

use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};
use output::Printer;

/// Parses the arguments, does what they ask, and says how it ended.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Clap draws its own help and errors; where they cannot be written, the code still tells.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() {
                exit::USAGE
            } else {
                exit::CONFORMANT
            });
        }
    };
    let printer = Printer::new(arguments.global.quiet);
    let ended = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(async {
            let global = &arguments.global;
            match &arguments.command {
                Command::Run(run) => run::run(run, global, &printer).await,
                Command::Runs(runs) => runs::runs(runs, global, &printer),
                Command::Cleanup(cleanup) => cleanup::cleanup(cleanup, global, &printer).await,
                Command::Capabilities(command) => capabilities::capabilities(command, global, &printer),
                Command::Suites(command) => suites::suites(command, global, &printer),
                Command::Tool(command) => tool::tool(command, global, &printer).await,
            }
        }),
        Err(error) => {
            printer.error(&format!("cannot start: {error}"), &[]);
            return ExitCode::from(exit::BUG);
        }
    };
    ExitCode::from(ended.unwrap_or_else(|error| {
        printer.app_error(&error);
        exit::of_error(&error)
    }))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_well_defined() {
        super::Arguments::command().debug_assert();
    }
}
