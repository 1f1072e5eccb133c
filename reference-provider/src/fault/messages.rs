//! Faults of the messages that customers get, which `effects` lists.

macro_rules! messages_faults {
    ([$next:ident $($later:ident)*] $($before:tt)*) => {
        $next! {
            [$($later)*]
            $($before)*
            NoReminder, "no_reminder", "reminds nobody of a booking",
                breaks "effects", "reminds";
            ReminderTwice, "reminder_twice", "reminds of a booking twice",
                breaks "effects", "reminds-once";
            ReminderAfterCancel, "reminder_after_cancel", "reminds also of a booking that was cancelled",
                breaks "effects", "reminds-of-what-stands";
            EffectsOfEveryBooking, "effects_of_every_booking", "lists what went out about every booking, whichever was asked for",
                breaks "effects", "by-booking";
        }
    };
}

pub(super) use messages_faults;
