//! Addresses of mail that can be booked with: those to which a mail can be sent. It refuses whatever a server of mails need not take: names
//! before an address, lists, letters beyond ASCII, which need an extension that many servers lack, and what is longer than it may be.

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::indexing_slicing,
        clippy::string_slice,
        reason = "what comes from outside must not make it panic"
    )
)]

/// The longest address (RFC 5321, section 4.5.3.1.3, without the angle brackets of a path).
const LONGEST: usize = 254;

/// The longest part before the `@` (RFC 5321, section 4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;

/// The longest part between two dots of a domain (RFC 1035, section 2.3.4).
const LONGEST_LABEL: usize = 63;

/// Returns true if a mail can be sent there: one address alone, as RFC 5321 writes it.
pub(crate) fn is_mailable(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    text.is_ascii()
        && text.len() <= LONGEST
        && (1..=LONGEST_LOCAL).contains(&local.len())
        && is_local(local)
        && is_domain(domain)
        && text.parse::<lettre::Address>().is_ok()
}

/// A local part: words with single dots between them, or anything that can be shown, in quotation marks.
fn is_local(local: &str) -> bool {
    if let Some(quoted) = local.strip_prefix('"') {
        return quoted.strip_suffix('"').is_some_and(is_quoted);
    }
    let is_word = |word: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
        !word.is_empty() && word.bytes().all(plain)
    };
    local.split('.').all(is_word)
}

/// What stands between quotation marks: each quotation mark and backslash in it has a backslash before it.
fn is_quoted(text: &str) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let sound = match byte {
            b'\\' => bytes.next().is_some_and(|next| (b' '..=b'~').contains(&next)),
            b'"' => false,
            other => (b' '..=b'~').contains(&other),
        };
        if !sound {
            return false;
        }
    }
    true
}

/// A domain: labels of letters, digits and hyphens with single dots between them, or the address of a machine in brackets.
fn is_domain(domain: &str) -> bool {
    if domain.starts_with('[') {
        return domain.ends_with(']');
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
    use super::*;

    #[test]
    fn what_can_be_booked_can_be_mailed() {
        let long = "x".repeat(64);
        let label = "y".repeat(63);
        for good in [
            "a@example.com",
            "first.last+tag@sub.example.co.uk",
            "\"Ada L.\"@example.com",
            "\"a@b\"@example.com",
            "a%2fb?c#d&e=f@example.com",
            "o'brien@example.com",
            "a@xn--mnchen-3ya.example",
            "a@[192.0.2.1]",
            &format!("{long}@example.com"),
            &format!("a@{label}.example.com"),
        ] {
            assert!(is_mailable(good), "{good}");
            assert!(good.parse::<lettre::Address>().is_ok(), "{good}");
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
            "a@-example.com",
            "a@example-.com",
            "a@münchen.example",
            "ö@example.com",
            ".a@example.com",
            "a..b@example.com",
            "a b@example.com",
            "a(comment)@example.com",
            "\"a\u{1}b\"@example.com",
            "\"a\r\nb\"@example.com",
            "\"a\tb\"@example.com",
            "\"a\u{7f}b\"@example.com",
            "a\u{0}b@example.com",
            "\"ab@example.com",
            "@example.com",
            "a@",
            "a@[not an address]",
            "a@b@example.com",
            &format!("{long}x@example.com"),
            &format!("a@{label}y.example.com"),
            &format!("a@{}", [label.as_str(); 5].join(".")),
        ] {
            assert!(!is_mailable(bad), "{bad:?}");
        }
    }
}
