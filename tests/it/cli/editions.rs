//! Editions: the tests that a claim is held to, from the command that publishes them to the gate and the certificate.

use super::context::TestContext;
use crate::support::parcels::{Parcels, Slip};

const RUN: &str = "run --quiet --registry registry --providers providers.yaml --format json";
const GATE: &str =
    "gate --registry registry --provider post:one --capability parcels.order_pickup --format json";
const VERIFY: &str = "verify post.json --registry registry --trust trust.yaml --format json";
const EDITION: &str = "registry/capabilities/parcels/order_pickup/v0.1.0/editions/2026-11.yaml";
const TESTS: &str = "registry/suites/parcels/order_pickup";

#[test]
fn a_newer_test_is_pending_until_the_next_edition_takes_it_in() {
    let context = TestContext::new();
    context.copy_second_domain();
    let parcels = Parcels::start(Slip::None);
    context.manifest(&parcels.server.url(), "");
    let published = context.run("capabilities edition 2026-11 --registry registry");
    assert_eq!(published.code, 0, "{published}");
    assert!(
        published
            .stdout
            .contains("published edition 2026-11 of parcels.order_pickup@0.1.0")
    );
    assert_eq!(context.run(RUN).json()["claims"][0]["edition"], "2026-11");
    let gate = context.run(GATE);
    assert_eq!(gate.code, 0, "{gate}");
    assert_eq!(gate.json()["edition"]["name"], "2026-11");
    context.run("keys new --output post.key");
    let certify = context.run(
        "certify latest --registry registry --key post.key --output post.json --capability parcels.order_pickup@0.1.0",
    );
    assert_eq!(certify.code, 0, "{certify}");
    assert!(certify.stdout.contains("edition 2026-11"), "{certify}");
    let trust = context.run("keys trust post.key --provider post:*");
    context.write("trust.yaml", &trust.stdout);
    assert_eq!(context.run(VERIFY).json()["about"]["edition"]["name"], "2026-11");

    // A test that this provider fails is added.
    let test = std::fs::read_to_string(context.path(&format!("{TESTS}/rejects_past_day.yaml"))).unwrap();
    let newer = test
        .replace("test: rejects_past_day", "test: takes_past_day")
        .replace("error: [past_day]", "error: [no_courier]");
    assert_ne!(test, newer);
    context.write(&format!("{TESTS}/takes_past_day.yaml"), &newer);
    let pending = context.run(RUN);
    assert_eq!(pending.code, 0, "{pending}");
    assert_eq!(pending.outcome("order_pickup/takes_past_day"), "fail");
    assert_eq!(context.run(GATE).code, 0);
    let verified = context.run(VERIFY);
    assert_eq!(
        verified.code, 0,
        "the suite has changed, the edition has not: {verified}"
    );

    // The next edition takes it in. The standing stays until a run was held to it.
    assert_eq!(
        context
            .run("capabilities edition 2027-02 --registry registry")
            .code,
        0
    );
    let meanwhile = context.run(GATE);
    assert_eq!(meanwhile.code, 0, "{meanwhile}");
    assert_eq!(meanwhile.json()["edition"]["name"], "2026-11");
    assert_eq!(meanwhile.json()["awaited_edition"]["name"], "2027-02");
    assert!(
        meanwhile
            .stdout
            .contains("no run was held to edition 2027-02 yet"),
        "{meanwhile}"
    );
    assert_eq!(context.run(VERIFY).code, 0, "every edition is known for good");
    assert_eq!(context.run(RUN).code, 1);
    let moved = context.run(GATE);
    assert_eq!(moved.code, 1, "{moved}");
    assert_eq!(moved.json()["edition"]["name"], "2027-02");
}

#[test]
fn a_published_edition_never_changes() {
    let context = TestContext::new();
    context.copy_second_domain();
    let publish = "capabilities edition 2026-11 --registry registry";
    assert_eq!(context.run(publish).code, 0);
    let again = context.run(publish);
    assert_eq!(again.code, 0, "{again}");
    assert!(again.stdout.contains("already"), "{again}");
    std::fs::remove_file(context.path(&format!("{TESTS}/accepts_boundaries.yaml"))).unwrap();
    let other = context.run(publish);
    assert_eq!(other.code, 2, "{other}");
    assert!(other.stderr.contains("name a later month"), "{other}");
    let lint = context.run("capabilities lint --registry registry");
    assert_eq!(lint.code, 1, "{lint}");
    assert!(lint.stdout.contains("edition-test-unknown"), "{lint}");
    context.edit(EDITION, "  - accepts_boundaries\n", "");
    let changed = context.run("capabilities list --registry registry");
    assert_eq!(changed.code, 3, "{changed}");
    assert!(
        changed
            .stderr
            .contains("edition 2026-11 of `parcels.order_pickup@0.1.0` is published and may not change"),
        "{changed}"
    );
}

/// Only what the contract itself makes optional does not apply: a rule without any other test is not counted then.
#[test]
fn a_skip_of_what_the_contract_makes_optional_does_not_apply() {
    let context = TestContext::new();
    context.copy_second_domain();
    let parcels = Parcels::start(Slip::None);
    context.manifest(&parcels.server.url(), "");
    let test = std::fs::read_to_string(context.path(&format!("{TESTS}/rejects_past_day.yaml"))).unwrap();
    let lacking = "steps:\n  - need: { check: \"false\", otherwise: skip, reason: nothing shows it }\n";
    let test = test.replace("steps:\n", lacking);
    let claim = |test: &str| {
        context.write(&format!("{TESTS}/rejects_past_day.yaml"), test);
        let report = context.run(RUN).json();
        let claims = report["claims"].as_array().unwrap();
        let claim = claims
            .iter()
            .find(|claim| claim["capability"] == "parcels.order_pickup");
        claim.unwrap().clone()
    };
    let state = |claim: &serde_json::Value| {
        let rules = claim["rules"].as_array().unwrap();
        let rule = rules.iter().find(|rule| rule["id"] == "future-day").unwrap();
        rule["state"].as_str().unwrap().to_owned()
    };
    let lacking = claim(&test);
    assert_eq!(state(&lacking), "not_tested");
    let optional = claim(&test.replace(
        "level: must\n",
        "level: must\noptional: a courier may come on any day\n",
    ));
    assert_eq!(state(&optional), "not_applicable");
    assert_eq!(
        optional["total"].as_u64(),
        lacking["total"].as_u64().map(|total| total - 1)
    );
}
