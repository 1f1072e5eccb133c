//! Faults of the answers that list bookings or customers.

use serde_json::{Value, json};

use super::customers::{swap_first_and_last, trim_tags};
use crate::fault::{Fault, Faults};
use crate::sabotage::fields::{entries, remove, set, text};
use crate::sabotage::records;
use crate::store::StoreError;
use crate::tools::cursor::Cursor;
use crate::tools::{Answer, Call};
use crate::version::Version;

/// The answer of `list_bookings_for_customer`.
pub(super) async fn customers_bookings(
    call: Call<'_>,
    faults: Faults,
    asked: &Value,
    mut answer: Answer,
) -> Result<Answer, StoreError> {
    if faults.has(Fault::PagesLoseOne) {
        lose_first(&mut answer, "bookings", asked);
    }
    let Some(bookings) = entries(&mut answer, "bookings") else {
        return Ok(answer);
    };
    let names_status = asked.get("status_in").is_some();
    if bookings.is_empty() && !names_status && faults.has(Fault::ListRefusesUnknown) {
        return Ok(Answer::refused("invalid_email"));
    }
    if faults.has(Fault::CursorNeverEnds) && call.version == Version::V0_2_0 {
        go_on(call, asked, &mut answer).await?;
    }
    if let Some(bookings) = entries(&mut answer, "bookings") {
        if faults.has(Fault::ListOldestFirst) {
            bookings.reverse();
        }
        if faults.has(Fault::ListSwapsTwo) && bookings.len() > 1 {
            bookings.swap(0, 1);
        }
        if faults.has(Fault::ListNamesFirstService)
            && let Some(first) = call.tenant.services.first()
        {
            for booking in bookings.iter_mut() {
                booking["service"] = json!({ "id": first.id, "name": first.name });
            }
        }
        if faults.has(Fault::ListWithoutStatus) {
            bookings.iter_mut().for_each(|booking| remove(booking, "status"));
        }
    }
    Ok(answer)
}

/// The answer of `list_bookings`.
pub(super) async fn calendar(
    call: Call<'_>,
    faults: Faults,
    asked: &Value,
    mut answer: Answer,
) -> Result<Answer, StoreError> {
    if faults.has(Fault::CalendarPagesLoseOne) {
        lose_first(&mut answer, "bookings", asked);
    }
    if faults.has(Fault::CalendarNeverEnds) && answer.is_success() {
        go_on(call, asked, &mut answer).await?;
    }
    if faults.has(Fault::CalendarShowsOnce)
        && let Some(bookings) = entries(&mut answer, "bookings")
    {
        bookings.retain(|booking| {
            let id = booking["booking_id"].as_str().unwrap_or_default();
            call.provider.memory.is_first(&format!("listed {id}"))
        });
    }
    Ok(answer)
}

/// The answer of `list_customers`.
pub(super) fn customers(faults: Faults, asked: &Value, mut answer: Answer) -> Answer {
    if faults.has(Fault::ListSkipsOne) {
        lose_first(&mut answer, "customers", asked);
    }
    for customer in entries(&mut answer, "customers").into_iter().flatten() {
        if faults.has(Fault::ListedWithoutTags) {
            customer["tags"] = json!([]);
        }
        if faults.has(Fault::FirstAndLastSwapped)
            && let Some(fields) = customer.as_object_mut()
        {
            swap_first_and_last(fields);
        }
        if faults.has(Fault::TagsDuplicate) {
            trim_tags(customer.get_mut("tags"));
        }
    }
    answer
}

/// Leaves out the first entry of a page that follows another.
fn lose_first(answer: &mut Answer, list: &str, asked: &Value) {
    let follows = asked.get("cursor").is_some();
    if let Some(entries) = entries(answer, list).filter(|entries| follows && !entries.is_empty()) {
        entries.remove(0);
    }
}

/// Gives the last page a cursor to another one.
async fn go_on(call: Call<'_>, asked: &Value, answer: &mut Answer) -> Result<(), StoreError> {
    if answer.body.contains_key("next_cursor") {
        return Ok(());
    }
    let last = entries(answer, "bookings")
        .and_then(|bookings| bookings.last()?["booking_id"].as_str())
        .map(ToOwned::to_owned);
    let next = match last {
        Some(id) => {
            let position = call
                .provider
                .store
                .read(move |db| records::position(db, &id))
                .await?;
            position.map(|(at_ms, seq)| Cursor { at_ms, seq })
        }
        None => Cursor::read(text(asked, "/cursor")),
    };
    if let Some(next) = next {
        set(answer, "next_cursor", next.written());
    }
    Ok(())
}
