//! `WWW-Authenticate`: what a server says that it wants (RFC 9110, 11.6; RFC 6750; RFC 9728).

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

use crate::model::one_line;

/// The most bytes of a header that are looked at.
const LONGEST: usize = 8 * 1024;

/// What a server that was not shown enough asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::transport) struct Challenge {
    /// The address of its metadata.
    pub(in crate::transport) metadata: Option<String>,
    /// The scopes that a token must have, with spaces between them.
    pub(in crate::transport) scope: Option<String>,
    /// What is wrong with the token that was shown.
    pub(in crate::transport) error: Option<String>,
}

impl Challenge {
    /// The challenge to bring a token; None where there is none.
    pub(in crate::transport) fn of(headers: &HeaderMap) -> Option<Self> {
        headers
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .filter(|text| text.len() <= LONGEST)
            .find_map(bearer)
    }

    /// The scopes one by one.
    pub(in crate::transport) fn scopes(&self) -> Vec<String> {
        let scopes = self.scope.iter().flat_map(|text| text.split_whitespace());
        scopes.map(str::to_owned).collect()
    }

    /// Returns true if a token is good but may not be used for this.
    pub(in crate::transport) fn wants_more(&self, status: StatusCode) -> bool {
        status == StatusCode::FORBIDDEN && self.error.as_deref() == Some("insufficient_scope")
    }
}

/// What to do about a server that wants a login, in words; None where it does not say that it does.
pub(in crate::transport) fn advice(server: &str, status: StatusCode, headers: &HeaderMap) -> Option<String> {
    let challenge = Challenge::of(headers)?;
    if challenge.wants_more(status) {
        let scopes = one_line(&challenge.scopes().join(" "), 200);
        return Some(match scopes.is_empty() {
            true => "the token may not be used for this".to_owned(),
            false => format!(
                "the token lacks a scope: `proofhouse login {server} --scope {}` asks for it",
                scopes.replace(' ', ",")
            ),
        });
    }
    if status != StatusCode::UNAUTHORIZED {
        return None;
    }
    // Any server may speak of a bearer token; with metadata there is somebody who gives one.
    challenge.metadata.map(|_| {
        format!(
            "it wants a login: `proofhouse login {server}`, then `auth: login` in its entry of the manifest"
        )
    })
}

/// The parameters of the scheme `Bearer` in a header that may hold several challenges.
fn bearer(text: &str) -> Option<Challenge> {
    let mut found: Option<Challenge> = None;
    let mut in_bearer = false;
    for part in parts(text) {
        let (name, value) = match part.split_once('=') {
            Some((name, value)) => (name.trim(), value.trim()),
            None => (part.trim(), ""),
        };
        // The first parameter of a challenge stands behind the name of its scheme.
        let name = match name.split_once(char::is_whitespace) {
            Some((scheme, first)) => {
                in_bearer = scheme.eq_ignore_ascii_case("bearer");
                first.trim()
            }
            None if value.is_empty() => {
                in_bearer = name.eq_ignore_ascii_case("bearer");
                ""
            }
            None => name,
        };
        if !in_bearer {
            continue;
        }
        let challenge = found.get_or_insert_with(Challenge::default);
        let value = || Some(unquoted(value)).filter(|value| !value.is_empty());
        match name.to_ascii_lowercase().as_str() {
            "resource_metadata" => challenge.metadata = value(),
            "scope" => challenge.scope = value(),
            "error" => challenge.error = value(),
            _ => {}
        }
    }
    found
}

/// The parts between commas that stand in no quotes.
fn parts(text: &str) -> Vec<String> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    let (mut quoted, mut escaped) = (false, false);
    for c in text.chars() {
        match c {
            ',' if !quoted => {
                parts.push(std::mem::take(&mut part));
                continue;
            }
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        part.push(c);
    }
    parts.push(part);
    parts
}

fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else {
        return value.to_owned();
    };
    let (mut text, mut escaped) = (String::new(), false);
    for c in inner.chars() {
        match c {
            _ if escaped => {
                escaped = false;
                text.push(c);
            }
            '\\' => escaped = true,
            '"' => break,
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(values: &[&str]) -> Option<Challenge> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(WWW_AUTHENTICATE, value.parse().unwrap());
        }
        Challenge::of(&headers)
    }

    #[test]
    fn the_bearer_challenge_is_found_among_others_and_in_any_spelling() {
        let wanted = Challenge {
            metadata: Some("https://h/.well-known/oauth-protected-resource?a=1,2".to_owned()),
            scope: Some("read write".to_owned()),
            error: Some("invalid_token".to_owned()),
        };
        let metadata = r#"resource_metadata="https://h/.well-known/oauth-protected-resource?a=1,2""#;
        for values in [
            vec![format!(
                r#"Bearer error="invalid_token", scope="read write", {metadata}"#
            )],
            vec![format!(
                r#"Basic realm="a, Bearer b", bearer  Error=invalid_token,{metadata} , SCOPE="read write", DPoP algs="ES256", scope="no""#
            )],
            vec![
                "Negotiate".to_owned(),
                format!(r#"Bearer {metadata},error="invalid_to\ken",scope="read write""#),
            ],
        ] {
            let values: Vec<_> = values.iter().map(String::as_str).collect();
            assert_eq!(challenge(&values).as_ref(), Some(&wanted), "{values:?}");
        }
        assert_eq!(challenge(&["Bearer"]), Some(Challenge::default()));
        assert_eq!(challenge(&["Basic realm=\"x\"", "=,\"", ""]), None);
        assert_eq!(challenge(&[]), None);
    }

    #[test]
    fn a_refusal_says_where_to_log_in() {
        let server = "https://h.example/mcp";
        let told = |status, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(WWW_AUTHENTICATE, value.parse().unwrap());
            advice(server, status, &headers)
        };
        let wanted = told(
            StatusCode::UNAUTHORIZED,
            "Bearer resource_metadata=\"https://h.example/x\"",
        )
        .unwrap();
        assert!(
            wanted.contains("`proofhouse login https://h.example/mcp`"),
            "{wanted}"
        );
        assert_eq!(told(StatusCode::UNAUTHORIZED, "Bearer realm=\"x\""), None);
        let more = told(
            StatusCode::FORBIDDEN,
            "Bearer error=\"insufficient_scope\", scope=\"a b\"",
        )
        .unwrap();
        assert!(more.contains("--scope a,b"), "{more}");
    }
}
