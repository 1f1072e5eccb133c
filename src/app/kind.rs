//! The kinds of errors, by what the user can do about them.

/// The kind of an error. The exit code of the command line and the status of a response follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The request is wrong, or names something that does not exist.
    Usage,
    /// A contract, a suite, a manifest or a baseline is wrong.
    Files,
    /// Something could not be stored or read back.
    Record,
    /// The harness itself is at fault.
    Bug,
}
