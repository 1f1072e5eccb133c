//! Faults of `create_invoice` and `get_invoice`.

macro_rules! invoices_faults {
    ([$next:ident $($later:ident)*] $($before:tt)*) => {
        $next! {
            [$($later)*]
            $($before)*
            InvoicePerCall, "invoice_per_call", "makes another invoice of a booking whenever it is asked",
                breaks "create_invoice", "one-invoice";
            ParallelInvoicesMakeTwo, "parallel_invoices_make_two", "looks for an invoice first and makes it later, so that requests at one time all make one",
                breaks "create_invoice", "one-invoice";
            RepeatRenewsInvoice, "repeat_renews_invoice", "gives an invoice another due date when it is asked for again",
                breaks "create_invoice", "one-invoice";
            AmountAsFloat, "amount_as_float", "answers the amount of an invoice as a number",
                breaks "create_invoice", "output-schema";
            InvoiceOneCentOff, "invoice_one_cent_off", "invoices one cent less than the service costs",
                breaks "create_invoice", "price-when-booked";
            InvoiceInMinorUnits, "invoice_in_minor_units", "invoices the price as if it had been written in cents",
                breaks "create_invoice", "price-when-booked";
            WrongCurrency, "wrong_currency", "invoices in another currency than that of the price",
                breaks "create_invoice", "price-when-booked";
            LinesDoNotAddUp, "lines_do_not_add_up", "answers a line of an invoice twice",
                breaks "create_invoice", "lines-add-up";
            InvoicesUnpriced, "invoices_unpriced", "makes an invoice of nothing where a service has no price",
                breaks "create_invoice", "nothing-to-pay";
            InvoiceOfCancelled, "invoice_of_cancelled", "makes an invoice of a booking that is cancelled",
                breaks "create_invoice", "booking-cancelled";
            InvoicesCrossTenants, "invoices_cross_tenants", "invoices bookings of other tenants",
                breaks "create_invoice", "ownership";
            NumberGap, "number_gap", "leaves out every other number",
                breaks "create_invoice", "numbered";
            DuplicateNumbers, "duplicate_numbers", "gives every invoice the first number",
                breaks "create_invoice", "numbered";
            DueBeforeIssue, "due_before_issue", "answers a due date that is a day before the invoice",
                breaks "create_invoice", "due-later";
            CancelKeepsInvoice, "cancel_keeps_invoice", "leaves the invoice of a cancelled booking to be paid",
                breaks "create_invoice", "cancelled-with-booking";
            GetInvoiceCrossesTenants, "get_invoice_crosses_tenants", "shows invoices of other tenants",
                breaks "get_invoice", "ownership";
            GetInvoiceInMinorUnits, "get_invoice_in_minor_units", "shows the amount of an invoice in cents",
                breaks "get_invoice", "as-issued";
            GetInvoiceOfAnother, "get_invoice_of_another", "shows an invoice with another customer's address",
                breaks "get_invoice", "as-issued";
            ReadingPays, "reading_pays", "takes an invoice that was read for a paid one",
                breaks "get_invoice", "pure-read";
            UnknownInvoiceOk, "unknown_invoice_ok", "answers a number that no invoice has with an empty success",
                breaks "get_invoice", "unknown-invoice";
            NeverOverdue, "never_overdue", "shows an invoice as issued however long it is due",
                breaks "get_invoice", "overdue";
        }
    };
}

pub(super) use invoices_faults;
