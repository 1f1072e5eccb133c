//! The bookings that are in the way of a new one.

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use crate::calendar::{Slot, Taken};
use crate::policy::{Bookings, Clash};
use crate::store::{Overlap, overlap};

/// A slot that somebody wants.
pub(super) struct Wish<'a> {
    pub(super) tenant: &'a str,
    pub(super) service_id: &'a str,
    pub(super) start: DateTime<Utc>,
    /// The slot with the buffers around it.
    pub(super) blocked: Slot,
}

/// The bookings that are in the way of a slot.
pub(super) fn taken(
    db: &Connection,
    wish: &Wish<'_>,
    rules: Bookings,
    now: DateTime<Utc>,
) -> rusqlite::Result<Vec<Taken>> {
    let widened = |slot: Slot| Slot {
        start: slot.start - rules.margin,
        end: slot.end + rules.margin,
    };
    let stretch = Overlap::within(wish.tenant, widened(wish.blocked), rules.holding);
    let mut taken = overlap::taken(db, &stretch)?;
    taken.retain(|taken| match rules.clash {
        Clash::Overlap => true,
        Clash::EqualStart => taken.start == wish.start,
        Clash::NotWithin => !(taken.start > wish.start && taken.blocked.end <= wish.blocked.end),
        Clash::NotAround => !(wish.start > taken.start && wish.blocked.end <= taken.blocked.end),
        Clash::SameService => taken.service_id == wish.service_id,
        Clash::NotBegun => taken.start > now,
    });
    for taken in &mut taken {
        taken.blocked = widened(taken.blocked);
    }
    Ok(taken)
}
