//! `proofhouse serve --schedule`: a registry that runs its providers by itself.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::context::TestContext;
use crate::support::reference::Serving;

/// The output of a served registry up to a line with this text.
fn said_until(context: &TestContext, words: &str) -> String {
    let mut process = context
        .command("serve --port 0 --schedule schedule.yaml")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    let lines = BufReader::new(process.stderr.take().unwrap()).lines();
    std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| tell.send(line)));
    let deadline = Instant::now() + Duration::from_secs(150);
    let mut said = String::new();
    while !said.contains(words) && Instant::now() < deadline {
        if let Ok(line) = told.recv_timeout(Duration::from_secs(1)) {
            said.push_str(&line);
            said.push('\n');
        }
    }
    process.kill().unwrap();
    process.wait().unwrap();
    said
}

fn context(url: &str, more: &str) -> TestContext {
    let context = TestContext::new();
    context.write(
        "providers.yaml",
        &format!(
            "providers:\n  - id: bookio:salon-aurora\n    transport: http\n    url: {url}/p/salon-aurora\n    \
             capabilities: [booking.list_services]\n"
        ),
    );
    context.write(
        "schedule.yaml",
        &format!("format: proofhouse.schedule/1\nproviders: providers.yaml\ncron: '* * * * *'\n{more}"),
    );
    context
}

#[test]
fn a_registry_runs_its_providers_at_set_times_and_keeps_what_it_found() {
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::start(folder.path());
    let context = context(&serving.url, "private_addresses: true\n");
    let said = said_until(&context, ": conformant");
    assert!(said.contains("next run at"), "{said}");
    let runs = context.run("runs list");
    assert!(runs.stdout.contains("conformant"), "{said}{runs}");
}

#[test]
fn an_address_behind_ones_own_door_is_not_asked_unless_that_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::start(folder.path());
    let context = context(&serving.url, "");
    let said = said_until(&context, "no run");
    assert!(said.contains("is not on the public internet"), "{said}");
    let runs = context.run("runs list");
    assert!(!runs.stdout.contains("conformant"), "{runs}");
}

#[test]
fn a_wrong_schedule_is_told_before_anything_is_served() {
    let context = TestContext::new();
    context.write(
        "schedule.yaml",
        "format: proofhouse.schedule/1\nproviders: p\ncron: often\n",
    );
    let refused = context.run("serve --port 0 --schedule schedule.yaml");
    assert_eq!(refused.code, 3, "{refused}");
    assert!(refused.stderr.contains("no cron expression"), "{refused}");
}

#[test]
fn starts_that_came_while_no_registry_ran_are_said_by_the_next_and_by_the_check() {
    let context = context("http://127.0.0.1:4700", "");
    let said = said_until(&context, "next run at");
    assert!(!said.contains("missed"), "{said}");
    let checked = context.run("schedule check schedule.yaml");
    assert!(!checked.stdout.contains("missed"), "{checked}");
    let records = std::fs::read_dir(context.path("data/schedules")).unwrap();
    let [record] = records
        .map(|entry| entry.unwrap().path())
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    let mut seen: serde_json::Value = serde_json::from_slice(&std::fs::read(&record).unwrap()).unwrap();
    assert_eq!(seen["format"], "proofhouse.schedule-record/1");
    // As if it had been down for three minutes.
    let until: chrono::DateTime<chrono::Utc> = seen["until"].as_str().unwrap().parse().unwrap();
    seen["until"] = serde_json::json!(until - chrono::TimeDelta::minutes(3));
    std::fs::write(&record, seen.to_string()).unwrap();
    let said = said_until(&context, "next run at");
    assert!(
        said.contains(" starts were missed, from ") && said.contains("nobody followed the schedule"),
        "{said}"
    );
    let checked = context.run("schedule check schedule.yaml");
    assert!(
        checked.stdout.contains("nobody followed the schedule"),
        "{checked}"
    );
    let json = context.run("schedule check schedule.yaml --format json");
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["missed"]["why"], "down", "{json}");
    assert!(json["missed"]["count"].as_u64().unwrap() >= 3, "{json}");
}

#[test]
fn a_schedule_is_checked_with_its_manifest_and_its_next_five_starts_are_shown() {
    let context = context("http://127.0.0.1:4700", "jitter_minutes: 15\n");
    let checked = context.run("schedule check schedule.yaml");
    assert_eq!(checked.code, 0, "{checked}");
    assert_eq!(checked.stdout.matches(" UTC").count(), 5, "{checked}");
    assert!(checked.stdout.contains("1 entry of providers.yaml"), "{checked}");
    assert!(checked.stdout.contains("up to 15 minutes later"), "{checked}");
    let json = context.run("schedule check schedule.yaml --zone Asia/Kathmandu --format json");
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let starts = json["starts"].as_array().unwrap();
    assert_eq!(starts.len(), 5);
    assert!(
        starts
            .iter()
            .all(|start| start["local"].as_str().unwrap().ends_with("+05:45")),
        "{json}"
    );

    context.write(
        "schedule.yaml",
        "format: proofhouse.schedule/1\nproviders: providers.yaml\ncron: '0 3 31 2,4,6,9,11 *'\n",
    );
    let never = context.run("schedule check schedule.yaml");
    assert_eq!(never.code, 3, "{never}");
    assert!(never.stderr.contains("its time never comes"), "{never}");
    context.write(
        "schedule.yaml",
        "format: proofhouse.schedule/1\nproviders: nowhere.yaml\ncron: '@daily'\n",
    );
    let lost = context.run("schedule check schedule.yaml");
    assert_eq!(lost.code, 3, "{lost}");
    assert!(lost.stderr.contains("nowhere.yaml"), "{lost}");
    let zone = context.run("schedule check schedule.yaml --zone Europe/Pragu");
    assert_eq!(zone.code, 2, "{zone}");
}
