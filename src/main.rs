//! The command line of Proofhouse.

use std::process::ExitCode;

/// Answers are read and bound as very many small values, and a third of the time of a long run was the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    proofhouse::cli::main()
}
