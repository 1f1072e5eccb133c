//! The key by which customers are told apart.

/// An address as it is compared: trimmed, its ASCII letters in lower case.
pub(crate) fn customer_key(email: &str) -> String {
    email.trim().to_ascii_lowercase()
}
