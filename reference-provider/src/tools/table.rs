//! The table of the tools, in the order in which they are listed.

use super::spec::ToolSpec;
use super::{
    advance_clock, cancel_booking, check_availability, confirm_booking, create_booking, create_invoice,
    create_service, effects, get_booking, get_customer, get_invoice, list_bookings,
    list_bookings_for_customer, list_customers, list_services, record_attendance, reschedule_booking,
    retire_service, tag_customer,
};

/// Every tool of the provider. A tool is one file and one line here.
pub(super) static TOOLS: [ToolSpec; 19] = [
    list_services::SPEC,
    check_availability::SPEC,
    create_booking::SPEC,
    cancel_booking::SPEC,
    list_bookings_for_customer::SPEC,
    get_booking::SPEC,
    list_bookings::SPEC,
    confirm_booking::SPEC,
    reschedule_booking::SPEC,
    record_attendance::SPEC,
    get_customer::SPEC,
    list_customers::SPEC,
    tag_customer::SPEC,
    create_service::SPEC,
    retire_service::SPEC,
    create_invoice::SPEC,
    get_invoice::SPEC,
    advance_clock::SPEC,
    effects::SPEC,
];
