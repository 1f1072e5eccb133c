//! Requests for tokens, and what comes back.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value};

use super::client::{Client, TokenEndpoint};
use super::error::OauthError;
use super::fetch::Fetcher;
use super::metadata::text;
use crate::model::Secret;

/// The longest token that is taken, in bytes. A header with a longer one is refused by most servers.
const LONGEST: usize = 32 * 1024;

/// The longest validity that is believed.
const MOST_VALID: u64 = 366 * 24 * 60 * 60;

/// Tokens that an authorization server has given. They do not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens {
    /// The token that calls are sent with.
    pub access: Secret,
    /// The token that gets the next one.
    pub refresh: Option<Secret>,
    /// The time for which the access token holds, where it is said.
    pub valid: Option<Duration>,
    /// What it may be used for, where that is said.
    pub scopes: Option<Vec<String>>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("valid", &self.valid)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

/// What a token is asked for with.
pub(super) enum Grant<'a> {
    /// The client itself is allowed.
    Client,
    /// A token of before.
    Refresh(&'a Secret),
    /// What a person has allowed.
    Code {
        code: &'a Secret,
        verifier: &'a Secret,
        redirect: &'a str,
    },
}

/// Asks for tokens. A server may take secrets in two places, and that of this client in one of them only: then the other is tried, and
/// stays with the client.
pub(super) async fn ask(
    fetcher: &Fetcher,
    endpoint: &TokenEndpoint,
    client: &mut Client,
    grant: &Grant<'_>,
    scopes: &[String],
    resource: Option<&str>,
) -> Result<Tokens, OauthError> {
    let first = ask_once(fetcher, endpoint, client, grant, scopes, resource).await;
    match (&first, client.turned()) {
        (Err(OauthError::Refused { code, .. }), Some(turned)) if code == "invalid_client" => {
            let second = ask_once(fetcher, endpoint, &turned, grant, scopes, resource).await?;
            *client = turned;
            Ok(second)
        }
        _ => first,
    }
}

async fn ask_once(
    fetcher: &Fetcher,
    endpoint: &TokenEndpoint,
    client: &Client,
    grant: &Grant<'_>,
    scopes: &[String],
    resource: Option<&str>,
) -> Result<Tokens, OauthError> {
    const ENDPOINT: &str = "token endpoint";
    let proven = client.proven(&endpoint.audience)?;
    let scope = scopes.join(" ");
    let mut fields: Vec<(&str, &str)> = match grant {
        Grant::Client => vec![("grant_type", "client_credentials")],
        Grant::Refresh(token) => vec![("grant_type", "refresh_token"), ("refresh_token", token.expose())],
        Grant::Code {
            code,
            verifier,
            redirect,
        } => vec![
            ("grant_type", "authorization_code"),
            ("code", code.expose()),
            ("code_verifier", verifier.expose()),
            ("redirect_uri", redirect),
        ],
    };
    if !scope.is_empty() && !matches!(grant, Grant::Code { .. }) {
        fields.push(("scope", &scope));
    }
    fields.extend(resource.map(|resource| ("resource", resource)));
    fields.extend(proven.fields.iter().map(|(name, value)| (*name, value.as_str())));
    let answer = fetcher
        .form(ENDPOINT, &endpoint.url, &fields, proven.header)
        .await?;
    let status = answer.status;
    let object = answer.object(ENDPOINT, &endpoint.url);
    if status.is_success() {
        return read(&object?).map_err(|reason| OauthError::wrong(ENDPOINT, &endpoint.url, reason));
    }
    match object.ok().and_then(|object| {
        let code = text(&object, "error")?;
        Some((code, text(&object, "error_description")))
    }) {
        Some((code, description)) => Err(OauthError::refused("a token", &code, description.as_deref())),
        None => {
            let reason = format!("answered with status {}", status.as_u16());
            Err(OauthError::unreadable(ENDPOINT, &endpoint.url, reason))
        }
    }
}

/// Reads the tokens of an answer. What is wrong is said without them.
fn read(object: &Map<String, Value>) -> Result<Tokens, String> {
    let token = |key: &str| {
        let Some(token) = text(object, key).filter(|token| !token.is_empty()) else {
            return Ok(None);
        };
        match token.len() <= LONGEST && token.bytes().all(|byte| byte.is_ascii_graphic()) {
            true => Ok(Some(Secret::new(token))),
            false => Err(format!("gave an `{key}` that no header can carry")),
        }
    };
    let access = token("access_token")?.ok_or("gave no `access_token`")?;
    let kind = text(object, "token_type").unwrap_or_default();
    if !kind.eq_ignore_ascii_case("bearer") {
        return Err(format!(
            "gave a token of the type `{kind}`, and only `Bearer` is known"
        ));
    }
    let valid = match object.get("expires_in") {
        Some(Value::Number(number)) => number.as_f64(),
        // Against RFC 6749, and common.
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    let valid = valid.and_then(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).ok());
    let scopes = text(object, "scope");
    Ok(Tokens {
        access,
        refresh: token("refresh_token")?,
        valid: valid.map(|valid| valid.min(Duration::from_secs(MOST_VALID))),
        scopes: scopes.map(|scopes| scopes.split_whitespace().map(str::to_owned).collect()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(json: &Value) -> Result<Tokens, String> {
        read(json.as_object().unwrap())
    }

    #[test]
    fn tokens_are_read_and_what_is_none_is_named_without_it() {
        let tokens = answer(
            &json!({ "access_token": "tok-1", "token_type": "bearer", "expires_in": "5", "scope": "a b" }),
        )
        .unwrap();
        assert_eq!(tokens.valid, Some(Duration::from_secs(5)));
        assert_eq!(tokens.scopes, Some(vec!["a".to_owned(), "b".to_owned()]));
        assert!(!format!("{tokens:?}").contains("tok-1"));
        for (json, told) in [
            (json!({ "token_type": "Bearer" }), "no `access_token`"),
            (json!({ "access_token": "tok-1", "token_type": "DPoP" }), "`DPoP`"),
            (
                json!({ "access_token": "tok-1\n", "token_type": "Bearer" }),
                "no header can carry",
            ),
            (
                json!({ "access_token": "x".repeat(40_000), "token_type": "Bearer" }),
                "no header can carry",
            ),
        ] {
            let error = answer(&json).unwrap_err();
            assert!(error.contains(told) && !error.contains("tok-1"), "{error}");
        }
        for wild in [json!(-1), json!(1e300), json!("soon"), json!(null), json!([])] {
            let json = json!({ "access_token": "t", "token_type": "Bearer", "expires_in": wild });
            assert!(answer(&json).is_ok(), "{json}");
        }
    }
}
