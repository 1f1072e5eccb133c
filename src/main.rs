//! The command line of Proofhouse.

use std::process::ExitCode;

fn main() -> ExitCode {
    proofhouse::cli::main()
}
