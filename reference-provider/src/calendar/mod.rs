//! When a tenant can be booked: opening hours, slots, and the free slots closest to a wish. Pure; no clock, no store.

mod alternatives;
mod hours;
mod slots;

pub(crate) use alternatives::{Search, closest_free};
pub use hours::{WeeklyHours, Window};
pub use slots::{Calendar, Slot};
