//! Text in the query of a URL.

/// A text as a value of a query of a URL, percent-encoded (RFC 3986, 2.1).
pub fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte))
            }
            other => encoded.push_str(&format_args!("%{other:02X}").to_string()),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_a_query_cannot_leave_it() {
        assert_eq!(encoded("a:b&c=d é"), "a%3Ab%26c%3Dd%20%C3%A9");
    }
}
