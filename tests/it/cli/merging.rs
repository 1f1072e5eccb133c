//! A plan that several runs share, and the one run that is made of them.

use serde_json::Value;

use super::context::{TestContext, cli_snapshot};
use crate::support::parcels::{Parcels, Slip};

const RUN: &str = "run --quiet --registry SECOND_DOMAIN --providers providers.yaml";

fn against(slip: Slip) -> (TestContext, Parcels) {
    let context = TestContext::new();
    let parcels = Parcels::start(slip);
    context.manifest(&parcels.server.url(), "");
    (context, parcels)
}

fn tests(report: &Value) -> Vec<String> {
    let rows = report["results"].as_array().unwrap();
    let name = |row: &Value| format!("{}/{}", row["capability"], row["test"]);
    rows.iter().map(name).collect()
}

#[test]
fn parts_share_the_tests_and_merge_into_the_run_that_they_are_of() {
    let (context, _parcels) = against(Slip::None);
    let whole = context.run(&format!("{RUN} --format json --no-store")).json();
    let mut shared = Vec::new();
    for number in 1..=3 {
        let part = context.run(&format!(
            "{RUN} --partition {number}/3 --seed {number} --format json --output jsonl=part{number}.jsonl"
        ));
        let report = part.json();
        assert_eq!(
            (part.code, &report["run"]["verdict"]),
            (0, &"part".into()),
            "{part}"
        );
        assert_eq!(report["run"]["conformant"], false);
        assert_eq!(report["run"]["part"]["whole_digest"], whole["run"]["plan_digest"]);
        shared.extend(tests(&report));
    }
    shared.sort();
    let mut all = tests(&whole);
    all.sort();
    assert_eq!(shared, all);
    let gate = "gate --registry SECOND_DOMAIN --provider post:one --capability parcels.order_pickup";
    assert_eq!(context.run(gate).code, 4, "parts alone open no gate");

    let merged = context.run("merge part3.jsonl part1.jsonl part2.jsonl --format json");
    let report = merged.json();
    assert_eq!(
        (merged.code, &report["run"]["verdict"]),
        (0, &"conformant".into())
    );
    assert_eq!(tests(&report), tests(&whole));
    assert_eq!(report["run"]["plan_digest"], whole["run"]["plan_digest"]);
    assert_eq!(report["run"]["merged"].as_array().unwrap().len(), 3);
    let id = report["run"]["id"].as_str().unwrap();
    let kept = context.run(&format!("runs show {id} --format json")).json();
    assert_eq!(kept, report);
    assert_eq!(context.run(gate).code, 0, "the merged run does");
}

#[test]
fn parts_that_are_kept_are_merged_by_their_ids() {
    let (context, _parcels) = against(Slip::AcceptsPastDays);
    let mut runs = Vec::new();
    for number in 1..=2 {
        let part = context.run(&format!("{RUN} --partition {number}/2 --format json"));
        runs.push(part.json()["run"]["id"].as_str().unwrap().to_owned());
    }
    let merged = context.run(&format!("merge {} --no-store", runs.join(" ")));
    assert_eq!(
        merged.code, 1,
        "a failure of a part is one of the whole: {merged}"
    );
    let latest = context.run("runs show latest --format json").json();
    assert_eq!(latest["run"]["id"], runs[1].as_str(), "nothing was kept");
}

#[test]
fn overlaps_holes_and_parts_of_other_plans_are_refused() {
    let (context, _parcels) = against(Slip::None);
    for (part, file, more) in [
        ("1/3", "one", ""),
        ("1/3", "again", ""),
        ("2/3", "two", ""),
        ("3/3", "three", ""),
        ("3/3", "strict", "--strict"),
        ("2/2", "half", ""),
        ("3/3", "other", "--capability parcels.order_pickup"),
    ] {
        let made = context.run(&format!(
            "{RUN} --no-store --partition {part} --output jsonl={file} {more}"
        ));
        assert_eq!(made.code, 0, "{made}");
    }
    context.run(&format!("{RUN} --no-store --output jsonl=whole"));
    let text = std::fs::read_to_string(context.path("three")).unwrap();
    let (cut, _) = text.trim_end().rsplit_once('\n').unwrap();
    context.write("cut", cut);
    context.write(
        "gap",
        &text
            .lines()
            .enumerate()
            .filter(|(at, _)| *at != 1)
            .map(|(_, line)| format!("{line}\n"))
            .collect::<String>(),
    );
    context.write("noise", "{}\n");
    let commands = [
        "merge one again two",
        "merge one two",
        "merge two",
        "merge one two strict",
        "merge one half",
        "merge one two other",
        "merge one two cut",
        "merge one two gap",
        "merge one noise",
        "merge whole",
        "merge one two nowhere",
        "merge",
        &format!("{RUN} --partition 1/1000"),
        &format!("{RUN} --partition 4/3"),
    ];
    cli_snapshot!("merge_refused", context.show(&commands));
}
