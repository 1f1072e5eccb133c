//! Addresses of mail, for the format `email`: one mailbox as RFC 5321 writes it, to which a mail can be sent. It refuses names before an
//! address, lists of them, letters beyond ASCII (those are of `idn-email`), and what is longer than it may be.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::formats::is_host_name;

/// The longest address (RFC 5321, section 4.5.3.1.3, without the angle brackets of a path).
const LONGEST: usize = 254;

/// The longest part before the `@` (RFC 5321, section 4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;

/// The longest part between two dots of a domain (RFC 1035, section 2.3.4).
const LONGEST_LABEL: usize = 63;

/// Returns true for one address alone.
pub(super) fn is_address(text: &str) -> bool {
    text.is_ascii() && is_mailbox(text, is_domain)
}

/// Returns true for one address alone, which may have letters of any script (RFC 6531).
pub(super) fn is_address_of_any_script(text: &str) -> bool {
    is_mailbox(text, |domain| is_domain(domain) || is_host_name(domain))
}

fn is_mailbox(text: &str, is_domain: impl Fn(&str) -> bool) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    text.len() <= LONGEST
        && (1..=LONGEST_LOCAL).contains(&local.len())
        && is_local(local)
        && is_domain(domain)
}

/// A local part: words with single dots between them, or anything that can be shown, in quotation marks.
fn is_local(local: &str) -> bool {
    if let Some(quoted) = local.strip_prefix('"') {
        return quoted.strip_suffix('"').is_some_and(is_quoted);
    }
    let is_word = |word: &str| {
        let plain = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
        !word.is_empty() && word.chars().all(plain)
    };
    local.split('.').all(is_word)
}

/// What stands between quotation marks: each quotation mark and backslash in it has a backslash before it.
fn is_quoted(text: &str) -> bool {
    let is_shown = |byte: u8| (b' '..=b'~').contains(&byte);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let sound = match byte {
            b'\\' => bytes.next().is_some_and(is_shown),
            b'"' => false,
            other => is_shown(other),
        };
        if !sound {
            return false;
        }
    }
    true
}

/// A domain: labels of letters, digits and hyphens with single dots between them, or the address of a machine in brackets.
fn is_domain(domain: &str) -> bool {
    let literal = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if let Some(literal) = literal {
        return match literal.strip_prefix("IPv6:") {
            Some(v6) => v6.parse::<Ipv6Addr>().is_ok(),
            None => literal.parse::<Ipv4Addr>().is_ok(),
        };
    }
    let is_label = |label: &str| {
        (1..=LONGEST_LABEL).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    domain.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use crate::capability::schema::sample;
    use serde_json::json;

    #[test]
    fn an_address_of_any_script_is_one_mailbox_too() {
        let schema = sample(r#"{"type":"string","format":"idn-email"}"#);
        for good in [
            "a@example.com",
            "ö@example.com",
            "a@münchen.example",
            "用户@例え.テスト",
        ] {
            assert!(schema.is_valid(&json!(good)), "{good}");
        }
        for bad in [
            "Ö <ö@example.com>",
            " ö@example.com",
            "ö ä@example.com",
            "ö@",
            "@example.com",
            "ö@-a.example",
        ] {
            assert!(!schema.is_valid(&json!(bad)), "{bad}");
        }
    }

    #[test]
    fn an_address_is_one_mailbox_to_which_a_mail_can_be_sent() {
        let schema = sample(r#"{"type":"string","format":"email"}"#);
        let (long, label) = ("x".repeat(64), "y".repeat(63));
        for good in [
            "a@example.com",
            "te~st@example.com",
            "first.last+tag@sub.example.co.uk",
            "\"joe bloggs\"@example.com",
            "\"joe..bloggs\"@example.com",
            "\"joe@bloggs\"@example.com",
            "\"a\\\"b\\\\\"@example.com",
            "a%2fb?c#d&e=f@example.com",
            "a@xn--mnchen-3ya.example",
            "a@localhost",
            "a@[127.0.0.1]",
            "a@[IPv6:::1]",
            &format!("{long}@example.com"),
            &format!("a@{label}.example.com"),
        ] {
            assert!(schema.is_valid(&json!(good)), "{good}");
        }
        for bad in [
            "Ada <ada@example.com>",
            " <a@example.com>",
            "<a@example.com>",
            " a@example.com",
            "a@example.com ",
            "a@example.com\n",
            "a@example.com, b@example.com",
            "a@example.com;b@example.com",
            "a@example.com.",
            "a@.example.com",
            "a@exa_mple.com",
            "a@invalid=domain.com",
            "a@-example.com",
            "a@example-.com",
            "a@münchen.example",
            "ö@example.com",
            ".a@example.com",
            "a.@example.com",
            "a..b@example.com",
            "a b@example.com",
            "a(comment)@example.com",
            "\"a\u{1}b\"@example.com",
            "\"a\r\nb\"@example.com",
            "\"a\tb\"@example.com",
            "\"a\u{7f}b\"@example.com",
            "a\u{0}b@example.com",
            "\"ab@example.com",
            "\"a\\\"@example.com",
            "\"@example.com",
            "@example.com",
            "a@",
            "a",
            "",
            "a@[127.0.0.300]",
            "a@[IPv6:127.0.0.1:z]",
            "a@[::1]",
            "a@b@example.com",
            &format!("{long}x@example.com"),
            &format!("a@{label}y.example.com"),
            &format!("a@{}", [label.as_str(); 5].join(".")),
        ] {
            assert!(!schema.is_valid(&json!(bad)), "{bad:?}");
        }
    }
}
