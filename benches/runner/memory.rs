//! The most memory that `proofhouse run` takes, as a process of its own, by the number of providers and the format of its report.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::arguments::Checks;
use crate::figures::Figures;
use crate::measure;
use crate::warm::Place;

/// The formats that hold something of every provider.
const FORMATS: [&str; 2] = ["table", "json"];

/// The interval between two looks at a process. What it held most stays known until its end.
const LOOK: Duration = Duration::from_millis(5);

/// The memory of one size and format.
pub(crate) struct Memory {
    pub(crate) providers: usize,
    pub(crate) format: &'static str,
    /// KiB at most.
    pub(crate) peak: Figures,
    /// Seconds from the start of the command to its end.
    pub(crate) seconds: Figures,
}

/// Measures every size, and one provider first.
pub(crate) fn measure(place: &Place<'_>, checks: Checks, sizes: &[usize], rounds: usize) -> Vec<Memory> {
    let mut measured = Vec::new();
    for providers in std::iter::once(1).chain(sizes.iter().copied()) {
        for format in FORMATS {
            let runs: Vec<(f64, f64)> = (0..rounds)
                .map(|_| peak_and_seconds(place, checks, providers, format))
                .collect();
            measured.push(Memory {
                providers,
                format,
                peak: Figures::of(runs.iter().map(|(peak, _)| *peak)),
                seconds: Figures::of(runs.iter().map(|(_, seconds)| *seconds)),
            });
        }
    }
    measured
}

fn peak_and_seconds(place: &Place<'_>, checks: Checks, providers: usize, format: &str) -> (f64, f64) {
    let start = Instant::now();
    let mut run = Command::new(env!("CARGO_BIN_EXE_proofhouse"))
        .args(["run", "--quiet", "--format", format, "--providers"])
        .arg(place.manifest(providers))
        .args(checks.options())
        .env("PROOFHOUSE_DATA", place.folder.join("memory"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let peak = watched(&mut run);
    (peak as f64, start.elapsed().as_secs_f64())
}

/// Waits for the end of a process, and gives back the most KiB that it has held.
fn watched(run: &mut Child) -> u64 {
    let mut most = 0;
    loop {
        most = most.max(measure::peak_of(run.id()));
        if let Some(status) = run.try_wait().unwrap() {
            assert!(status.success(), "the run ended with {status}");
            return most;
        }
        thread::sleep(LOOK);
    }
}
