//! Stand-ins for booking servers that others have written: their shapes, their errors and their oddities, in memory.
//!
//! Each follows what was observed of one version of the server, also where its documentation says otherwise, and shares
//! nothing with the bundled provider or with the other: own calendar, own ids, own words. They tell real time.

mod asked;
pub(crate) mod easy_appointments;
pub(crate) mod floyd;

pub(crate) use easy_appointments::EasyAppointments;
pub(crate) use floyd::Floyd;
