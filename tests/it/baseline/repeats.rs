//! Plans that are run many times.

use std::process::{Command, Stdio};
use std::time::Duration;

use super::{RUN, TEST, against, knows};
use crate::cli::context::cli_snapshot;
use crate::support::parcels::Slip;

#[test]
fn a_test_that_fails_in_one_run_of_several_is_named_with_that_run() {
    let (context, _parcels) = against(Slip::AcceptsSomePastDays(1));
    let run = format!("{RUN} --repeat 3 --seed 7 --test rejects_past_day");
    cli_snapshot!("repeated", context.show(&[&run, "runs list"]));
}

#[test]
fn repetitions_are_runs_of_their_own_with_seeds_of_their_own() {
    let (context, _parcels) = against(Slip::None);
    let ended = context.run(&format!("{RUN} --repeat 3 --seed 40 --format json --quiet"));
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{ended}");
    let report = ended.json();
    assert_eq!(
        (&report["repeated"]["asked"], &report["repeated"]["done"]),
        (&3.into(), &3.into())
    );
    let tests = report["repeated"]["tests"].as_array().unwrap();
    assert!(
        !tests.is_empty()
            && tests
                .iter()
                .all(|test| test["totals"]["pass"] == 3 && test["flaky"] == false)
    );
    let listed = context.run("runs list").stdout;
    let ids: Vec<_> = listed
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(ids.len(), 3, "{listed}");
    let mut seeds: Vec<_> = ids
        .iter()
        .map(|id| {
            context.run(&format!("runs show {id} --format json")).json()["run"]["seed"]
                .as_u64()
                .unwrap()
        })
        .collect();
    seeds.sort_unstable();
    assert_eq!(seeds, [40, 41, 42]);
}

#[test]
fn a_known_flaky_test_may_fail_in_some_runs() {
    let (context, _parcels) = against(Slip::AcceptsSomePastDays(1));
    knows(&context, "flaky", TEST, "2999-12-31");
    let ended = context.run(&format!("{RUN} --repeat 2 --baseline known.yaml --format json"));
    assert_eq!(
        (ended.code, &ended.json()["run"]["verdict"]),
        (0, &"known".into()),
        "{ended}"
    );
}

#[test]
fn a_soak_that_fails_fast_ends_with_the_first_failed_run() {
    let (context, _parcels) = against(Slip::AcceptsPastDays);
    let ended = context.run(&format!("{RUN} --repeat 5 --fail-fast --format json"));
    assert_eq!(
        (ended.code, &ended.json()["repeated"]["done"]),
        (1, &1.into()),
        "{ended}"
    );
}

#[cfg(unix)]
#[test]
fn an_interrupted_soak_shows_what_it_found() {
    let (context, parcels) = against(Slip::AcceptsSomePastDays(1));
    let arguments = format!("{RUN} --repeat 1000000 --format json");
    let mut child = context
        .command(&arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Several runs have ended when so many calls came; the limit is for a soak that does not go on.
    for _ in 0..6000 {
        if parcels.server.count() > 60 {
            break;
        }
        assert!(child.try_wait().unwrap().is_none(), "the soak ended by itself");
        std::thread::sleep(Duration::from_millis(5));
    }
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(6));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        report["repeated"]["done"].as_u64().unwrap() > 1,
        "{}",
        report["repeated"]
    );
    let tests = report["repeated"]["tests"].as_array().unwrap();
    let flaky: Vec<_> = tests.iter().filter(|test| test["totals"]["fail"] == 1).collect();
    assert_eq!(flaky.len(), 1, "{tests:#?}");
    assert_eq!(flaky[0]["test"], TEST);
    assert_eq!(parcels.standing(), 0, "nothing is left behind");
}
