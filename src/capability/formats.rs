//! Formats that are checked in a way of our own.

use reqwest::Url;

/// The most bytes of a host name and of a label of it, as names are looked up.
const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;

/// Returns true for a host name in any script.
pub(super) fn is_host_name(text: &str) -> bool {
    let is_name = |c: char| {
        c.is_alphanumeric() || "-.\u{b7}\u{375}\u{5f3}\u{5f4}\u{30fb}\u{200c}\u{200d}\u{3002}".contains(c)
    };
    let is_mark = |c: char| !c.is_ascii();
    if text.is_empty() || !text.chars().all(|c| is_name(c) || is_mark(c)) {
        return false;
    }
    // Written as names are looked up.
    let Some(name) = Url::parse(&format!("https://{text}.a/"))
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
    else {
        return false;
    };
    let Some(name) = name.strip_suffix(".a") else {
        return false;
    };
    name.len() <= LONGEST_NAME
        && name.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= LONGEST_LABEL
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_name_may_be_of_any_script_and_nothing_but_a_name() {
        for name in [
            "example.com",
            "localhost",
            "bücher.example",
            "пример.рф",
            "例え.テスト",
            "xn--bcher-kva.example",
            "1.2",
        ] {
            assert!(is_host_name(name), "{name}");
        }
        let long = "a".repeat(64);
        for name in [
            "",
            ".",
            "a..b",
            "not a host",
            "-a",
            "a-",
            "a_b",
            "%",
            "a/b",
            "a:1",
            "a@b",
            "a?b",
            "a#b",
            "[::1]",
            "a\u{2028}b",
            &long,
        ] {
            assert!(!is_host_name(name), "{name}");
        }
    }
}
