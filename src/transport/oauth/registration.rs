//! The registration of a client by itself (RFC 7591).

use serde_json::{Value, json};

use super::client::Client;
use super::error::OauthError;
use super::fetch::Fetcher;
use super::metadata::{ServerMetadata, text};
use crate::model::Secret;

/// Registers a client for logins that come back to `redirect`.
pub(super) async fn register(
    fetcher: &Fetcher,
    server: &ServerMetadata,
    redirect: &str,
) -> Result<Client, OauthError> {
    const ENDPOINT: &str = "registration endpoint";
    let Some(url) = &server.registration_endpoint else {
        return Err(OauthError::Unfit {
            issuer: server.issuer.clone(),
            reason: "registers no clients by itself: register one there, for callbacks to http://127.0.0.1, and name it by --client-id"
                .to_owned(),
        });
    };
    let supports = |grant: &str| {
        let grants = server.grants.as_ref();
        grants.is_none_or(|grants| grants.iter().any(|known| known == grant))
    };
    let mut grants = vec!["authorization_code"];
    if supports("refresh_token") {
        grants.push("refresh_token");
    }
    let body = json!({
        "client_name": "Proofhouse",
        "redirect_uris": [redirect],
        "grant_types": grants,
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "application_type": "native",
    });
    let answer = fetcher.json(ENDPOINT, url, &body).await?;
    let status = answer.status;
    let object = answer.object(ENDPOINT, url)?;
    if !status.is_success() {
        let code = text(&object, "error").unwrap_or_else(|| format!("status {}", status.as_u16()));
        let description = text(&object, "error_description");
        return Err(OauthError::refused(
            "to register a client",
            &code,
            description.as_deref(),
        ));
    }
    let id = text(&object, "client_id").filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| OauthError::wrong(ENDPOINT, url, "gave no `client_id`"))?;
    let method = object.get("token_endpoint_auth_method").and_then(Value::as_str);
    Ok(
        match text(&object, "client_secret").filter(|secret| !secret.is_empty()) {
            Some(secret) if method != Some("none") => {
                let in_body = method.map(|method| method == "client_secret_post");
                Client::with_secret(id, Secret::new(secret), in_body)
            }
            _ => Client::public(id),
        },
    )
}
