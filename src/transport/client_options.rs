//! What a client of MCP speaks, and what it says when a server asks it for something.

/// A revision of MCP that this client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision(&'static str);

impl Revision {
    /// All of them, from the oldest on.
    pub const ALL: [Self; 5] = [
        Self("2024-11-05"),
        Self("2025-03-26"),
        Self("2025-06-18"),
        Self("2025-11-25"),
        Self("2026-07-28"),
    ];

    /// The newest that begins with a handshake.
    pub const NEWEST_WITH_INITIALIZE: Self = Self("2025-11-25");

    /// The one in which every request stands alone.
    pub const STATELESS: Self = Self("2026-07-28");

    /// The revision of this name; None for one that is not spoken.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.0 == name)
    }

    /// Its name, which is a date.
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// Returns true if it begins with `initialize`.
    pub fn has_initialize(self) -> bool {
        self < Self::STATELESS
    }
}

/// The answer to a server that asks its client for roots, for a word of a model, or for an input of the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ServerRequests {
    /// They are offered, and each is declined: no roots, no answer of a model, no input.
    #[default]
    Decline,
    /// They are offered and given: the working folder as a root, a fixed sentence for a model's, the least input that fits the form.
    Accept,
    /// Nothing is offered.
    Refuse,
}

impl ServerRequests {
    /// The words for them, as a manifest and an argument write them.
    pub const NAMES: [&'static str; 3] = ["decline", "accept", "refuse"];

    /// The policy of this name.
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "decline" => Some(Self::Decline),
            "accept" => Some(Self::Accept),
            "refuse" => Some(Self::Refuse),
            _ => None,
        }
    }
}

/// How a server over MCP is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClientOptions {
    /// The only revision that is spoken; without one, the newest that both sides know.
    pub revision: Option<Revision>,
    /// The answer to what the server asks of its client.
    pub server_requests: ServerRequests,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_are_known_by_their_dates_and_the_newest_has_no_handshake() {
        for known in Revision::ALL {
            assert_eq!(Revision::of(known.as_str()), Some(known));
            assert_eq!(known.has_initialize(), known != Revision::STATELESS);
        }
        assert!(Revision::ALL.is_sorted());
        assert_eq!(Revision::of("2025-05-05"), None);
        for name in ServerRequests::NAMES {
            assert!(ServerRequests::of(name).is_some());
        }
    }
}
