//! The policy of a tenant: the values that the rules read. The default is the policy that keeps the contracts.
//!
//! A policy says what a rule decides, in plain values. It knows neither tools nor the store, and nothing of why it differs from
//! the default.

mod availability;
mod billing;
mod booking;
mod catalogue;
mod changes;
mod customers;
mod holding;
mod lists;
mod notification;

pub(crate) use availability::{Availability, Closing, DayBoundary, ListedStarts, Offsets, TakenSlots};
pub(crate) use billing::{Billing, InvoiceRule};
pub(crate) use booking::{
    Blanks, BookingIds, Bookings, CancelledRepeat, CheckOrder, Clash, EarliestStart, RepeatRule, SameRequest,
    TakenSlot, UnknownService, UnlistedStart,
};
pub(crate) use catalogue::{Capacity, Catalogue, Retired, ServiceRepeat, Term, UnknownStaff};
pub(crate) use changes::{
    AttendanceFrom, Attendances, Cancellations, CancelledBooking, Confirmations, InvoiceOfBooking, Moves,
    OverBooking, OwnSlot, Persistence, SameStart,
};
pub(crate) use customers::{BookingStatuses, Customers, Identity, KeptBy, TagCase, Tags};
pub(crate) use holding::Holding;
pub(crate) use lists::{CustomersBookings, Lists, Scope, Search, SortOrder};
pub(crate) use notification::{Announcement, CancellationNotice, Notifications, Reminders};

/// The policy of a tenant, by area.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Policy {
    pub(crate) bookings: Bookings,
    pub(crate) availability: Availability,
    pub(crate) cancellations: Cancellations,
    pub(crate) confirmations: Confirmations,
    pub(crate) attendances: Attendances,
    pub(crate) moves: Moves,
    pub(crate) lists: Lists,
    pub(crate) customers: Customers,
    pub(crate) tags: Tags,
    pub(crate) catalogue: Catalogue,
    pub(crate) billing: Billing,
    pub(crate) notifications: Notifications,
}
