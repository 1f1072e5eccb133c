//! Switches that make the provider wrong in one way each, to prove that a suite can fail.
//!
//! Each area has a file with its faults, a line each. They are one list: every macro adds its own to those before it and hands them to the
//! next one that is named in the brackets.

mod availability;
mod bookings_of_a_customer;
mod calendar;
mod cancel_booking;
mod create_booking;
mod customers;
mod invoices;
mod lifecycle;
mod messages;
mod repeats;
mod services;

use std::fmt;
use std::str::FromStr;

use availability::availability_faults;
use bookings_of_a_customer::bookings_of_a_customer_faults;
use calendar::calendar_faults;
use cancel_booking::cancel_booking_faults;
use create_booking::{create_booking_answer_faults, create_booking_faults};
use customers::customers_faults;
use invoices::invoices_faults;
use lifecycle::lifecycle_faults;
use messages::messages_faults;
use repeats::repeats_faults;
use services::services_faults;

/// A name that no fault has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownFault {
    /// The name that was given.
    pub name: String,
}

impl fmt::Display for UnknownFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no fault is named {:?}", self.name)?;
        let close = Fault::ALL
            .iter()
            .map(|fault| (strsim::damerau_levenshtein(fault.name(), &self.name), fault))
            .min_by_key(|(distance, _)| *distance)
            .filter(|(distance, _)| *distance <= 4);
        if let Some((_, fault)) = close {
            write!(f, "; did you mean {}?", fault.name())?;
        }
        f.write_str(" the faults are ")?;
        for (at, fault) in Fault::ALL.iter().enumerate() {
            write!(f, "{}{}", if at == 0 { "" } else { ", " }, fault.name())?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownFault {}

/// A rule of a contract that a fault breaks. The provider knows no contracts but its own, so whoever has them checks the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokenRule {
    /// The tool.
    pub tool: &'static str,
    /// The id of an invariant, a promise or a ruling of its contract; `input-schema` or `output-schema`.
    pub rule: &'static str,
}

impl fmt::Display for BrokenRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.tool, self.rule)
    }
}

macro_rules! faults {
    ([] $($variant:ident, $name:literal, $does:literal, breaks $tool:literal, $rule:literal;)+) => {
        /// One way of being wrong. Each changes one behaviour and leaves the rest alone.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Fault {
            $(
                #[doc = concat!($does, ". Breaks `", $tool, "/", $rule, "`.")]
                $variant,
            )+
        }

        impl Fault {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name on the command line.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The behaviour of the provider when the fault is switched on.
            pub fn description(self) -> &'static str {
                match self { $(Self::$variant => $does),+ }
            }

            /// The rule that it breaks. A fault of several tools names the one where it shows best.
            pub fn breaks(self) -> BrokenRule {
                match self { $(Self::$variant => BrokenRule { tool: $tool, rule: $rule }),+ }
            }
        }
    };
}

create_booking_faults! {
    [cancel_booking_faults availability_faults bookings_of_a_customer_faults lifecycle_faults calendar_faults customers_faults messages_faults services_faults create_booking_answer_faults invoices_faults repeats_faults faults]
}

impl Fault {
    /// Returns true if it changes what tools answer beside the one whose rule it breaks, so that tests of those meet it too.
    pub fn shows_at_other_tools(self) -> bool {
        matches!(
            self,
            Self::AcceptsUnknownKeys
                | Self::AcceptsNullFields
                | Self::CoercesTypes
                | Self::InvalidInputIs500
                | Self::RefusesWith500
                | Self::ErrorWithoutCode
                | Self::UnstableServiceIds
                | Self::UnknownRefundStatus
                | Self::ConfirmationNeverSent
                | Self::ListIgnoresEmail
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|fault| fault.name() == name).copied();
        found.ok_or_else(|| UnknownFault {
            name: name.to_owned(),
        })
    }
}

/// The faults of one tenant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Faults([u64; Fault::ALL.len().div_ceil(64)]);

impl Faults {
    pub(crate) fn insert(&mut self, fault: Fault) {
        self.0[fault as usize / 64] |= 1 << (fault as usize % 64);
    }

    /// Returns true if no fault is switched on.
    pub(crate) fn is_empty(self) -> bool {
        self == Self::default()
    }

    pub(crate) fn has(self, fault: Fault) -> bool {
        self.0[fault as usize / 64] & (1 << (fault as usize % 64)) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::Tool;

    #[test]
    fn every_fault_is_found_by_its_name_and_says_what_it_breaks() {
        for fault in Fault::ALL {
            assert_eq!(fault.name().parse(), Ok(*fault));
            assert!(!fault.description().is_empty());
            assert!(
                Tool::all().any(|tool| tool.name() == fault.breaks().tool),
                "{fault}"
            );
        }
    }

    #[test]
    fn an_unknown_fault_is_answered_with_the_closest_name_and_all_names() {
        let message = "acepts_past".parse::<Fault>().unwrap_err().to_string();
        assert!(message.contains("did you mean accepts_past?"), "{message}");
        assert!(message.contains("double_books"), "{message}");
        assert!(
            !"zzzzzzzzzzzzzzz"
                .parse::<Fault>()
                .unwrap_err()
                .to_string()
                .contains("did you mean")
        );
    }

    #[test]
    fn a_set_of_faults_has_what_was_put_in() {
        let mut faults = Faults::default();
        let (put_in, left_out): (Vec<_>, Vec<_>) =
            Fault::ALL.iter().enumerate().partition(|(at, _)| at % 3 == 0);
        for (_, fault) in &put_in {
            faults.insert(**fault);
        }
        assert!(put_in.iter().all(|(_, fault)| faults.has(**fault)));
        assert!(!left_out.iter().any(|(_, fault)| faults.has(**fault)));
    }
}
