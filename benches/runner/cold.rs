//! One provider from the start of a process to its end.

use std::process::{Command, Stdio};
use std::time::Instant;

use crate::arguments::Checks;
use crate::child;
use crate::figures::Figures;
use crate::job::Turns;
use crate::warm::Place;

/// What both sides took.
pub(crate) struct Cold {
    pub(crate) starts: usize,
    pub(crate) wall: Figures,
    /// Milliseconds that the loop takes.
    pub(crate) loop_wall: Figures,
}

/// Starts both sides in turn.
pub(crate) fn measure(place: &Place<'_>, checks: Checks, starts: usize) -> Cold {
    let manifest = place.manifest(1);
    let mut subject = Command::new(env!("CARGO_BIN_EXE_proofhouse"));
    subject
        .args(["run", "--providers"])
        .arg(manifest)
        .args(checks.options())
        .env("PROOFHOUSE_DATA", place.folder.join("cold"));
    let mut bare = child::command(&place.bare(1, Turns::COLD));
    // The first start of each reads its program from the disk, and makes the store.
    let _ = (seconds(&mut subject), seconds(&mut bare));
    let pairs: Vec<_> = (0..starts)
        .map(|_| (seconds(&mut subject), seconds(&mut bare)))
        .collect();
    Cold {
        starts,
        wall: Figures::of(pairs.iter().map(|(subject, bare)| subject / bare)),
        loop_wall: Figures::of(pairs.iter().map(|(_, bare)| bare * 1000.0)),
    }
}

fn seconds(command: &mut Command) -> f64 {
    let start = Instant::now();
    let status = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{command:?} failed");
    start.elapsed().as_secs_f64()
}
