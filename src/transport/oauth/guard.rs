//! How a server guards itself: what it answers to a call without a token, and to tokens that are none of its own. No such call may do
//! anything, so the tool that is called is one that nobody has.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Utc;
use reqwest::{StatusCode, Url};
use serde_json::{Value, json};

use super::address::identifier;
use super::discovery::{challenge, of_protected};
use super::error::OauthError;
use super::fetch::{Answer, Fetcher};

/// The tool that nobody has.
const NO_TOOL: &str = "proofhouse_no_such_tool";

/// A rule for servers whose calls need a token, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardRule {
    /// Its name.
    pub id: &'static str,
    /// What it says.
    pub promise: &'static str,
    /// What was seen against it.
    pub trouble: Option<String>,
}

/// A token that is none of the server's, and how it must be refused.
struct Forged {
    what: &'static str,
    token: String,
    /// True for one that looks like a token: then the refusal is 401, and no other status of the client's.
    is_whole: bool,
}

/// Looks at how a server guards itself. Each trouble was seen twice.
pub(in crate::transport) async fn look(
    fetcher: &Fetcher,
    server: &Url,
) -> Result<Vec<GuardRule>, OauthError> {
    fetcher.check("server", server)?;
    let target = Target::of(fetcher, server).await?;
    let without = target.trouble(fetcher, None, true).await?;
    let challenge = challenge(fetcher, server).await?;
    let metadata = of_protected(fetcher, server, challenge.as_ref()).await;
    if let (Some(trouble), None, Ok(None)) = (&without, &challenge, &metadata) {
        return Err(OauthError::Ungated(format!(
            "a call without one is answered, {trouble}, and it has no metadata"
        )));
    }
    let says = match &metadata {
        Ok(Some(_)) => None,
        Ok(None) if challenge.is_none() => Some(
            "no 401 with `WWW-Authenticate: Bearer` came, and no metadata is at the well-known addresses"
                .to_owned(),
        ),
        Ok(None) => Some(
            "the 401 names no `resource_metadata`, and no metadata is at the well-known addresses".to_owned(),
        ),
        // It is there, and something else is wrong.
        Err(OauthError::Wrong { .. }) => None,
        Err(error) => Some(error.to_string()),
    };
    let names = match &metadata {
        Ok(Some(metadata)) if metadata.issuers.is_empty() => {
            Some("the metadata lists no `authorization_servers`".to_owned())
        }
        Ok(Some(_)) => None,
        Ok(None) => Some("there is no metadata".to_owned()),
        Err(error) => Some(error.to_string()),
    };
    let issuer = metadata
        .ok()
        .flatten()
        .and_then(|metadata| metadata.issuers.into_iter().next());
    let (mut other, mut broken) = (Vec::new(), Vec::new());
    for forged in forged(server, issuer.as_deref()) {
        let trouble = target
            .trouble(fetcher, Some(&forged.token), forged.is_whole)
            .await?;
        let troubles = if forged.is_whole { &mut other } else { &mut broken };
        troubles.extend(trouble.map(|trouble| format!("{}: {trouble}", forged.what)));
    }
    let joined = |troubles: Vec<String>| Some(troubles.join("; ")).filter(|text| !text.is_empty());
    let rule = |id, promise, trouble| GuardRule { id, promise, trouble };
    Ok(vec![
        rule(
            "refuses_without_a_token",
            "a call without a token is answered with 401, and does nothing",
            without,
        ),
        rule(
            "says_where_tokens_come_from",
            "the 401, or a well-known address, leads to metadata (RFC 9728)",
            says,
        ),
        rule(
            "names_itself",
            "the metadata is about this server, and names who gives its tokens",
            names,
        ),
        rule(
            "refuses_other_tokens",
            "a token that is not for this server is answered with 401",
            joined(other),
        ),
        rule(
            "survives_broken_tokens",
            "what is no token at all is refused, and breaks nothing",
            joined(broken),
        ),
    ])
}

/// Where a call goes.
struct Target {
    url: Url,
    body: Value,
}

impl Target {
    /// An MCP endpoint takes a message at its own address; over plain HTTP each tool has one.
    async fn of(fetcher: &Fetcher, server: &Url) -> Result<Self, OauthError> {
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": NO_TOOL, "arguments": {} } });
        let answer = fetcher.bare(server, Some(&message), None).await?;
        if !matches!(answer.status.as_u16(), 404 | 405) {
            return Ok(Self {
                url: server.clone(),
                body: message,
            });
        }
        let mut url = server.clone();
        url.set_path(&format!(
            "{}/tools/{NO_TOOL}",
            server.path().trim_end_matches('/')
        ));
        Ok(Self { url, body: json!({}) })
    }

    /// What is wrong with the answer to a call with this token, where it is wrong twice.
    async fn trouble(
        &self,
        fetcher: &Fetcher,
        token: Option<&str>,
        only_401: bool,
    ) -> Result<Option<String>, OauthError> {
        let mut seen = None;
        for _ in 0..2 {
            let answer = fetcher.bare(&self.url, Some(&self.body), token).await?;
            if answer.status == StatusCode::TOO_MANY_REQUESTS {
                return Err(OauthError::unreadable(
                    "server",
                    &self.url,
                    "asks for patience (429)",
                ));
            }
            seen = wrong(&answer, only_401);
            if seen.is_none() {
                break;
            }
        }
        Ok(seen)
    }
}

fn wrong(answer: &Answer, only_401: bool) -> Option<String> {
    let status = answer.status;
    let holds = match only_401 {
        true => status == StatusCode::UNAUTHORIZED,
        false => status.is_client_error(),
    };
    let told = match status {
        _ if holds => return None,
        status if status.is_success() => "it was let through",
        status if status.is_server_error() => "it broke the server",
        _ => "it was not refused as unauthorised",
    };
    Some(format!("{told} (status {})", status.as_u16()))
}

/// Tokens that no server may take.
fn forged(server: &Url, issuer: Option<&str>) -> Vec<Forged> {
    let encode = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let now = Utc::now().timestamp();
    let jwt = |algorithm: &str, audience: &str, signature: &str| {
        let header = encode(json!({ "alg": algorithm, "typ": "JWT" }));
        let claims = encode(json!({
            "iss": issuer.unwrap_or("https://issuer.example"), "sub": "proofhouse", "aud": audience,
            "iat": now, "exp": now.saturating_add(600), "scope": "openid",
        }));
        format!("{header}.{claims}.{signature}")
    };
    let noise = URL_SAFE_NO_PAD.encode([0x5a; 256]);
    let whole = |what, token| Forged {
        what,
        token,
        is_whole: true,
    };
    let broken = |what, token: &str| Forged {
        what,
        token: token.to_owned(),
        is_whole: false,
    };
    vec![
        whole("a text that nobody gave", "proofhouse-no-token".to_owned()),
        whole(
            "a token for another resource",
            jwt("RS256", "https://other.example/", &noise),
        ),
        whole(
            "a token for this resource that nobody signed",
            jwt("none", &identifier(server), ""),
        ),
        broken("an empty token", ""),
        broken("a token with strange characters", "%00..\"'{}<>;--"),
        broken("a token with a broken claim", "e30.e30x.e30"),
        broken("a token of 8 KiB", &"a".repeat(8 * 1024)),
    ]
}
