//! A run from the command line: who is asked, in which order, what is printed where.

use std::process::Stdio;

use super::context::{TestContext, cli_snapshot, first_line};
use crate::support::misbehaviour::Misbehaviour;
use crate::support::parcels::{Parcels, Slip};
use crate::support::servers::dead_url;

const RUN: &str = "run --registry SECOND_DOMAIN --providers providers.yaml";

fn against(slip: Slip) -> (TestContext, Parcels) {
    let context = TestContext::new();
    let parcels = Parcels::start(slip);
    context.manifest(&parcels.server.url(), "");
    (context, parcels)
}

#[test]
fn a_run_ends_with_a_table_and_its_verdict() {
    let (context, _parcels) = against(Slip::None);
    cli_snapshot!("run_conformant", context.show(&[RUN]));
}

#[test]
fn a_run_that_found_something_explains_it() {
    let (context, _parcels) = against(Slip::AcceptsPastDays);
    let test = format!("{RUN} --test rejects_past_day");
    cli_snapshot!("run_failed", context.show(&[&test]));
}

#[test]
fn a_provider_that_cannot_be_asked_is_no_failure_of_its_own() {
    let context = TestContext::new();
    context.manifest(&dead_url(), "");
    cli_snapshot!(
        "run_unreachable",
        context.show(&[&format!("{RUN} --test rejects_*")])
    );
}

#[test]
fn standard_output_is_json_alone_while_the_rest_is_on_standard_error() {
    let (context, _parcels) = against(Slip::None);
    // A file where the folder should be: the run cannot be kept, and says so.
    context.write("data", "");
    let ended = context.run(&format!("{RUN} --format json"));
    assert_eq!(ended.json()["run"]["exit"], 6);
    assert!(ended.stderr.contains("warning: "), "{ended}");
    let junit = context.run(&format!("{RUN} --format junit --no-store"));
    assert_eq!(junit.code, 0);
    assert!(
        junit.stdout.starts_with("<?xml") && junit.stderr.is_empty(),
        "{junit}"
    );
}

#[test]
fn a_run_that_cannot_be_kept_goes_on_and_is_incomplete() {
    let (context, _parcels) = against(Slip::None);
    context.write("data", "");
    let test = format!("{RUN} --test rejects_past_day");
    cli_snapshot!("unwritable_data", context.show(&[&test]));
}

#[test]
fn reports_go_to_files_beside_standard_output() {
    let (context, _parcels) = against(Slip::None);
    let ended = context.run(&format!(
        "{RUN} --output json=report.json --output junit=report.xml --output table=report.txt"
    ));
    assert_eq!(ended.code, 0, "{ended}");
    let read = |name: &str| std::fs::read_to_string(context.path(name)).unwrap();
    let report: serde_json::Value = serde_json::from_str(&read("report.json")).unwrap();
    assert_eq!(report["run"]["conformant"], true);
    assert!(read("report.xml").starts_with("<?xml"));
    assert_eq!(read("report.txt"), ended.stdout);
}

#[test]
fn only_a_report_for_github_is_added_to_the_summary_of_its_job() {
    let (context, _parcels) = against(Slip::None);
    context.write("summary.md", "# What came before\n");
    let summary = || std::fs::read_to_string(context.path("summary.md")).unwrap();
    let run = |arguments: &str| {
        let mut command = context.command(arguments);
        command.env("GITHUB_STEP_SUMMARY", context.path("summary.md"));
        let ended = context.finish(arguments, &mut command);
        assert_eq!(ended.code, 0, "{ended}");
        ended
    };
    run(&format!("{RUN} --format markdown --output junit=report.xml"));
    assert_eq!(summary(), "# What came before\n");
    let ended = run(&format!("{RUN} --format github --output markdown=report.md"));
    assert!(
        ended.stdout.starts_with("::notice title=proofhouse run "),
        "{ended}"
    );
    let report = std::fs::read_to_string(context.path("report.md")).unwrap();
    assert_eq!(summary(), format!("# What came before\n{report}"));
    let arguments = format!("{RUN} --format github");
    let mut command = context.command(&arguments);
    command.env("GITHUB_STEP_SUMMARY", context.path("no/such/folder"));
    assert_eq!(
        context.finish(&arguments, &mut command).code,
        6,
        "a summary that is lost is told"
    );
}

#[test]
fn events_are_lines_that_begin_with_the_header_and_end_with_the_run() {
    let (context, _parcels) = against(Slip::None);
    let ended = context.run(&format!("{RUN} --format jsonl --repeat 2"));
    assert_eq!(ended.code, 0, "{ended}");
    let kinds: Vec<String> = ended
        .stdout
        .lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            line["event"]["kind"]
                .as_object()
                .unwrap()
                .keys()
                .next()
                .unwrap()
                .clone()
        })
        .collect();
    let count = |kind: &str| kinds.iter().filter(|found| *found == kind).count();
    assert_eq!((count("run_started"), count("run_finished")), (2, 2));
    assert_eq!(count("test_started"), 0, "only what a record keeps");
    assert_eq!(
        (kinds.first().unwrap().as_str(), kinds.last().unwrap().as_str()),
        ("run_started", "run_finished")
    );
}

#[test]
fn a_reader_that_has_seen_enough_stops_no_run_and_causes_no_panic() {
    let (context, parcels) = against(Slip::None);
    for arguments in [
        RUN,
        "suites list",
        "suites schema test",
        "capabilities list",
        "capabilities show booking.create_booking@0.1.0",
        "runs list",
        "runs show latest",
    ] {
        let mut command = context.command(arguments);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        first_line(&mut child);
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            (output.status.code(), stderr.as_str()),
            (Some(0), ""),
            "{arguments}"
        );
    }
    assert!(parcels.ordered() > 0 && parcels.standing() == 0);
}

#[test]
fn a_dry_run_shows_the_plan_and_asks_nothing() {
    let (context, parcels) = against(Slip::None);
    let ended = context.show(&[
        &format!("{RUN} --dry-run"),
        &format!("{RUN} --dry-run --read-only"),
    ]);
    cli_snapshot!("dry_run", ended);
    assert_eq!(parcels.server.count(), 0);
    assert!(!context.path("data").exists());
}

#[test]
fn a_plan_is_written_as_json_to_standard_output_and_to_files() {
    let (context, parcels) = against(Slip::None);
    let ended = context.run(&format!(
        "{RUN} --dry-run --format json --output json=plan.json --output table=plan.txt"
    ));
    assert_eq!(ended.code, 0, "{ended}");
    let plan: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(plan["format"], "proofhouse.plan/1");
    assert_eq!(
        plan["totals"],
        serde_json::json!({ "providers": 1, "tests": 8, "creations": 7 })
    );
    assert_eq!(plan["providers"][0]["tests"][0]["test"], "happy_path");
    let file = std::fs::read_to_string(context.path("plan.json")).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&file).unwrap(), plan);
    let lines = std::fs::read_to_string(context.path("plan.txt")).unwrap();
    assert!(
        lines.contains("post:one: 8 tests") && lines.ends_with("no tool was called\n"),
        "{lines}"
    );
    let refused = context.run(&format!("{RUN} --dry-run --output junit=plan.xml"));
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{refused}");
    assert!(!context.path("plan.xml").exists());
    assert_eq!(parcels.server.count(), 0);
}

#[test]
fn a_read_only_run_writes_nothing() {
    let (context, parcels) = against(Slip::None);
    let ended = context.run(&format!("{RUN} --read-only"));
    assert_eq!((ended.code, parcels.ordered()), (0, 0), "{ended}");
    assert!(parcels.tools().iter().all(|tool| tool == "quote_delivery"));
}

#[test]
fn the_same_seed_gives_the_same_order() {
    let order = |seed: u64| {
        let (context, parcels) = against(Slip::None);
        let ended = context.run(&format!("{RUN} --lanes 1 --seed {seed}"));
        assert!(ended.stdout.contains(&format!("(seed {seed})")), "{ended}");
        parcels.tools()
    };
    let first = order(1);
    assert_eq!(first, order(1));
    assert!(
        (2..8).any(|seed| order(seed) != first),
        "no seed changes the order"
    );
}

#[test]
fn after_the_first_failure_a_fail_fast_run_starts_nothing_more() {
    let (context, _parcels) = against(Slip::AcceptsPastDays);
    let slow = context.run(&format!("{RUN} --lanes 1 --seed 1 --format json"));
    let fast = context.run(&format!("{RUN} --lanes 1 --seed 1 --format json --fail-fast"));
    assert_eq!((slow.code, fast.code), (1, 1), "{fast}");
    assert_eq!(slow.json()["totals"]["skip"], 0);
    assert_eq!(fast.json()["totals"]["fail"], 1);
    assert!(fast.json()["totals"]["skip"].as_u64().unwrap() > 0, "{fast}");
    assert!(fast.stdout.contains("--fail-fast"), "{fast}");
}

#[test]
fn a_failed_ruling_decides_in_a_strict_run_only() {
    let (context, _parcels) = against(Slip::AcceptsPastDays);
    context.copy_second_domain();
    context.edit(
        "registry/suites/parcels/order_pickup/rejects_past_day.yaml",
        "level: must",
        "level: should",
    );
    let run = "run --registry registry --providers providers.yaml --capability *.order_pickup";
    let shown = context.show(&[run, &format!("{run} --strict")]);
    cli_snapshot!("should_level", shown);
}

#[test]
fn a_quiet_run_says_nothing_on_standard_error() {
    let (context, _parcels) = against(Slip::None);
    let ended = context.run(&format!("{RUN} --quiet"));
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
}

#[test]
fn an_answer_that_takes_too_long_is_a_failure_of_the_provider() {
    let context = TestContext::new();
    let hanging = Misbehaviour::Hangs.serve();
    context.manifest(&hanging.url(), "");
    let ended = context.run(&format!(
        "{RUN} --timeout 200ms --test rejects_unknown_postcode --format json"
    ));
    assert_eq!(ended.code, 1, "{ended}");
    assert_eq!(ended.outcome("quote_delivery/rejects_unknown_postcode"), "fail");
}

/// The bundled provider needs neither a manifest nor a network. That it passes all tests is shown without the command, in `matrix`.
#[test]
fn the_reference_provider_is_conformant() {
    const TESTS: [&str; 4] = [
        "happy_path",
        "rejects_past_time",
        "rejects_unknown_service",
        "idempotency_window",
    ];
    let context = TestContext::new();
    let command = "run --reference --capability booking.create_booking --format json --quiet --test ";
    let ended = context.run(&format!("{command}{}", TESTS.join(" --test ")));
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{ended}");
    let report = ended.json();
    for test in TESTS {
        let rows = report["results"].as_array().unwrap();
        for version in ["0.1.0", "0.2.0"] {
            let passed = rows
                .iter()
                .filter(|row| row["test"] == test && row["version"] == version && row["outcome"] == "pass")
                .count();
            assert_eq!(passed, 10, "{test}: {ended}");
        }
    }
}

#[test]
fn what_did_not_pass_is_run_again_and_proves_no_claim() {
    let (context, _parcels) = against(Slip::AcceptsPastDays);
    let first = context.run(&format!("{RUN} --format json")).json();
    let failed: Vec<_> = rows_that(&first, |row| row["outcome"] == "fail");
    assert!(!failed.is_empty() && failed.len() < first["results"].as_array().unwrap().len());

    let again = context.run(&format!("{RUN} --failed --format json"));
    let report = again.json();
    let planned = rows_that(&report, |_| true);
    assert!(failed.iter().all(|test| planned.contains(test)), "{planned:?}");
    assert!(
        rows_that(&first, |row| row["outcome"] == "pass")
            .iter()
            .all(|test| !planned.contains(test)),
        "{planned:?}"
    );
    assert_eq!(again.code, 1);
    for claim in report["claims"].as_array().unwrap() {
        assert_eq!(claim["standing"], "unknown", "{claim:#}");
    }

    let named = first["run"]["id"].as_str().unwrap();
    let last = context
        .run(&format!("{RUN} --failed {named} --format json"))
        .json();
    assert_eq!(rows_that(&last, |_| true), planned);
}

#[test]
fn there_is_nothing_to_run_again_after_a_run_in_which_everything_passed() {
    let (context, _parcels) = against(Slip::None);
    assert_eq!(
        context
            .run(&format!("{RUN} --test rejects_past_day --format json"))
            .code,
        0
    );
    let again = context.run(&format!("{RUN} --failed"));
    assert_eq!(again.code, 2, "{again}");
    assert!(again.stderr.contains("there is nothing to run"), "{again}");
}

/// The tests of a report whose rows are so.
fn rows_that(report: &serde_json::Value, are: impl Fn(&serde_json::Value) -> bool) -> Vec<String> {
    let rows = report["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| are(row));
    rows.map(|row| format!("{}/{}", row["capability"], row["test"]))
        .collect()
}

/// Attendance that is recorded cannot be taken back, and a booking that has taken place is not cancelled.
#[test]
fn what_stays_by_its_contract_is_not_left_over() {
    let context = TestContext::new();
    let ended = context.run(
        "run --reference --provider bookio:salon-aurora --test booking.record_attendance@0.1.0/stays --format json --quiet",
    );
    let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(report["leftovers"], serde_json::json!([]), "{ended}");
    let stays =
        "it stays after record_attendance, which has no undo: cancel_booking refused with `unauthorized`";
    let rows = report["results"].as_array().unwrap();
    let row = rows.iter().find(|row| row["test"] == "stays").unwrap();
    assert_eq!(row["outcome"], "pass", "{ended}");
    assert_eq!(row["notes"], serde_json::json!([stays]), "{ended}");
}
