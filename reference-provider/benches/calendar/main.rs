//! Holds a provider with years of bookings against one without any, and its durable bookings against what the disk commits.
//!
//! ```text
//! fill ─► availability   the same questions to the full calendar and to an empty one
//!     └─► creates        bookings by many callers at one time, and the rows of as many in bare groups in the same folder
//! ```
//!
//! Only the ratios are worth reading: `docs/benchmarks.md` says how.

#![expect(
    clippy::unwrap_used,
    reason = "what a benchmark needs and cannot have ends it"
)]
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

mod availability;
mod creates;
mod fill;
mod gym;

use std::path::PathBuf;

use clap::Parser;

/// What is measured.
#[derive(Parser)]
struct Arguments {
    /// How many tenants there are.
    #[arg(long, default_value_t = 10)]
    tenants: usize,
    /// How many days of each are full, most of them past.
    #[arg(long, default_value_t = 1825)]
    days: u32,
    /// How many bookings a day has.
    #[arg(long, default_value_t = 200)]
    a_day: u32,
    /// How often availability is asked; 0 leaves it out.
    #[arg(long, default_value_t = 2000)]
    calls: usize,
    /// How many bookings are made; 0 leaves them out.
    #[arg(long, default_value_t = 20000)]
    creates: usize,
    /// How many callers book at one time.
    #[arg(long, default_value_t = 128)]
    callers: usize,
    /// How often bookings and bare rows take turns.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Where the files are kept; without it, in a folder that is gone afterwards. The disk is what the second part measures.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// What `cargo bench` says to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let arguments = Arguments::parse();
    let temporary = tempfile::tempdir().unwrap();
    let folder = arguments
        .folder
        .clone()
        .unwrap_or_else(|| temporary.path().to_owned());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let full = folder.join("full");
    let empty = folder.join("empty");
    if arguments.calls > 0 {
        let bookings = fill::fill(&full, arguments.tenants, arguments.days, arguments.a_day);
        println!(
            "{bookings} bookings of {} tenants on {} days",
            arguments.tenants, arguments.days
        );
        println!(
            "{}",
            runtime.block_on(availability::measure(
                &full,
                &empty,
                arguments.tenants,
                arguments.calls
            ))
        );
    }
    if arguments.creates > 0 && arguments.rounds > 0 {
        println!(
            "{}",
            runtime.block_on(creates::measure(
                &folder,
                arguments.creates,
                arguments.callers,
                arguments.rounds
            ))
        );
    }
}
