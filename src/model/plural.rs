//! A count with its noun, the one way in which messages write a plural.

use std::fmt::Display;

/// Writes a count of any unsigned type and its noun, with an `s` unless the count is 1: `1 test`, `2 tests`.
pub fn plural<N: Copy + Display + PartialEq + From<u8>>(count: N, noun: &str) -> String {
    if count == N::from(1) {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

#[cfg(test)]
mod tests {
    use super::plural;

    #[test]
    fn only_one_is_singular() {
        assert_eq!(
            [0_u64, 1, 2].map(|count| plural(count, "test")),
            ["0 tests", "1 test", "2 tests"]
        );
    }
}
