//! The plan: what a selection leaves over, and what its digest stands for.

use std::sync::Arc;

use proofhouse::app::Bundle;
use proofhouse::model::{CapabilityRef, Endpoint, Partition, Untested};
use proofhouse::plan::{Disposition, Filter, Plan, build};
use proofhouse::provider::{EntryId, Provider, Target};
use proofhouse::transport::{Limits, Pool};

/// A provider that could be called, and is not: a plan calls nobody.
fn target(place: usize, id: &str, claims: Vec<CapabilityRef>) -> Arc<Target> {
    let endpoint = Endpoint::Http {
        url: format!("http://provider.test/{id}"),
    };
    let provider = Provider::new(id.parse().unwrap(), endpoint).with_claims(Some(claims));
    let pool = Pool::new(Limits::default(), "test").unwrap();
    let transport = provider.open(&pool, None).unwrap();
    Arc::new(provider.connected(EntryId::new(place), transport))
}

fn plan(capabilities: &[&str], tests: &[&str], read_only: bool) -> Plan {
    plan_from(&Bundle::load(None).unwrap(), capabilities, tests, read_only)
}

fn plan_from(bundle: &Bundle, capabilities: &[&str], tests: &[&str], read_only: bool) -> Plan {
    let claims = bundle.registry.listed(|_| true);
    let targets = ["p:one", "p:two"].iter().enumerate();
    let targets = targets.map(|(place, id)| target(place, id, claims.clone()));
    let owned = |globs: &[&str]| globs.iter().map(|glob| (*glob).to_owned()).collect::<Vec<_>>();
    let filter = Filter::new(&owned(capabilities), &owned(tests), read_only).unwrap();
    build(
        &bundle.registry,
        &bundle.suites,
        &targets.collect::<Vec<_>>(),
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
    let last_part = names(&plan(&[], &["window_ends_*"], false));
    assert_eq!(
        last_part,
        ["create_booking/window_ends_between_59_and_61_seconds"]
    );
    let whole = "create_booking/window_ends_between_59_and_61_seconds";
    assert_eq!(names(&plan(&[], &[whole], false)), last_part);
    assert_eq!(
        names(&plan(&[], &["booking.create_booking@0.1.0/window_ends_*"], false)),
        last_part
    );
    assert!(names(&plan(&[], &["past"], false)).is_empty());
}

#[test]
fn a_test_is_selected_by_the_name_that_it_had_too() {
    let today = "create_booking/window_ends_between_59_and_61_seconds";
    for glob in [
        "window_to_the_second",
        "create_booking/window_to_*",
        "booking.create_booking@0.1.0/window_to_the_second",
    ] {
        assert_eq!(names(&plan(&[], &[glob], false)), [today], "{glob}");
    }
    assert!(
        names(&plan(
            &[],
            &["booking.cancel_booking@*/window_to_the_second"],
            false
        ))
        .is_empty()
    );
}

#[test]
fn a_claim_of_which_no_test_is_selected_is_not_in_question() {
    let narrowed = plan(&[], &["window_ends_between_59_and_61_seconds"], false);
    assert_eq!(narrowed.providers[0].claims.len(), 1);
    assert_eq!(narrowed.contracts.len(), 1);
    for glob in ["booking.cancel_*", "booking.cancel_*@0.1.0"] {
        let one = plan(&[glob], &[], false);
        assert_eq!(one.providers[0].claims.len(), 1);
    }
    assert!(plan(&["booking.*@0.2.0"], &[], false).providers.is_empty());
    assert!(plan(&["leads.*"], &[], false).providers.is_empty());
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
    // Each of eight callers may be given the slot, in each of three rounds.
    let raced = plan(&["booking.create_booking"], &["one_winner"], false);
    assert_eq!(raced.providers[0].creations(), 24);
    // A booking for each of three rounds, the one that races its cancellation, and the one after it was refused.
    let rounds = plan(&["booking.cancel_booking"], &["races_create"], false);
    assert_eq!(rounds.providers[0].creations(), 9);
    let at_the_peer = plan(&["booking.cancel_booking"], &["unknown_to_other_tenants"], false);
    assert_eq!(at_the_peer.providers[0].creations(), 1);
}

/// Who is asked as the peer of each in a test of a capability, by place, and who is asked without being proven.
fn peers(capability: &str, entries: &[(&str, &str)]) -> (Vec<Option<usize>>, Vec<usize>) {
    let bundle = Bundle::load(None).unwrap();
    let targets: Vec<_> = entries
        .iter()
        .enumerate()
        .map(|(place, (id, claim))| target(place, id, vec![claim.parse().unwrap()]))
        .collect();
    let filter = Filter::new(
        &[capability.to_owned()],
        &["unknown_to_other_tenants".to_owned()],
        false,
    )
    .unwrap();
    let plan = build(&bundle.registry, &bundle.suites, &targets, &filter, false);
    let place = |peer: &Arc<Target>| {
        targets
            .iter()
            .position(|target| Arc::ptr_eq(target, peer))
            .unwrap()
    };
    let tests = plan.providers.iter().flat_map(|provider| &provider.tests);
    let found = tests.map(|planned| {
        let skipped =
            matches!(&planned.disposition, Disposition::Skip(_, reason) if reason.contains("no other provider"));
        assert_eq!(planned.peer.is_none(), skipped);
        planned.peer.as_ref().map(place)
    });
    (found.collect(), plan.bystanders().iter().map(place).collect())
}

#[test]
fn the_peer_is_the_next_tenant_of_the_platform_around_the_end_of_the_manifest() {
    let cancel = "booking.cancel_booking@0.1.0";
    let peers = |entries: &[(&str, &str)]| peers("booking.cancel_booking", entries);
    let around = [("p:one", cancel), ("q:one", cancel), ("p:two", cancel)];
    assert_eq!(peers(&around), (vec![Some(2), None, Some(0)], vec![]));
    let same_tenant = [("p:one", cancel), ("p:one", cancel)];
    assert_eq!(peers(&same_tenant), (vec![None, None], vec![]));
    let unproven = [("p:one", cancel), ("p:two", "booking.create_booking@0.1.0")];
    assert_eq!(peers(&unproven), (vec![Some(1)], vec![1]));
}

#[test]
fn a_peer_serves_the_domains_that_are_called_there_whatever_domain_is_proven() {
    let get = "crm.get_customer@0.1.0";
    let peers = |entries: &[(&str, &str)]| peers("crm.get_customer", entries);
    let books = [("p:one", get), ("p:two", "booking.list_services@0.1.0")];
    assert_eq!(peers(&books), (vec![Some(1)], vec![1]));
    let books_otherwise = [("p:one", get), ("p:two", "booking.list_services@0.2.0")];
    assert_eq!(peers(&books_otherwise), (vec![None], vec![]));
    // What neither claims, their listings may name.
    let tells_only = [("p:one", get), ("p:two", get)];
    assert_eq!(peers(&tells_only), (vec![Some(1), Some(0)], vec![]));
    let rather = [
        ("p:one", get),
        ("p:two", get),
        ("p:three", "booking.list_services@0.1.0"),
    ];
    assert_eq!(peers(&rather), (vec![Some(2), Some(2)], vec![2]));
}

#[test]
fn a_glob_that_cannot_be_read_says_why() {
    let error = Filter::new(&[], &["[".to_owned()], false).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`[` is not a glob: unclosed character class; missing ']'"
    );
}

#[test]
fn parts_are_disjoint_even_and_together_the_whole() {
    let of = |plan: &Plan| -> Vec<(EntryId, String)> {
        let tests = plan.providers.iter().flat_map(|provider| {
            provider
                .tests
                .iter()
                .map(|planned| (provider.target.entry(), planned.test.id.to_string()))
        });
        tests.collect()
    };
    let bundle = Bundle::load(None).unwrap();
    let whole = || plan_from(&bundle, &[], &[], false);
    for parts in [1, 2, 3, 7] {
        let dealt: Vec<_> = (1..=parts)
            .map(|number| whole().part(Partition { number, of: parts }))
            .collect();
        let mut all: Vec<_> = dealt.iter().flat_map(&of).collect();
        all.sort();
        let mut expected = of(&whole());
        expected.sort();
        assert_eq!(all, expected, "{parts} parts");
        let sizes: Vec<_> = dealt.iter().map(Plan::tests).collect();
        let (least, most) = (sizes.iter().min().unwrap(), sizes.iter().max().unwrap());
        assert!(most - least <= 1, "{sizes:?}");
        for (part, again) in dealt.iter().zip(1..) {
            let again = whole().part(Partition {
                number: again,
                of: parts,
            });
            assert_eq!((of(part), &part.digest), (of(&again), &again.digest));
            assert_eq!(part.providers.len(), whole().providers.len());
            assert_ne!(part.digest, whole().digest);
        }
    }
}

#[test]
fn a_test_that_takes_a_clock_is_not_said_to_run_with_slow() {
    let bundle = Bundle::load(None).unwrap();
    let targets = [target(0, "p:one", bundle.registry.listed(|_| true))];
    let disposition = |test: &str, slow: bool| {
        let filter = Filter::new(&[], &[format!("create_booking/{test}")], false).unwrap();
        let plan = build(&bundle.registry, &bundle.suites, &targets, &filter, slow);
        let planned = plan.providers.first().unwrap().tests.first().unwrap();
        planned.disposition.clone()
    };
    for slow in [false, true] {
        assert_eq!(
            disposition("past_start_after_waiting", slow),
            Disposition::OnTestClock("it takes a test clock (it waits until a slot has started)".to_owned())
        );
    }
    let waits = disposition("repeat_does_not_extend_window", false);
    assert!(
        matches!(&waits, Disposition::OnTestClock(why) if why.contains("--slow runs it")),
        "{waits:?}"
    );
    assert_eq!(
        disposition("repeat_does_not_extend_window", true),
        Disposition::Run
    );
    assert_eq!(Untested::NoClock.remedy(), Some("offer a test clock"));
}
