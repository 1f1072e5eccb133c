//! The alternatives of `slot_taken`: the free slots that are closest to the start that was asked for.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::answer::{Answer, wire_slot};
use super::call::Call;
use crate::calendar::{Offer, Search, Slot, closest_free};
use crate::clock::Clock;
use crate::store::{Overlap, StoreError, bookings, overlap};

/// The number of alternatives that come with `slot_taken`.
const ALTERNATIVES: usize = 5;

/// The refusal of a slot that is taken, with alternatives.
pub(super) fn slot_taken(alternatives: &[Slot]) -> Answer {
    let alternatives: Value = alternatives.iter().copied().map(wire_slot).collect();
    Answer::refused_with("slot_taken", json!({ "available_alternatives": alternatives }))
}

/// The closest free slots, from what is booked now, but for the booking that is to move.
pub(super) async fn alternatives(
    call: Call<'_>,
    asked: DateTime<Utc>,
    offer: &Arc<Offer>,
    moving: Option<&str>,
) -> Result<Vec<Slot>, StoreError> {
    let rules = call.policy.bookings;
    let search = Search {
        asked: asked + rules.alternatives_from,
        now: call.clock.now(),
        wanted: ALTERNATIVES,
    };
    let mut found = Vec::new();
    for (reach, dates) in search.stretches(offer) {
        let stretch = Overlap::within(
            &call.tenant.slug,
            offer.surrounding(&dates),
            rules.alternatives_holding,
        );
        let moving = moving.map(ToOwned::to_owned);
        let read = move |db: &Connection| {
            let mut taken = overlap::taken(db, &stretch)?;
            if let Some(moving) = moving {
                let own = bookings::seq_of(db, &moving)?;
                taken.retain(|taken| Some(taken.seq) != own);
            }
            Ok(taken)
        };
        let taken = call.provider.store.read(read).await?;
        found = closest_free(offer, &search, dates, &taken);
        if search.settled(reach, &found) {
            break;
        }
    }
    Ok(found)
}
