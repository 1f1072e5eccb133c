//! Text inside a URL.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Every byte but the unreserved characters (RFC 3986, 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A text as one segment of a path, or as a name or a value of a query or a form: percent-encoded (RFC 3986, 2.1).
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_a_query_cannot_leave_it() {
        assert_eq!(encoded("a:b&c=d é"), "a%3Ab%26c%3Dd%20%C3%A9");
        assert_eq!(encoded("a/b?c=d&é+ %"), "a%2Fb%3Fc%3Dd%26%C3%A9%2B%20%25");
        assert_eq!(encoded("bkg_01-x.y~z"), "bkg_01-x.y~z");
    }
}
