//! A process that is killed while it records.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use proofhouse::model::Verdict;
use proofhouse::store::{Recorder, Wait, load};

use super::{run_at, sqlite};

/// Names the data folder to the process that is to be killed.
const FOLDER: &str = "PROOFHOUSE_TEST_KILLED";
/// The number of events that are recorded before the kill.
const KEPT: usize = 9;

/// No clean end, no flush of files: the operating system takes the process away in the middle of the run.
#[test]
fn a_killed_process_leaves_what_it_had_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "--ignored",
            "store::killed::the_process_that_is_killed",
        ])
        .env(FOLDER, folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while !folder.path().join("ready").exists() {
        assert!(
            Instant::now() < deadline && child.try_wait().unwrap().is_none(),
            "the process records nothing"
        );
        thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let store = sqlite(folder.path());
    let (run, events) = run_at(1);
    assert_eq!(store.events(&run).wait().unwrap(), events[..KEPT]);
    let summary = load(&*store, &run).wait().unwrap();
    assert_eq!(summary.verdict(), Verdict::Incomplete);
    let left: Vec<_> = summary
        .leftovers
        .iter()
        .map(|left| (left.id, left.reason.as_str()))
        .collect();
    let reason = "the run was killed before it was taken back";
    assert_eq!(left, [(2, reason), (3, reason)]);
}

#[test]
#[ignore = "runs as a process of its own, started by the test above"]
fn the_process_that_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let folder = Path::new(&folder);
    let (run, events) = run_at(1);
    let recorder = Recorder::start(sqlite(folder), run).unwrap();
    for event in &events[..KEPT] {
        recorder.push(event);
    }
    recorder.flush();
    std::fs::write(folder.join("ready"), "").unwrap();
    thread::sleep(Duration::from_secs(60));
}
