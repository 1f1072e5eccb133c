//! The plan: what a selection leaves over, and what its digest stands for.

use proofhouse::app::Bundle;
use proofhouse::model::CapabilityRef;
use proofhouse::plan::{Claimant, Filter, Plan, build};

fn plan(capabilities: &[&str], tests: &[&str], read_only: bool) -> Plan {
    let bundle = Bundle::load(None).unwrap();
    let claims: Vec<CapabilityRef> = bundle
        .registry
        .iter()
        .map(|capability| capability.reference.clone())
        .collect();
    let claimants = ["p:one", "p:two"].iter().enumerate().map(|(entry, id)| Claimant {
        entry,
        id: id.parse().unwrap(),
        claims: claims.clone(),
    });
    let owned = |globs: &[&str]| globs.iter().map(|glob| (*glob).to_owned()).collect::<Vec<_>>();
    let filter = Filter::new(&owned(capabilities), &owned(tests), read_only).unwrap();
    build(
        &bundle.registry,
        &bundle.suites,
        &claimants.collect::<Vec<_>>(),
        &filter,
        false,
    )
}

fn names(plan: &Plan) -> Vec<String> {
    let tests = plan
        .providers
        .first()
        .map(|provider| provider.tests.as_slice())
        .unwrap_or_default();
    tests
        .iter()
        .map(|planned| {
            format!(
                "{}/{}",
                planned.test.id.capability.id.tool(),
                planned.test.id.name
            )
        })
        .collect()
}

#[test]
fn a_glob_meets_the_last_part_the_tool_and_test_or_the_full_id() {
    let last_part = names(&plan(&[], &["rejects_past_*"], false));
    assert_eq!(last_part, ["create_booking/rejects_past_time"]);
    assert_eq!(
        names(&plan(&[], &["create_booking/rejects_past_time"], false)),
        last_part
    );
    assert_eq!(
        names(&plan(
            &[],
            &["booking.create_booking@0.1.0/rejects_past_*"],
            false
        )),
        last_part
    );
    assert!(names(&plan(&[], &["past"], false)).is_empty());
}

#[test]
fn a_claim_of_which_no_test_is_selected_is_not_in_question() {
    let narrowed = plan(&[], &["rejects_past_time"], false);
    assert_eq!(narrowed.providers[0].claims.len(), 1);
    assert_eq!(narrowed.contracts.len(), 1);
    let one = plan(&["booking.cancel_*"], &[], false);
    assert_eq!(one.providers[0].claims.len(), 1);
    assert!(plan(&["crm.*"], &[], false).providers.is_empty());
}

#[test]
fn reading_only_leaves_no_test_that_writes_not_even_in_its_set_up() {
    let reading = plan(&[], &[], true);
    let tests = &reading.providers[0].tests;
    assert!(!tests.is_empty());
    assert!(
        tests
            .iter()
            .all(|planned| planned.test.is_read_only() && planned.test.creations() == 0)
    );
    assert!(!names(&reading).contains(&"list_bookings_for_customer/happy_path".to_owned()));
}

#[test]
fn the_digest_changes_with_what_is_asked_and_with_nothing_else() {
    let all = plan(&[], &[], false);
    assert_eq!(all.digest, plan(&[], &[], false).digest);
    assert_ne!(all.digest, plan(&[], &["happy_path"], false).digest);
    assert_eq!(all.tests(), 2 * all.providers[0].tests.len());
}

#[test]
fn the_plan_tells_how_many_bookings_it_would_make() {
    let happy = plan(&["booking.create_booking"], &["happy_path"], false);
    assert_eq!(happy.providers[0].creations(), 1);
    let refused = plan(&["booking.create_booking"], &["rejects_past_time"], false);
    assert_eq!(refused.providers[0].creations(), 0);
}

#[test]
fn a_glob_that_cannot_be_read_says_why() {
    let error = Filter::new(&[], &["[".to_owned()], false).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`[` is not a glob: unclosed character class; missing ']'"
    );
}
