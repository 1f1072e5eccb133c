//! The limits of requests, for the plain tools and for MCP alike.

/// A booking takes less than two kilobytes; nobody needs more than this.
pub(super) const LARGEST_BODY: usize = 64 * 1024;
