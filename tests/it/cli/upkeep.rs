//! The upkeep of the store: its rights, copies, checks, and what is pruned.

use std::path::Path;

use super::context::{TestContext, cli_snapshot};
use crate::support::parcels::{Parcels, Slip};

const RUN: &str = "run --quiet --registry SECOND_DOMAIN --providers providers.yaml";

fn with_runs(count: usize) -> (TestContext, Parcels) {
    let context = TestContext::new();
    let parcels = Parcels::start(Slip::None);
    context.manifest(&parcels.server.url(), "");
    for _ in 0..count {
        assert_eq!(context.run(RUN).code, 0);
    }
    (context, parcels)
}

fn ids(context: &TestContext) -> Vec<String> {
    let list = context.run("runs list").stdout;
    let ids = list.lines().skip(1);
    ids.map(|line| line.split(' ').next().unwrap().to_owned())
        .collect()
}

#[cfg(unix)]
#[test]
fn records_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (context, _parcels) = with_runs(1);
    let rights = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(rights(&context.path("data")), 0o700);
    let mut files = 0;
    for entry in std::fs::read_dir(context.path("data")).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(rights(&path) & 0o077, 0, "{path:?}");
        files += 1;
    }
    assert!(files > 0);
}

#[test]
fn a_store_is_made_before_anything_uses_it() {
    let context = super::context::TestContext::new();
    for _ in 0..2 {
        let ended = context.run("store migrate");
        assert_eq!(ended.code, 0, "{ended}");
        assert!(
            ended.stderr.contains("the schema of the store is up to date"),
            "{ended}"
        );
    }
    assert!(context.path("data/proofhouse.db").exists());
    assert_eq!(context.run("store check").code, 0);
}

#[test]
fn a_store_is_checked_and_copied() {
    let (context, _parcels) = with_runs(2);
    let runs = ids(&context);
    std::fs::create_dir(context.path("copy")).unwrap();
    let shown = [
        "store check",
        "store backup copy/proofhouse.db",
        "store backup copy/proofhouse.db",
        "store backup nowhere/proofhouse.db",
    ]
    .map(|command| context.run(command).to_string());
    cli_snapshot!("store_upkeep", shown.join("\n"));
    std::fs::remove_dir_all(context.path("data")).unwrap();
    std::fs::rename(context.path("copy"), context.path("data")).unwrap();
    assert_eq!(ids(&context), runs, "the copy is a store");
}

#[test]
fn the_log_is_checked_and_copied_with_the_store() {
    let (context, _parcels) = with_runs(1);
    assert_eq!(context.run("keys new --output log.key").code, 0);
    let made = context.run("log new --name registry.example/log --key log.key");
    assert_eq!(made.code, 0, "{made}");
    let revoked = context.run("log revoke --run 20261121-030000-4f2a9c31 --reason wrong --key log.key");
    assert_eq!(revoked.code, 0, "{revoked}");
    context.write("earlier.txt", &context.run("log checkpoint").stdout);
    let copied = context.run("store backup copy.db");
    assert_eq!(copied.code, 0, "{copied}");
    assert!(copied.stderr.contains("copy.db.tlog is a copy"), "{copied}");
    std::fs::remove_dir_all(context.path("data/log")).unwrap();
    std::fs::rename(context.path("copy.db.tlog"), context.path("data/log")).unwrap();
    let held = context.run("log verify --from earlier.txt");
    assert_eq!(held.code, 0, "{held}");
    assert_eq!(context.run("store check").code, 0);
    context.edit("data/log/entries", "wrong", "right");
    let damaged = context.run("store check");
    assert_eq!(damaged.code, 6, "{damaged}");
    assert!(damaged.stdout.contains("log  the log was rewritten"), "{damaged}");
}

#[test]
fn a_damaged_record_is_named_by_a_check() {
    let (context, _parcels) = with_runs(1);
    let database = rusqlite::Connection::open(context.path("data/proofhouse.db")).unwrap();
    let hurt = "UPDATE events SET body = replace(body, '\"v\":1', '\"v\":99') WHERE seq = 1";
    assert_eq!(database.execute(hurt, []).unwrap(), 1);
    drop(database);
    let ended = context.run("store check");
    assert_eq!(ended.code, 6, "{ended}");
    assert!(ended.stdout.contains("event 1 cannot be read"), "{ended}");
}

/// Nothing goes on which a standing or a certificate rests.
#[test]
fn old_runs_are_pruned_but_the_ground_of_a_standing_stays() {
    let (context, parcels) = with_runs(3);
    let prune = "runs prune --registry SECOND_DOMAIN --keep 1s --keep-last 0";
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let before = ids(&context);
    let [newest, middle, first] = before.as_slice() else {
        panic!("{before:?}")
    };
    let dry = context.run(&format!("{prune} --dry-run"));
    assert_eq!(dry.code, 0, "{dry}");
    assert_eq!(ids(&context), before, "a dry run removes nothing");
    assert!(dry.stdout.contains(middle), "{dry}");
    let ended = context.run(prune);
    assert_eq!(ended.code, 0, "{ended}");
    assert_eq!(ids(&context), [newest.clone(), first.clone()], "{ended}");
    let gate = "gate --registry SECOND_DOMAIN --provider post:one --capability parcels.order_pickup";
    assert_eq!(context.run(gate).code, 0, "the standing is as it was");
    let kept = context.run("runs prune --registry SECOND_DOMAIN --keep 90d");
    assert_eq!((kept.code, ids(&context).len()), (0, 2), "{kept}");

    // What owes something to a provider stays until it is taken back.
    parcels.now(Slip::NeverCancels);
    let _ = context.run(&format!("{RUN} --test order_pickup/happy_path"));
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let owing = ids(&context)[0].clone();
    let ended = context.run(prune);
    assert!(ids(&context).contains(&owing), "{ended}");
    assert!(ended.stderr.contains("owing"), "{ended}");
}

/// A record from elsewhere may name any command and any variable of ours.
#[test]
fn nothing_that_a_file_names_is_started_by_cleanup() {
    let (context, _parcels) = with_runs(0);
    for number in 1..=2 {
        let part = format!("{RUN} --partition {number}/2 --seed 1 --output jsonl=part{number}.jsonl");
        assert_eq!(context.run(&part).code, 0);
    }
    let merged = context.run("merge part1.jsonl part2.jsonl --format json");
    assert_eq!(merged.code, 0, "{merged}");
    let report = merged.json();
    let run = report["run"]["id"].as_str().unwrap();
    let ended = context.run(&format!("cleanup {run} --registry SECOND_DOMAIN"));
    assert_eq!(ended.code, 2, "{ended}");
    assert!(ended.stderr.contains("was merged from files"), "{ended}");
}
