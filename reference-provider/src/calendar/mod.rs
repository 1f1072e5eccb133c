//! The times at which a tenant can be booked: opening hours, slots, free staff and units, and the free slots closest to a wish. Pure: no
//! clock, no store.

mod alternatives;
#[cfg(test)]
mod every_zone;
mod hours;
mod longest;
mod offer;
mod slots;

pub(crate) use alternatives::{Search, closest_free};
pub use hours::{OpeningHours, WeeklyHours, Window};
pub(crate) use longest::longest_common;
#[cfg(test)]
pub(crate) use offer::tests::example;
pub(crate) use offer::{Day, Offer, Place, Taken};
pub use slots::{Calendar, Slot};
