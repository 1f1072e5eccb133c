//! What comes with `slot_taken`: the free slots that are closest to the start that was asked for.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{Answer, Call};
use crate::calendar::{Offer, Search, Slot, closest_free};
use crate::clock::Clock;
use crate::fault::Fault;
use crate::store::{Overlap, StoreError, overlap};

/// How many alternatives come with `slot_taken`.
const ALTERNATIVES: usize = 5;

/// The refusal, with alternatives as they stand on the wire.
pub(super) fn slot_taken(alternatives: &Value) -> Answer {
    Answer::refused_with("slot_taken", json!({ "available_alternatives": alternatives }))
}

/// The closest free slots, from what is booked now, but for the booking that is to move.
pub(super) async fn alternatives(
    call: Call<'_>,
    asked: DateTime<Utc>,
    offer: &Arc<Offer>,
    moving: Option<&str>,
) -> Result<Vec<Slot>, StoreError> {
    let far = call.faults.has(Fault::AlternativesFar);
    let search = Search {
        asked: if far { asked + TimeDelta::days(7) } else { asked },
        now: call.clock.now(),
        wanted: ALTERNATIVES,
    };
    let mut found = Vec::new();
    for (reach, dates) in search.stretches(offer) {
        let wish = Overlap {
            cancelled_too: call.faults.has(Fault::ForgetsToFree),
            except_booking: moving.map(ToOwned::to_owned),
            ..Overlap::within(&call.tenant.slug, offer.surrounding(&dates))
        };
        let store = &call.provider.store;
        let taken = store.read(move |db| overlap::taken(db, &wish)).await?;
        found = closest_free(offer, &search, dates, &taken);
        if search.settled(reach, &found) {
            break;
        }
    }
    Ok(found)
}
