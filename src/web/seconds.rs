//! Times for a monitor.

/// A time as seconds with a fraction.
pub(super) fn seconds(microseconds: u64) -> String {
    format!("{}.{:06}", microseconds / 1_000_000, microseconds % 1_000_000)
}
