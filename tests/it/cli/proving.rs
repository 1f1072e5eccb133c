//! `proofhouse prove`, with one fault so that it is quick.

use super::context::{TestContext, cli_snapshot};

#[test]
#[ignore = "minutes, unless it is optimised: cargo test --release --test it -- --ignored"]
fn a_killed_fault_ends_green_and_a_suite_that_lost_its_test_ends_red() {
    let context = TestContext::new();
    let killed = context
        .run("prove --fault service_checked_after_time --quiet --output json=matrix.json --output markdown=matrix.md");
    assert_eq!(killed.code, 0, "{killed}");
    let json: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(context.path("matrix.json")).unwrap()).unwrap();
    assert_eq!(json["format"], "proofhouse.matrix/1");
    let by = json["faults"][0]["by"].as_array().unwrap();
    assert!(
        by.iter()
            .any(|kill| kill["test"] == "booking.create_booking@0.2.0/order_of_refusals"),
        "{by:#?}"
    );
    let page = std::fs::read_to_string(context.path("matrix.md")).unwrap();
    assert!(page.contains("| `service_checked_after_time` |"), "{page}");

    context.copy_bundled();
    std::fs::remove_file(context.path("registry/suites/booking/create_booking/order_of_refusals.yaml"))
        .unwrap();
    let survives = context.run("prove --fault service_checked_after_time --quiet --registry registry");
    assert_eq!(survives.code, 1, "{survives}");
    cli_snapshot!("prove_one_fault", format!("{killed}\n{survives}"));
}

#[test]
fn a_name_that_no_fault_has_and_a_format_that_is_none_are_wrong_usage() {
    let context = TestContext::new();
    let shown = context.show(&["prove --fault accept_past", "prove --output junit=matrix.xml"]);
    cli_snapshot!("prove_wrong_usage", shown);
}
