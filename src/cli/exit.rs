//! The exit codes that no verdict and no answer of a gate has, as the provider contract publishes them. The first that applies ends
//! the process.

use crate::app::{AppError, Kind};

/// Every claimed capability was proven, every failure is known, or the command did what it was asked.
pub(super) const CONFORMANT: u8 = 0;
/// A must-level test failed, the baseline is out of date, or a check of files found errors that are no mistakes of form.
pub(super) const FAILED: u8 = 1;
/// The request is wrong, or names something that does not exist.
pub(super) const USAGE: u8 = 2;
/// A contract, a suite, a manifest or a baseline is wrong.
pub(super) const FILES: u8 = 3;
/// A provider could not be asked.
pub(super) const UNREACHABLE: u8 = 5;
/// Interrupted, or not kept.
pub(super) const INCOMPLETE: u8 = 6;
/// A bug of the harness.
pub(super) const BUG: u8 = 70;

/// The code of an error.
pub(super) fn of_error(error: &AppError) -> u8 {
    match error.kind() {
        Kind::Usage => USAGE,
        Kind::Files => FILES,
        Kind::Record => INCOMPLETE,
        Kind::Bug => BUG,
    }
}
