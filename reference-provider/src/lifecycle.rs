//! The statuses of a booking, and the moves from one to the next: the one table that every tool and page asks.
//!
//! It knows no store and no clock. Whether a move that the table has comes at the right time is decided by the tool that makes it.

/// The status of a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Holds its slot, and waits for the provider.
    Pending,
    /// Holds its slot.
    Confirmed,
    /// Holds nothing, and never comes back.
    Cancelled,
    /// The customer came.
    Completed,
    /// The customer did not come.
    NoShow,
}

/// The moves that there are; what is not here is refused. Nothing leads out of a booking that is cancelled, completed or missed.
const MOVES: [(Status, Status); 5] = [
    (Status::Pending, Status::Confirmed),
    (Status::Pending, Status::Cancelled),
    (Status::Confirmed, Status::Cancelled),
    (Status::Confirmed, Status::Completed),
    (Status::Confirmed, Status::NoShow),
];

impl Status {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [
        Self::Pending,
        Self::Confirmed,
        Self::Cancelled,
        Self::Completed,
        Self::NoShow,
    ];

    /// Its name in the store and on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Cancelled => "cancelled",
            Self::Completed => "completed",
            Self::NoShow => "no_show",
        }
    }

    /// The status of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Returns true if a booking may move from this status to the next.
    pub(crate) fn leads_to(self, next: Self) -> bool {
        MOVES.contains(&(self, next))
    }

    /// Returns true if the visit is over: the customer came or did not, and that stays so.
    pub(crate) fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::NoShow)
    }

    /// The code that refuses a change of such a booking; `None` while it holds its slot.
    pub(crate) fn refusal(self) -> Option<&'static str> {
        match self {
            Self::Pending | Self::Confirmed => None,
            Self::Cancelled => Some("booking_cancelled"),
            Self::Completed | Self::NoShow => Some("booking_over"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_found_by_its_name() {
        for status in Status::ALL {
            assert_eq!(Status::named(status.name()), Some(status));
        }
        assert_eq!(Status::named("Confirmed"), None);
    }

    #[test]
    fn nothing_leads_out_of_a_booking_that_has_ended_or_back_to_where_it_was() {
        for from in Status::ALL {
            assert!(!from.leads_to(from));
            assert!(!from.leads_to(Status::Pending));
            let is_final = !Status::ALL.into_iter().any(|to| from.leads_to(to));
            assert_eq!(is_final, from.refusal().is_some(), "{from:?}");
        }
        assert!(!Status::Pending.leads_to(Status::Completed));
        assert!(!Status::Pending.leads_to(Status::NoShow));
    }
}
