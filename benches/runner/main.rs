//! Holds the runner against a bare loop that makes the same calls to the same server in the same run.
//!
//! ```text
//! parent ── record ─► script     the calls of each test, taken from one quiet run
//!        ├─ child: server        the reference provider with alike tenants, apart so that its CPU is not counted
//!        ├─ child: runner        proves N providers, with a store
//!        ├─ child: bare loop     replays the script for N providers
//!        ├─ cold: `proofhouse run`, a bare loop and `hurl`, each from the start of its process
//!        └─ memory: `proofhouse run` of thousands of providers
//! ```
//!
//! Sides take turns, and only their ratios are worth reading: `docs/benchmarks.md` says how.

#![expect(
    clippy::unwrap_used,
    reason = "what a benchmark needs and cannot have ends it"
)]
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

mod arguments;
mod bare;
mod child;
mod cold;
mod figures;
mod hurl;
mod job;
mod measure;
mod memory;
mod page;
mod record;
mod rows;
mod script;
mod serve;
mod subject;
mod table;
mod warm;
mod work;

use arguments::{Arguments, Checks};
use clap::Parser;
use serve::Server;

fn main() {
    let arguments = Arguments::parse();
    if let Some(job) = &arguments.child {
        return work::main(job);
    }
    let folder = tempfile::tempdir().unwrap();
    let measured = arguments.memory_rounds > 0;
    let sizes = arguments
        .sizes
        .iter()
        .chain(arguments.memory.iter().filter(|_| measured));
    let most = sizes.copied().max().unwrap_or(1).max(1);
    let server = Server::start(most);
    let mut rows = Vec::new();
    for checks in &arguments.checks {
        let script = record::record(*checks, folder.path());
        let place = warm::Place {
            folder: folder.path(),
            script: &script,
            server: &server,
        };
        println!("\n{}", checks.title());
        if !arguments.sizes.is_empty() {
            let sizes = warm::measure(&place, *checks, &arguments);
            println!("{}", table::warm(&sizes));
            if *checks == Checks::Four {
                rows.extend(sizes.last().map(rows::warm).unwrap_or_default());
            }
        }
        if arguments.cold > 0 {
            let cold = cold::measure(&place, *checks, arguments.cold);
            println!("{}", table::cold(&cold));
            if *checks == Checks::Four {
                rows.extend(rows::cold(&cold));
            }
        }
        // Of all suites every provider has more to show, and the most of it is the same.
        if measured && *checks == Checks::Four {
            let memory = memory::measure(&place, *checks, &arguments.memory, arguments.memory_rounds);
            println!("{}", table::memory(&memory));
            rows.extend(rows::memory(&memory));
        }
    }
    page::publish(&rows);
}
