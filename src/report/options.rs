//! The options of a table.

/// The layout of a table. The other formats ignore it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Paint with ANSI colours. The words say the same without them.
    pub colour: bool,
    /// The columns of the terminal. None, as for a pipe, cuts and wraps nothing.
    pub width: Option<usize>,
    /// The run is stored nowhere, so nothing that needs it later can be advised.
    pub not_stored: bool,
    /// Show every row however many there are, and the calls of each failure.
    pub verbose: bool,
}
