//! What was found where two of a kind stand side by side.

use maud::Markup;

/// Two of a kind and what was found.
pub(super) struct Compared {
    /// Their names.
    pub(super) title: String,
    /// What was found.
    pub(super) body: Markup,
}
