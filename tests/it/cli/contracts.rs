//! Contracts and suites: listed, shown, checked, locked.

use super::context::{TestContext, cli_snapshot};
use crate::support::parcels::{Parcels, Slip};

#[test]
fn contracts_and_suites_are_listed() {
    let shown = TestContext::new().show(&[
        "capabilities list --registry SECOND_DOMAIN",
        "suites list --registry SECOND_DOMAIN",
        "suites check --registry SECOND_DOMAIN",
    ]);
    cli_snapshot!("lists", shown);
}

#[test]
fn the_bundled_contracts_are_listed_and_the_bundled_suites_have_no_mistakes() {
    let context = TestContext::new();
    let list = context.run("capabilities list");
    assert_eq!(list.code, 0);
    assert!(list.stdout.contains("booking.create_booking "), "{list}");
    let check = context.run("suites check");
    assert_eq!(check.code, 0, "{check}");
    let lint = context.run("capabilities lint");
    assert_eq!(lint.code, 0, "{lint}");
    assert!(lint.stdout.contains("\n0 errors, "), "{lint}");
}

/// The sections of the page in the order of its source.
#[test]
fn the_page_of_a_capability_ends_with_the_recent_runs() {
    let context = TestContext::new();
    let parcels = Parcels::start(Slip::None);
    context.manifest(&parcels.server.url(), "");
    let show = "capabilities show parcels.order_pickup --registry SECOND_DOMAIN";
    let before = context.run(show).to_string();
    // One test after the other, so that what is newest is certain.
    let run = "run --registry SECOND_DOMAIN --providers providers.yaml --seed 1 --lanes 1";
    assert_eq!(context.run(run).code, 0);
    parcels.now(Slip::AcceptsPastDays);
    assert_eq!(context.run(&format!("{run} --test rejects_past_day")).code, 1);
    let after = context.run(show);
    let (_, recent) = after.stdout.split_once("Recent conformance runs\n").unwrap();
    cli_snapshot!("capability_page", format!("{before}\n…\n{recent}"));
}

#[test]
fn the_bundled_page_has_the_sections_of_its_source_in_their_order() {
    let ended = TestContext::new().run("capabilities show booking.create_booking");
    // A name without a version means the same as in a manifest, and that is said.
    assert!(
        ended
            .stderr
            .contains("means the first published one, 0.1.0; @0.2.0 is published too"),
        "{ended}"
    );
    let shown = ended.stdout;
    let mut rest = shown.as_str();
    for section in [
        "create_booking  [scheduling.write]\nbooking.create_booking · v0.1.0 (also v0.2.0)\n",
        "\nCreate a confirmed appointment on a provider's calendar.\n",
        "\nSemantics\n\nReserves a specific time slot",
        "\nInvariants\n\n• `start_at` must be strictly in the future",
        "\nWhen to use\n\nWhen the user has already chosen",
        "\nInput schema\n\n{\n",
        "\nOutput schema\n\n{\n",
        "\nRecent conformance runs\n\n",
    ] {
        rest = rest
            .split_once(section)
            .unwrap_or_else(|| panic!("no {section:?} in order: {shown}"))
            .1;
    }
}

#[test]
fn two_versions_are_compared_for_programs_too() {
    let context = TestContext::new();
    let ended = context.run("capabilities diff booking.cancel_booking@0.1.0 0.2.0 --format json");
    assert_eq!(ended.code, 0, "{ended}");
    let diff = ended.json();
    assert_eq!(diff["format"], "proofhouse.diff/1");
    let changes = diff["changes"].as_array().unwrap();
    let codes = changes
        .iter()
        .find(|change| change["place"] == "/properties/error/enum");
    assert_eq!(
        codes.unwrap()["change"],
        "\"invalid_input\", \"booking_over\" may be now; \"already_cancelled\" can no longer be"
    );
    let breaking = changes.iter().filter(|change| change["provider"] == "breaking");
    assert_eq!(diff["totals"]["provider"]["breaking"], breaking.count());
}

#[test]
fn a_slip_in_a_name_is_answered_with_what_may_have_been_meant() {
    let shown = TestContext::new().show(&[
        "capabilities show booking.create_boking",
        "capabilities show create_booking",
        "capabilities show booking.create_booking@9.9.9",
        "capabilities show booking.create_booking@latest",
        "capabilities show quite_something_else",
        "capabilities diff booking.create_booking@0.1.0 9.9.9",
        "capabilities diff booking.create_booking booking.cancel_booking",
    ]);
    cli_snapshot!("unknown_capability", shown);
}

#[test]
fn a_rule_that_no_test_verifies_is_an_error_of_lint() {
    let context = TestContext::new();
    context.copy_second_domain();
    std::fs::remove_file(context.path("registry/suites/parcels/order_pickup/rejects_past_day.yaml")).unwrap();
    cli_snapshot!(
        "lint_error",
        context.show(&["capabilities lint --registry registry"])
    );
}

#[test]
fn a_new_version_is_locked_once() {
    let context = TestContext::new();
    context.copy_second_domain();
    std::fs::remove_file(context.path("registry/capabilities/capabilities.lock")).unwrap();
    let shown = context.show(&[
        "capabilities list --registry registry",
        "capabilities lock --registry registry",
        "capabilities lock --registry registry",
        "capabilities lint --registry registry",
    ]);
    cli_snapshot!("lock", shown);
}

#[test]
fn the_schemas_are_printed_as_they_are_published() {
    let context = TestContext::new();
    let of_suites =
        ["test", "fixture", "expectation", "tables"].map(|kind| (kind, format!("suites schema {kind}")));
    let all = of_suites
        .into_iter()
        .chain([("capability", "capabilities schema".to_owned())]);
    for (kind, command) in all {
        let ended = context.run(&command);
        let path = format!("{}/docs/schemas/{kind}.schema.json", env!("CARGO_MANIFEST_DIR"));
        assert_eq!(ended.stdout, std::fs::read_to_string(path).unwrap());
    }
}

#[test]
fn what_is_made_from_a_schema_is_shown() {
    let context = TestContext::new();
    context.write(
        "order.json",
        r#"{ "type": "object", "required": ["it"], "properties": { "it": { "type": "integer", "maximum": 9007199254740992 } } }"#,
    );
    context.write("wrong.json", r#"{ "type": "strin" }"#);
    context.write("good.json", r#"{ "it": 3 }"#);
    context.write("bad.json", r#"{ "it": "3" }"#);
    let shown = context.run("capabilities rows order.json --from good.json --from bad.json");
    assert_eq!(shown.code, 0, "{shown}");
    assert!(shown.stdout.contains(r#"{"it":9007199254740993}"#), "{shown}");
    assert!(shown.stdout.contains("bad.json: `it`: expected"), "{shown}");
    let json = context.run("capabilities rows order.json wrong.json --format json");
    assert_eq!(json.code, 3, "{json}");
    let lines: Vec<serde_json::Value> = json
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2, "{json}");
    let rows = lines[0]["rows"].as_array().unwrap();
    let above = rows.iter().find(|row| row["id"] == "it_above_maximum").unwrap();
    assert_eq!(above["input"]["it"], 9_007_199_254_740_993_u64);
    assert!(lines[1]["error"].as_str().unwrap().contains("strin"), "{json}");
}
