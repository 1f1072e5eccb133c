//! Guesses the known word that was meant by an unknown one.

/// The candidate that is closest to `word`, when one is close enough to be meant.
pub fn near_miss<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Below this likeness a guess misleads more often than it helps.
    const ALIKE: f64 = 0.8;
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|&(likeness, _)| likeness >= ALIKE)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::near_miss;

    #[test]
    fn a_slip_of_the_pen_is_guessed_and_a_stranger_is_not() {
        let keys = ["capability", "level", "verifies"];
        assert_eq!(near_miss("capabilty", keys), Some("capability"));
        assert_eq!(near_miss("verify", keys), Some("verifies"));
        assert_eq!(near_miss("zzz", keys), None);
    }
}
