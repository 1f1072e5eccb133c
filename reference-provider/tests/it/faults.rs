//! Every fault changes what it says and nothing else: a set of probes is answered with and without it, and only the
//! probes that are named for the fault may differ.

use std::collections::BTreeSet;
use std::sync::Arc;

use reference_provider::Fault;
use serde_json::json;
use tokio::task::JoinSet;

use crate::probes::{Answers, observe};
use crate::support::{Desk, booking, read};

const TEN: &str = "2027-03-02T09:00:00Z";
const ADA: &str = "ada@example.com";
const EVE: &str = "eve@example.com";

/// The probes in which a fault shows.
fn shows_in(fault: Fault) -> &'static [&'static str] {
    match fault {
        Fault::AcceptsPast => &["past", "start_now"],
        Fault::AcceptsStartNow => &["start_now"],
        Fault::AcceptsUnknownService => &["unknown_service"],
        Fault::NoIdempotency => &[
            "repeat",
            "repeat_late",
            "repeat_in_other_case",
            "repeat_with_other_name",
            "repeat_after_the_window",
            "other_service_of_the_same_customer",
        ],
        Fault::NewIdOnReplay => &["repeat", "repeat_late", "repeat_in_other_case"],
        Fault::SlotTakenOnReplay => &[
            "repeat",
            "repeat_late",
            "repeat_in_other_case",
            "repeat_with_other_name",
        ],
        Fault::ReplayKeyIgnoresService => &["other_service_of_the_same_customer"],
        Fault::ReplayKeyIgnoresStart => &["other_start"],
        Fault::ReplayCrossesTenants => &["other_tenant"],
        Fault::ReplayRewritesCustomer => &["repeat_with_other_name"],
        Fault::WindowTooShort => &["repeat_late"],
        Fault::ReplayKeyIgnoresEmail => &["taken_slot", "race"],
        Fault::ReplayKeyCaseSensitive => &["repeat_in_other_case"],
        Fault::ReplaysCancelled => &["repeat_after_cancel"],
        Fault::WindowNeverEnds => &["repeat_after_the_window"],
        Fault::DoubleBooks => &[
            "taken_slot",
            "race",
            "half_overlap",
            "other_service_overlap",
            "other_service_of_the_same_customer",
            "repeat_after_the_window",
        ],
        Fault::RacesDoubleBook => &["race"],
        Fault::OverlapComparesStart => &["half_overlap"],
        Fault::OverlapPerService => &["other_service_overlap", "other_service_of_the_same_customer"],
        Fault::RefusesBackToBack => &["back_to_back"],
        Fault::AcceptsOffGrid => &["off_grid", "alternatives"],
        Fault::NoAlternatives
        | Fault::AlternativesTaken
        | Fault::AlternativesFar
        | Fault::AlternativesFarthestFirst => &["alternatives"],
        Fault::WrongEndAt | Fault::ShiftedStart | Fault::AnswersUnconfirmed | Fault::OkWithoutBookingId => {
            &["book"]
        }
        Fault::RelativeCancellationUrl => &["book"],
        Fault::IgnoresOffset => &["offset"],
        Fault::SequentialBookingIds => &["id_length"],
        Fault::AcceptsUnknownKeys => &["unknown_keys"],
        Fault::AcceptsLongNotes | Fault::BooksDespiteError => &["long_notes"],
        Fault::AcceptsZonelessStart => &["zoneless_start"],
        Fault::AcceptsBadEmail => &["bad_email"],
        Fault::EscapesNames => &["name"],
        Fault::RefusesWith500 => &["refusal_status"],
        // Told by its answers, and by a test of its own, because it breaks every probe that books.
        Fault::ErrorWithoutCode | Fault::FailsAfterBooking => &[],
        Fault::SlotsIgnoreDst => &["summer_slots"],
        Fault::SlotsOfUtcDay => &["western_slots"],
        Fault::ListsPastByDefault => &["list_default"],
        Fault::ForgetsToFree => &["slot_after_cancel", "repeat_after_cancel"],
        Fault::CancelUnknownOk => &["cancel_unknown", "cancel_from_elsewhere"],
        Fault::SecondCancelFails => &["cancel_twice"],
        Fault::CancelsAcrossTenants => &["cancel_from_elsewhere"],
        Fault::WrongFreedSlot => &["cancel"],
        Fault::UnorderedSlots | Fault::ZonelessTimes | Fault::LastSlotOverruns => &["slots"],
        Fault::ListsTakenSlots => &["slots_with_a_booking"],
        Fault::ListsPastSlots => &["past_slots"],
        Fault::RollsImpossibleDates => &["impossible_date"],
        Fault::UnknownServiceEmptyList => &["slots_of_unknown_service"],
        Fault::UnstableServiceIds => &["services_twice"],
        Fault::ListCaseSensitive => &["list_in_other_case"],
        Fault::ListIgnoresEmail => &["list_of_another"],
        Fault::ListMissesBookings => &["list"],
        Fault::ListOldestFirst => &["list"],
        Fault::ListIgnoresStatus => &["list_confirmed"],
        Fault::ListIgnoresLimit => &["list_one"],
        Fault::ListHidesCancelled => &["list_cancelled"],
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_fault_changes_exactly_what_it_says() {
    let sound = Arc::new(observe(None).await);
    let mut checks = JoinSet::new();
    for fault in Fault::ALL
        .iter()
        .copied()
        .filter(|fault| *fault != Fault::FailsAfterBooking)
    {
        let sound = Arc::clone(&sound);
        checks.spawn(async move { compare(fault, &sound, &observe(Some(fault)).await) });
    }
    checks.join_all().await;
}

fn compare(fault: Fault, sound: &Answers, seen: &Answers) {
    let differing: BTreeSet<&str> = sound
        .keys()
        .filter(|probe| sound[*probe] != seen[*probe])
        .copied()
        .collect();
    let expected: BTreeSet<&str> = if fault == Fault::ErrorWithoutCode {
        sound
            .iter()
            .filter(|(_, answer)| answer["error"].is_string())
            .map(|(probe, _)| *probe)
            .collect()
    } else {
        shows_in(fault).iter().copied().collect()
    };
    let differences: Vec<_> = differing
        .iter()
        .map(|probe| (&sound[*probe], &seen[*probe]))
        .collect();
    assert_eq!(differing, expected, "{fault}: {differences:#?}");
    assert!(!expected.is_empty(), "{fault} shows nowhere");
}

#[tokio::test]
async fn a_provider_that_fails_after_booking_has_booked() {
    let desk = Desk::faulty(&[Fault::FailsAfterBooking]);
    let input = booking("hour", TEN, ADA).to_string();
    let (status, answer) = read(desk.send("POST", "/p/shop/tools/create_booking", input).await).await;
    assert_eq!((status, answer), (500, json!({ "error": "internal" })));
    assert_eq!(desk.list(ADA).await["bookings"][0]["start_at"], TEN);
    assert_eq!(desk.book("hour", TEN, EVE).await["error"], "slot_taken");
}

#[tokio::test]
async fn a_fault_of_one_tenant_leaves_the_others_alone() {
    let desk = Desk::faulty_at("shop", Fault::AcceptsPast);
    let input = booking("hour", "2020-01-01T00:00:00Z", ADA);
    assert_eq!(
        desk.call_at("shop", "create_booking", input.clone()).await.1["ok"],
        true
    );
    assert_eq!(
        desk.call_at("other-shop", "create_booking", input).await.1["error"],
        "past_time"
    );
}
