//! The context of a trace (W3C Trace Context), by which a provider finds a call of ours in its own records.

/// A header, and a key of `_meta`, that carries it.
pub(super) const TRACEPARENT: &str = "traceparent";

/// The context of a new trace, as it is sent: version, trace, span, sampled.
pub(super) fn new_trace() -> String {
    // Neither may be zero.
    let trace = fastrand::u128(1..);
    let span = fastrand::u64(1..);
    format!("00-{trace:032x}-{span:016x}-01")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_has_the_form_of_the_standard_and_no_other_has_the_same() {
        let (one, other) = (new_trace(), new_trace());
        assert_ne!(one, other);
        let parts: Vec<_> = one.split('-').collect();
        assert_eq!(
            parts.iter().map(|part| part.len()).collect::<Vec<_>>(),
            [2, 32, 16, 2]
        );
        assert!(
            one.bytes()
                .all(|byte| byte == b'-' || byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        );
    }
}
