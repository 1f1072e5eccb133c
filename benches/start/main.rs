//! How long a command takes from the start of its process to its end, against a bare process that prints a line.
//!
//! All take turns in one run, and only the ratios are worth comparing: `docs/benchmarks.md` says how.

#![expect(
    clippy::unwrap_used,
    reason = "what a benchmark needs and cannot have ends it"
)]
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

mod desk;
#[path = "../runner/page.rs"]
mod page;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use clap::Parser;
use page::Row;

/// The environment variable by which this program prints a line and ends.
const BARE: &str = "PROOFHOUSE_BENCH_BARE";

/// What it is called beside the commands.
const BARE_NAME: &str = "a bare process";

/// The provider and the capability that are tested, certified and asked about.
const PROVIDER: &str = "bookio:salon-aurora";
const CAPABILITY: &str = "booking.list_services@0.1.0";

/// The time from the start of a command to its end.
#[derive(Debug, Parser)]
struct Arguments {
    /// The number of starts of each.
    #[arg(long, default_value_t = 20)]
    rounds: usize,
    /// Cargo gives it to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    if std::env::var_os(BARE).is_some() {
        println!("a line");
        return;
    }
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir().unwrap();
    make_records(folder.path());
    let url = desk::open();
    let gate = format!("gate --provider {PROVIDER} --capability {CAPABILITY}");
    let call = format!("tool call --url {url} list_services");
    let commands = [
        "--version",
        "suites list",
        "capabilities list",
        &gate,
        "verify certificate.json --trust trust.yaml",
        &call,
    ];
    let mut bare = Command::new(std::env::current_exe().unwrap());
    bare.env(BARE, "1");
    let mut sides: Vec<_> = commands
        .iter()
        .map(|words| proofhouse(folder.path(), words))
        .collect();
    sides.insert(0, bare);
    // The first start of each reads its program from the disk.
    for side in &mut sides {
        milliseconds(side);
    }
    let mut times = vec![Vec::new(); sides.len()];
    for _ in 0..arguments.rounds {
        for (side, times) in sides.iter_mut().zip(&mut times) {
            times.push(milliseconds(side));
        }
    }
    let medians: Vec<_> = times.into_iter().map(median).collect();
    println!("{:<20}  {:>8}  {:>6}", "command", "ms", "times");
    let mut rows = Vec::new();
    for (name, median) in std::iter::once(BARE_NAME).chain(commands).zip(&medians) {
        let words = name.split(" -").next().unwrap_or_default();
        let name: Vec<_> = words.split(' ').take(2).collect();
        let times = median / medians[0];
        println!("{:<20}  {median:>8.1}  {times:>6.1}", name.join(" "));
        if words != BARE_NAME {
            let what = format!("`{}`, from start to end", name.join(" "));
            rows.push(Row::new(what, BARE_NAME, format!("{times:.1}")));
        }
    }
    page::publish(&rows);
}

/// Keeps a run, and makes a certificate of it, so that there is something to ask about.
fn make_records(folder: &Path) {
    for words in [
        &format!("run --reference --quiet --capability {CAPABILITY}") as &str,
        "keys new --output key",
        &format!(
            "certify latest --key key --output certificate.json --provider {PROVIDER} --capability {CAPABILITY}"
        ),
    ] {
        milliseconds(&mut proofhouse(folder, words));
    }
    let trust = proofhouse(folder, "keys trust --provider bookio:* key.pub")
        .output()
        .unwrap();
    std::fs::write(folder.join("trust.yaml"), trust.stdout).unwrap();
}

fn proofhouse(folder: &Path, words: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proofhouse"));
    command
        .args(words.split(' '))
        .current_dir(folder)
        .env_remove("PROOFHOUSE_DATA");
    command
}

/// Runs a command, which must succeed, from start to end.
fn milliseconds(command: &mut Command) -> f64 {
    let start = Instant::now();
    let status = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{command:?} failed");
    start.elapsed().as_secs_f64() * 1000.0
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}
