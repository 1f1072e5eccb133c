//! Leases of several tests side by side.

use chrono::{TimeZone, Utc};
use proptest::prelude::*;

use super::*;

fn span(from: i64, minutes: i64) -> Span {
    let from = Utc.timestamp_opt(from * 60, 0).unwrap();
    Span::new(from, from + TimeDelta::minutes(minutes)).unwrap()
}

#[test]
fn two_tests_at_work_take_different_days_or_keep_a_margin() {
    let leases = Leases::default();
    assert_eq!(
        leases.take(&[span(0, 30)], 1, SlotPreference::Fresh),
        Taken::Yes(0)
    );
    assert_eq!(
        leases.take(&[span(-90, 30), span(300, 30)], 2, SlotPreference::Fresh),
        Taken::No
    );
    assert_eq!(
        leases.take(&[span(1500, 30)], 2, SlotPreference::Fresh),
        Taken::Yes(0)
    );
    assert_eq!(
        leases.take(
            &[span(30, 30), span(60, 30), span(90, 30)],
            3,
            SlotPreference::Apart
        ),
        Taken::Yes(2)
    );
}

#[test]
fn a_used_span_comes_back_only_when_nothing_else_is_left() {
    let leases = Leases::default();
    assert_eq!(
        leases.take(&[span(0, 30)], 1, SlotPreference::Fresh),
        Taken::Yes(0)
    );
    assert_eq!(leases.take(&[span(0, 30)], 2, SlotPreference::Any), Taken::Wait);
    leases.release(1, 0, false);
    assert_eq!(leases.take(&[span(0, 30)], 2, SlotPreference::Fresh), Taken::No);
    assert_eq!(
        leases.take(&[span(300, 30)], 3, SlotPreference::Fresh),
        Taken::Yes(0)
    );
    assert_eq!(
        leases.take(&[span(0, 30)], 2, SlotPreference::AnotherDay),
        Taken::No
    );
    leases.release(3, 0, false);
    assert_eq!(
        leases.take(&[span(0, 30)], 4, SlotPreference::AnotherDay),
        Taken::Yes(0)
    );
    leases.release(4, 0, false);
    assert_eq!(
        leases.take(&[span(0, 30)], 2, SlotPreference::Apart),
        Taken::Yes(0)
    );
}

#[test]
fn a_tainted_span_never_comes_back() {
    let leases = Leases::default();
    assert_eq!(
        leases.take(&[span(0, 30)], 1, SlotPreference::Fresh),
        Taken::Yes(0)
    );
    leases.release(1, 0, true);
    for preference in [
        SlotPreference::Fresh,
        SlotPreference::AnotherDay,
        SlotPreference::Apart,
        SlotPreference::Any,
    ] {
        assert_eq!(leases.take(&[span(0, 30)], 2, preference), Taken::No);
    }
}

#[test]
fn what_was_taken_before_a_point_in_time_stays_when_the_rest_is_given_back() {
    let leases = Leases::default();
    assert_eq!(
        leases.take(&[span(0, 30)], 1, SlotPreference::Fresh),
        Taken::Yes(0)
    );
    let mark = leases.mark();
    assert_eq!(
        leases.take(&[span(300, 30)], 1, SlotPreference::Fresh),
        Taken::Yes(0)
    );
    leases.release(1, mark, false);
    assert_eq!(
        leases.take(&[span(300, 30)], 2, SlotPreference::Apart),
        Taken::Yes(0)
    );
    assert_eq!(leases.take(&[span(0, 30)], 2, SlotPreference::Apart), Taken::No);
}

#[test]
fn of_tests_that_all_wait_for_each_other_one_gives_up() {
    let leases = Leases::default();
    assert_eq!(
        leases.take(&[span(0, 30)], 1, SlotPreference::Fresh),
        Taken::Yes(0)
    );
    assert_eq!(
        leases.take(&[span(5000, 30)], 2, SlotPreference::Fresh),
        Taken::Yes(0)
    );
    let any = |holder| leases.take(&[span(0, 30), span(5000, 30)], holder, SlotPreference::Any);
    assert_eq!((any(1), any(2)), (Taken::Wait, Taken::Wait));
    let (_one, _two) = (leases.wait(1), leases.wait(2));
    assert_eq!(any(2), Taken::No);
    assert_eq!(any(1), Taken::Wait, "the other one gives up already");
    leases.release(2, 0, false);
    let freed = leases.take(&[span(5000, 30)], 1, SlotPreference::Any);
    assert_eq!(freed, Taken::Yes(0));
}

/// Another test holds something, and nothing of what is listed becomes free with it.
#[test]
fn what_nobody_gives_back_is_waited_for_by_nobody() {
    let leases = Leases::default();
    let take = |at, holder, preference| leases.take(&[span(at, 30)], holder, preference);
    assert_eq!(take(0, 1, SlotPreference::Fresh), Taken::Yes(0));
    leases.release(1, 0, true);
    assert_eq!(take(5000, 2, SlotPreference::Fresh), Taken::Yes(0));
    assert_eq!(take(9000, 3, SlotPreference::Fresh), Taken::Yes(0));
    assert_eq!(
        take(0, 3, SlotPreference::Any),
        Taken::No,
        "it is never free again"
    );
    assert_eq!(
        take(9000, 3, SlotPreference::Any),
        Taken::No,
        "the test has it itself"
    );
    assert_eq!(take(5000, 3, SlotPreference::Any), Taken::Wait);
}

#[test]
fn a_test_that_has_stopped_waiting_holds_nobody_up() {
    let leases = Leases::default();
    assert_eq!(
        leases.take(&[span(0, 30)], 1, SlotPreference::Fresh),
        Taken::Yes(0)
    );
    drop(leases.wait(1));
    assert_eq!(leases.take(&[span(0, 30)], 2, SlotPreference::Any), Taken::Wait);
}

#[test]
fn a_panic_under_the_lock_takes_no_slot_away() {
    let leases = Leases::default();
    let panicked = std::thread::scope(|scope| {
        let panics = || {
            let _book = leases.book.lock();
            panic!("planted");
        };
        scope.spawn(panics).join()
    });
    assert!(panicked.is_err());
    assert_eq!(
        leases.take(&[span(0, 30)], 1, SlotPreference::Fresh),
        Taken::Yes(0)
    );
}

#[tokio::test(start_paused = true)]
async fn neither_a_release_nor_a_new_wait_between_the_look_and_the_wait_is_missed() {
    let leases = Leases::default();
    assert_eq!(
        leases.take(&[span(0, 30)], 1, SlotPreference::Fresh),
        Taken::Yes(0)
    );
    let events: [&dyn Fn(); 2] = [&|| leases.release(1, 0, false), &|| drop(leases.wait(3))];
    for event in events {
        let mut changed = std::pin::pin!(leases.changed());
        changed.as_mut().enable();
        leases.take(&[span(0, 30)], 2, SlotPreference::Any);
        event();
        let missed = tokio::time::timeout(std::time::Duration::from_secs(60), changed);
        assert_eq!(missed.await, Ok(()));
    }
}

proptest! {
    #[test]
    fn no_two_holders_ever_meet(asks in proptest::collection::vec((0i64..600, 5i64..120, 0usize..4, 0u8..4), 1..60)) {
        let leases = Leases::default();
        let mut held: Vec<(usize, Span)> = Vec::new();
        for (from, minutes, holder, preference) in asks {
            let preference = [SlotPreference::Fresh, SlotPreference::AnotherDay, SlotPreference::Apart, SlotPreference::Any][usize::from(preference)];
            let candidate = span(from, minutes);
            if leases.take(&[candidate], holder, preference) == Taken::Yes(0) {
                for (other, taken) in &held {
                    prop_assert!(*other == holder || !candidate.meets(*taken, TimeDelta::zero()));
                }
                held.push((holder, candidate));
            } else if from % 7 == 0 {
                leases.release(holder, 0, false);
                held.retain(|(other, _)| *other != holder);
            }
        }
    }
}
