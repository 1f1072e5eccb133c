//! The policy of a tenant with faults: the one place where a fault becomes another value of a policy.

use chrono::TimeDelta;

use crate::fault::{Fault, Faults};
use crate::policy::{
    Announcement, AttendanceFrom, Blanks, BookingIds, BookingStatuses, CancellationNotice, CancelledBooking,
    CancelledRepeat, Capacity, CheckOrder, Clash, Closing, CustomersBookings, DayBoundary, EarliestStart,
    Holding, Identity, InvoiceOfBooking, InvoiceRule, KeptBy, ListedStarts, Offsets, OverBooking, OwnSlot,
    Persistence, Policy, Reminders, RepeatRule, Retired, SameRequest, SameStart, Scope, Search,
    ServiceRepeat, SortOrder, TagCase, TakenSlot, TakenSlots, Term, UnknownService, UnknownStaff,
    UnlistedStart,
};

/// The policy of a tenant with these faults.
pub(crate) fn policy(faults: Faults) -> Policy {
    let mut policy = Policy::default();
    for fault in Fault::ALL.iter().copied().filter(|fault| faults.has(*fault)) {
        bookings(fault, &mut policy);
        availability(fault, &mut policy);
        changes(fault, &mut policy);
        lists(fault, &mut policy);
        customers(fault, &mut policy);
        catalogue(fault, &mut policy);
        billing(fault, &mut policy);
        notifications(fault, &mut policy);
    }
    policy
}

fn bookings(fault: Fault, policy: &mut Policy) {
    let rules = &mut policy.bookings;
    match fault {
        Fault::AcceptsPast => {
            rules.earliest_start = EarliestStart::Any;
            rules.unlisted_start = UnlistedStart::BookedIfPast;
        }
        Fault::PastBeforeToday => {
            rules.earliest_start = EarliestStart::EarlierDays;
            rules.unlisted_start = UnlistedStart::BookedIfPast;
        }
        Fault::AcceptsStartNow => rules.earliest_start = EarliestStart::Now,
        Fault::PastByDate => rules.earliest_start = EarliestStart::Today,
        Fault::PastInServerZone => rules.clock_offset = TimeDelta::hours(13),
        Fault::HiddenNotice => rules.least_notice = TimeDelta::days(1),
        Fault::LeadTimeListedOnly => rules.lead_time = Term::Ignored,
        Fault::AcceptsOffGrid => rules.unlisted_start = UnlistedStart::Booked,
        Fault::ServiceCheckedAfterTime => rules.check_order = CheckOrder::TimeFirst,
        Fault::AcceptsUnknownService => rules.unknown_service = UnknownService::BookedAsFirst,
        Fault::RefusesLongNotes => rules.longest_notes = 255,
        Fault::AcceptsLongNotes | Fault::BooksDespiteError => rules.longest_notes = usize::MAX,
        Fault::AcceptsEmptyName => rules.blank_name = Blanks::Accepted,
        Fault::NoIdempotency => rules.repeats = RepeatRule::BookedAgain,
        Fault::SlotTakenOnReplay => rules.repeats = RepeatRule::RefusedAsTaken,
        Fault::WindowTooShort => rules.idempotency_window = Some(TimeDelta::seconds(5)),
        Fault::WindowNeverEnds => rules.idempotency_window = None,
        Fault::ReplayCrossesTenants => rules.same_request = SameRequest::AllButTenant,
        Fault::ReplayKeyIgnoresService => rules.same_request = SameRequest::AllButService,
        Fault::ReplayKeyIgnoresStart => rules.same_request = SameRequest::AllButStart,
        Fault::ReplayKeyIgnoresEmail => rules.same_request = SameRequest::AllButCustomer,
        Fault::ReplayKeyIgnoresHost => rules.same_request = SameRequest::AllButHost,
        Fault::ReplayKeyCaseSensitive => rules.same_request = SameRequest::AllAndSpelling,
        Fault::ReplaysCancelled => rules.cancelled_repeat = CancelledRepeat::Returned,
        Fault::RebookAfterCancelFails => rules.cancelled_repeat = CancelledRepeat::Refused,
        Fault::DoubleBooks => rules.taken_slot = TakenSlot::DoubleBooked,
        Fault::OverlapComparesStart => rules.clash = Clash::EqualStart,
        Fault::BooksAroundBookings => rules.clash = Clash::NotWithin,
        Fault::BooksWithinBookings => rules.clash = Clash::NotAround,
        Fault::OverlapPerService => rules.clash = Clash::SameService,
        Fault::PastBookingUnblocks => rules.clash = Clash::NotBegun,
        Fault::RefusesBackToBack => rules.margin = TimeDelta::milliseconds(1),
        Fault::FreesListingOnly => rules.holding = Holding::CancelledToo,
        Fault::ForgetsToFree => {
            rules.holding = Holding::CancelledToo;
            rules.alternatives_holding = Holding::CancelledToo;
        }
        Fault::PendingHoldsNothing => rules.holding = Holding::Confirmed,
        Fault::ConfirmsUnasked => rules.confirmation = Term::Ignored,
        Fault::SequentialBookingIds => rules.ids = BookingIds::Sequential,
        Fault::AlternativesFar => rules.alternatives_from = TimeDelta::days(7),
        _ => {}
    }
}

fn availability(fault: Fault, policy: &mut Policy) {
    let rules = &mut policy.availability;
    match fault {
        Fault::SlotsOfUtcDay => rules.day = DayBoundary::Utc,
        Fault::LastSlotOverruns => rules.closing = Closing::OneMore,
        Fault::SlotsIgnoreDst => rules.offsets = Offsets::OfJanuary,
        Fault::ListsPastSlots => rules.starts = ListedStarts::PastToo,
        Fault::ListsSlotInProgress => rules.starts = ListedStarts::InProgressToo,
        Fault::ListsTakenSlots => rules.taken = TakenSlots::Listed,
        Fault::BookedSlotShift => rules.taken_shift = TimeDelta::hours(1),
        Fault::StaleReads => rules.read_lag = TimeDelta::seconds(5),
        Fault::ForgetsToFree => rules.holding = Holding::CancelledToo,
        Fault::PendingHoldsNothing => rules.holding = Holding::Confirmed,
        _ => {}
    }
}

fn changes(fault: Fault, policy: &mut Policy) {
    match fault {
        Fault::CancelsTheOver => policy.cancellations.over = OverBooking::Cancelled,
        Fault::CancelKeepsInvoice => policy.cancellations.invoice = InvoiceOfBooking::Kept,
        Fault::ConfirmDoesNothing => policy.confirmations.persistence = Persistence::AnsweredOnly,
        Fault::AttendanceAnyTime => policy.attendances.from = AttendanceFrom::Any,
        Fault::AttendanceDoesNothing => policy.attendances.persistence = Persistence::AnsweredOnly,
        Fault::RescheduleDoesNothing => policy.moves.persistence = Persistence::AnsweredOnly,
        Fault::RescheduleRevivesCancelled => policy.moves.cancelled = CancelledBooking::Revived,
        Fault::RescheduleAgainRefused => policy.moves.same_start = SameStart::RefusedAsTaken,
        Fault::RescheduleToThePast => {
            policy.moves.earliest_start = EarliestStart::Any;
            policy.moves.unlisted_start = UnlistedStart::BookedIfPast;
        }
        Fault::RescheduleOffGrid => policy.moves.unlisted_start = UnlistedStart::Booked,
        Fault::RescheduleDoubleBooks => policy.moves.taken_slot = TakenSlot::DoubleBooked,
        Fault::RescheduleRefusesOverlap => policy.moves.own_slot = OwnSlot::InTheWay,
        Fault::PendingHoldsNothing => policy.moves.holding = Holding::Confirmed,
        _ => {}
    }
}

fn lists(fault: Fault, policy: &mut Policy) {
    let rules = &mut policy.lists;
    match fault {
        Fault::ListCaseSensitive => rules.customers_bookings = CustomersBookings::SameSpelling,
        Fault::ListTakesPatterns => rules.customers_bookings = CustomersBookings::Pattern,
        Fault::ListMatchesPrefix => rules.customers_bookings = CustomersBookings::SamePrefix,
        Fault::ListCrossesTenants => rules.customers_bookings = CustomersBookings::EveryTenant,
        Fault::ListIgnoresEmail => rules.customers_bookings = CustomersBookings::Everybody,
        Fault::ListMissesBookings => rules.customers_bookings = CustomersBookings::AllButLatest,
        Fault::CalendarCrossesTenants => rules.calendar_scope = Scope::AllTenants,
        Fault::CalendarLatestFirst => rules.calendar_order = SortOrder::LatestFirst,
        Fault::HistoryLosesCancelled => rules.history = BookingStatuses::AllButCancelled,
        Fault::HistoryOldestFirst => rules.history_order = SortOrder::EarliestFirst,
        Fault::ListedCustomersCrossTenants => rules.customers_scope = Scope::AllTenants,
        Fault::CustomersOldestFirst => rules.customers_order = SortOrder::EarliestFirst,
        Fault::QueryFindsBeginnings => rules.customers_search = Search::Beginning,
        _ => {}
    }
}

fn customers(fault: Fault, policy: &mut Policy) {
    match fault {
        Fault::BookingsKeepNoCustomer => policy.customers.kept_by = KeptBy::Nothing,
        Fault::RefusedBookingsKeepCustomers => policy.customers.kept_by = KeptBy::RefusedBookingsToo,
        Fault::EmailCaseMakesTwo => policy.customers.identity = Identity::Spelling,
        Fault::CustomerPerBooking => policy.customers.identity = Identity::Booking,
        Fault::CountsStandingOnly => policy.customers.counted = BookingStatuses::AllButCancelled,
        Fault::TagsCaseSensitive => policy.tags.case = TagCase::AsWritten,
        Fault::TagsWithoutLimit => policy.tags.most = usize::MAX,
        Fault::TagsAnsweredOnly => policy.tags.persistence = Persistence::AnsweredOnly,
        _ => {}
    }
}

fn catalogue(fault: Fault, policy: &mut Policy) {
    let rules = &mut policy.catalogue;
    match fault {
        Fault::RetiredListed => rules.retired = Retired::Listed,
        Fault::RetiredBooks => rules.retired = Retired::Bookable,
        Fault::CapacityOffByOne => rules.capacity = Capacity::OneMore,
        Fault::ClassesTakeOne => rules.capacity = Capacity::One,
        Fault::BufferBeforeIgnored => rules.buffer_before = Term::Ignored,
        Fault::BufferAfterIgnored => rules.buffer_after = Term::Ignored,
        Fault::LeadTimeIgnored => rules.lead_time = Term::Ignored,
        Fault::ServiceHorizonIgnored => rules.horizon = Term::Ignored,
        Fault::AcceptsUnknownStaff => rules.unknown_staff = UnknownStaff::Accepted,
        Fault::RepeatReturnsRetired => rules.repeats = ServiceRepeat::RetiredToo,
        Fault::MakesServiceAgain => rules.repeats = ServiceRepeat::MadeAgain,
        _ => {}
    }
}

fn billing(fault: Fault, policy: &mut Policy) {
    match fault {
        Fault::InvoiceOfCancelled => policy.billing.cancelled_booking = InvoiceRule::Made,
        Fault::InvoicesUnpriced => policy.billing.unpriced_booking = InvoiceRule::Made,
        Fault::NumberGap => policy.billing.number_step = 2,
        _ => {}
    }
}

fn notifications(fault: Fault, policy: &mut Policy) {
    let rules = &mut policy.notifications;
    match fault {
        Fault::ConfirmationNeverSent => rules.booking = Announcement::Never,
        Fault::PendingIsAnnounced => rules.booking = Announcement::Always,
        Fault::ConfirmIsSilent => rules.confirmation = Announcement::Never,
        Fault::CancelsNotifyTwice => rules.cancellation = CancellationNotice::EachTime,
        Fault::NoReminder => rules.reminders = Reminders::Never,
        Fault::ReminderTwice => rules.reminders = Reminders::Twice,
        Fault::ReminderAfterCancel => rules.reminders = Reminders::CancelledToo,
        _ => {}
    }
}
