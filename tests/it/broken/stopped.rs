//! Runs that are stopped: politely, and by force.

use std::process::{Child, Command};
use std::time::Duration;

use proofhouse::store::{RunStore, SqliteStore, Wait};

use crate::support::proving::{Entry, Manifest, Ran, binary};
use crate::support::stranger::{Stranger, Ways};

/// A provider slow enough to be caught at work.
fn slow() -> Stranger {
    Stranger::open(Ways::but(|ways| ways.pace = Some(Duration::from_millis(100))))
}

fn start(manifest: &Manifest, more: &[&str]) -> Child {
    let path = manifest.path();
    let mut arguments = vec!["run", "--format", "json", "--providers", path.to_str().unwrap()];
    arguments.extend(more);
    binary(&manifest.data(), &arguments).spawn().unwrap()
}

/// Waits until a booking stands. It is the provider's state that ends the wait, the limit is for a run that never books.
fn until_booked(stranger: &Stranger, child: &mut Child) {
    for _ in 0..6000 {
        if stranger.bookings().1 > 0 {
            return;
        }
        assert!(
            child.try_wait().unwrap().is_none(),
            "the run ended before it had booked anything"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("the run booked nothing");
}

/// Waits until the record names the booking that is to be taken back.
fn until_owed(manifest: &Manifest) {
    let store = SqliteStore::open(&manifest.data()).unwrap();
    for _ in 0..6000 {
        // The run is not there before its first events are kept.
        let owed = store
            .find("latest")
            .wait()
            .and_then(|run| store.owed(&run).wait());
        if owed.is_ok_and(|owed| owed.iter().any(|owed| owed.input.is_some())) {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("the record owes nothing");
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

fn proofhouse(manifest: &Manifest, arguments: &[&str]) -> Ran {
    Ran::of(binary(&manifest.data(), arguments).output().unwrap())
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_takes_back_what_it_made_and_is_kept_as_incomplete() {
    let stranger = slow();
    let manifest = Manifest::of(&[Entry::new("slow:shop", stranger.url())]);
    let mut child = start(&manifest, &[]);
    until_booked(&stranger, &mut child);
    signal(&child, "-INT");
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(6), "{ran:?}");
    assert!(ran.stderr.contains("taking back what was made"), "{ran:?}");
    let report = ran.report();
    assert_eq!(report["run"]["exit"], 6);
    assert_eq!(report["run"]["conformant"], false);
    assert_eq!(report["leftovers"].as_array().unwrap().len(), 0);
    let (made, standing) = stranger.bookings();
    assert!(made > 0);
    assert_eq!(standing, 0, "nothing is left behind");
    let shown = proofhouse(&manifest, &["runs", "show", "latest", "--format", "json"]);
    assert_eq!(shown.report()["run"]["exit"], 6, "{shown:?}");
    let cleaned = proofhouse(&manifest, &["cleanup", "latest"]);
    assert_eq!(cleaned.code, Some(0), "{cleaned:?}");
    assert!(cleaned.stdout.contains("left nothing behind"), "{cleaned:?}");
}

#[cfg(unix)]
#[test]
fn what_a_killed_run_left_behind_is_taken_back_by_cleanup() {
    let stranger = Stranger::open(Ways::but(|ways| {
        ways.slow_tool = Some(("list_bookings_for_customer", Duration::from_secs(60)));
    }));
    let manifest = Manifest::of(&[Entry::new("slow:shop", stranger.url())]);
    let mut child = start(&manifest, &["--test", "idempotency_window"]);
    until_booked(&stranger, &mut child);
    until_owed(&manifest);
    signal(&child, "-KILL");
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), None, "it was killed");
    assert_eq!(stranger.bookings(), (1, 1), "the booking stands");
    let shown = proofhouse(&manifest, &["runs", "show", "latest", "--format", "json"]);
    assert_eq!(shown.report()["run"]["exit"], 6, "{shown:?}");
    let cleaned = proofhouse(&manifest, &["cleanup", "latest"]);
    assert_eq!(cleaned.code, Some(0), "{cleaned:?}");
    assert!(cleaned.stdout.contains("taken back  slow:shop"), "{cleaned:?}");
    assert_eq!(stranger.bookings(), (1, 0), "it was cancelled");
    let again = proofhouse(&manifest, &["cleanup", "latest"]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(again.stdout.contains("left nothing behind"), "{again:?}");
}
