//! One provider from the start of a process to its end.

use std::process::{Command, Stdio};
use std::time::Instant;

use crate::arguments::Checks;
use crate::child;
use crate::figures::Figures;
use crate::hurl::Hurl;
use crate::job::Turns;
use crate::warm::Place;

/// What both sides took.
pub(crate) struct Cold {
    pub(crate) starts: usize,
    pub(crate) wall: Figures,
    /// Milliseconds that the loop takes.
    pub(crate) loop_wall: Figures,
    /// The runner over `hurl`; None where that is not installed, or does not make these checks.
    pub(crate) over_hurl: Option<Figures>,
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
    let mut hurl = (checks == Checks::Four)
        .then(|| Hurl::of(place.script, &place.server.url, 1, place.folder))
        .flatten();
    hurl.as_mut().map(Hurl::run);
    let rounds: Vec<_> = (0..starts)
        .map(|_| {
            let sides = (seconds(&mut subject), seconds(&mut bare));
            (sides, hurl.as_mut().map(|hurl| hurl.run().wall))
        })
        .collect();
    let over_hurl = rounds
        .iter()
        .filter_map(|((subject, _), hurl)| Some(subject / (*hurl)?));
    Cold {
        starts,
        wall: Figures::of(rounds.iter().map(|((subject, bare), _)| subject / bare)),
        loop_wall: Figures::of(rounds.iter().map(|((_, bare), _)| bare * 1000.0)),
        over_hurl: hurl.is_some().then(|| Figures::of(over_hurl)),
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
