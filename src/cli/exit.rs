//! The exit codes besides those of verdicts and of gate answers, as the provider contract publishes them. The first that applies ends
//! the process.

use crate::app::{AppError, Kind};

/// Every claimed capability is proven, every failure is known, or the command succeeded.
pub(super) const CONFORMANT: u8 = 0;
/// A must-level test failed, the baseline is outdated, or a linter found errors.
pub(super) const FAILED: u8 = 1;
/// The request is wrong, or names something that does not exist.
pub(super) const USAGE: u8 = 2;
/// A contract, a suite, a manifest or a baseline is wrong.
pub(super) const FILES: u8 = 3;
/// A provider cannot be reached.
pub(super) const UNREACHABLE: u8 = 5;
/// The run was interrupted, or could not be stored.
pub(super) const INCOMPLETE: u8 = 6;
/// A bug in the harness.
pub(super) const BUG: u8 = 70;

/// The exit code of an error.
pub(super) fn of_error(error: &AppError) -> u8 {
    match error.kind() {
        Kind::Usage => USAGE,
        Kind::Files => FILES,
        Kind::Record => INCOMPLETE,
        Kind::Bug => BUG,
    }
}
