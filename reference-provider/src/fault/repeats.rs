//! Faults of calls that come twice: at one time, or again after their caller hung up.

macro_rules! repeats_faults {
    ([$next:ident $($later:ident)*] $($before:tt)*) => {
        $next! {
            [$($later)*]
            $($before)*
            LostCancelIsRefused, "lost_cancel_is_refused", "refuses a cancellation that comes again after the caller has hung up",
                breaks "cancel_booking", "idempotent";
            TwinCancelIsRefused, "twin_cancel_is_refused", "refuses a cancellation that comes twice at one time",
                breaks "cancel_booking", "idempotent";
            LostConfirmIsRefused, "lost_confirm_is_refused", "refuses a confirmation that comes again after the caller has hung up",
                breaks "confirm_booking", "idempotent";
            TwinConfirmIsRefused, "twin_confirm_is_refused", "refuses a confirmation that comes twice at one time",
                breaks "confirm_booking", "idempotent";
            LostAttendanceIsRefused, "lost_attendance_is_refused", "refuses an attendance that comes again after the caller has hung up",
                breaks "record_attendance", "idempotent";
            TwinAttendanceIsRefused, "twin_attendance_is_refused", "refuses an attendance that comes twice at one time",
                breaks "record_attendance", "idempotent";
            LostRescheduleIsRefused, "lost_reschedule_is_refused", "refuses a move that comes again after the caller has hung up",
                breaks "reschedule_booking", "idempotent";
            TwinRescheduleIsRefused, "twin_reschedule_is_refused", "refuses a move that comes twice at one time",
                breaks "reschedule_booking", "idempotent";
            LostServiceIsRefused, "lost_service_is_refused", "refuses a new service that comes again after the caller has hung up",
                breaks "create_service", "idempotency-window";
            TwinServiceIsRefused, "twin_service_is_refused", "refuses a new service that comes twice at one time",
                breaks "create_service", "idempotency-window";
            LostRetireIsRefused, "lost_retire_is_refused", "refuses a retirement that comes again after the caller has hung up",
                breaks "retire_service", "idempotent";
            TwinRetireIsRefused, "twin_retire_is_refused", "refuses a retirement that comes twice at one time",
                breaks "retire_service", "idempotent";
            LostInvoiceIsRefused, "lost_invoice_is_refused", "refuses a new invoice that comes again after the caller has hung up",
                breaks "create_invoice", "one-invoice";
            LostTagsIsRefused, "lost_tags_is_refused", "refuses tags that come again after the caller has hung up",
                breaks "tag_customer", "idempotent";
            TwinTagsIsRefused, "twin_tags_is_refused", "refuses tags that come twice at one time",
                breaks "tag_customer", "idempotent";
        }
    };
}

pub(super) use repeats_faults;
