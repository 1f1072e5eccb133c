//! `auth: { oauth: … }`: how the harness asks an authorization server for a token in its own name.

use super::reader::Reader;
use crate::diagnostic::{Node, NodeKind};
use crate::model::{AuthSource, ClientProof, OauthSource};
use crate::transport::is_secure;

const KEYS: [&str; 7] = [
    "client_id",
    "client_secret_env",
    "private_key_env",
    "scopes",
    "resource",
    "issuer",
    "token_url",
];

pub(super) fn source(reader: &mut Reader<'_>, node: &Node) -> Option<AuthSource> {
    let fields = reader.fields(node, "`oauth`", &KEYS)?;
    let Some(client_id) = fields.get("client_id") else {
        let problem = reader
            .wrong_key(node, "`oauth` needs `client_id`")
            .hint("the name under which the authorization server knows the client");
        reader.report(problem);
        return None;
    };
    let client_id = reader.text(client_id, "`client_id`");
    let proof = match [fields.get("client_secret_env"), fields.get("private_key_env")] {
        [Some(secret), None] => reader
            .variable(secret, "client_secret_env")
            .map(ClientProof::SecretEnv),
        [None, Some(key)] => reader
            .variable(key, "private_key_env")
            .map(ClientProof::PrivateKeyEnv),
        _ => {
            let problem = reader
                .hidden(
                    node,
                    "`oauth` needs one of `client_secret_env` and `private_key_env`",
                )
                .hint("each names an environment variable: with the secret of the client, or with its private key as PEM");
            reader.report(problem);
            None
        }
    };
    let scopes = fields
        .get("scopes")
        .map_or(Some(Vec::new()), |node| scopes(reader, node));
    let mut url = |key: &str| match fields.get(key) {
        Some(node) => address(reader, node, key).map(Some),
        None => Some(None),
    };
    let (resource, issuer, token_url) = (url("resource"), url("issuer"), url("token_url"));
    Some(AuthSource::Oauth(Box::new(OauthSource {
        client_id: client_id?,
        proof: proof?,
        scopes: scopes?,
        resource: resource?,
        issuer: issuer?,
        token_url: token_url?,
    })))
}

/// A list of scopes, or one text with spaces between them.
fn scopes(reader: &mut Reader<'_>, node: &Node) -> Option<Vec<String>> {
    let texts = match &node.kind {
        NodeKind::Text(text) => text.split(' ').map(str::to_owned).collect(),
        _ => reader
            .list(node, "`scopes`")?
            .iter()
            .map(|item| reader.text(item, "a scope"))
            .collect::<Option<Vec<_>>>()?,
    };
    // The characters of RFC 6749, 3.3.
    let fits = |scope: &String| {
        !scope.is_empty()
            && scope
                .bytes()
                .all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
    };
    if let Some(scope) = texts.iter().find(|scope| !fits(scope)) {
        let problem = reader
            .wrong(node, format!("`{scope}` is no scope"))
            .hint("a scope has visible characters without spaces, quotes and backslashes");
        reader.report(problem);
        return None;
    }
    Some(texts)
}

/// A URL. Those that are asked must be safe from others on the way.
fn address(reader: &mut Reader<'_>, node: &Node, key: &str) -> Option<String> {
    let text = reader.text(node, &format!("`{key}`"))?;
    let problem = match reqwest::Url::parse(&text) {
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            reader.hidden(node, &format!("`{key}` holds a credential"))
        }
        Err(_) if text.contains('@') => reader.hidden(node, &format!("`{key}` cannot be read")),
        Err(error) => reader.wrong(node, format!("`{key}` cannot be read: {error}")),
        Ok(url) if url.fragment().is_some() => reader.wrong(node, format!("`{key}` has a fragment")),
        Ok(url) if key != "resource" && !is_secure(&url) => reader
            .wrong(node, format!("`{key}` must be https, or on this machine"))
            .hint("a secret or a token would be sent to it in the clear"),
        Ok(_) => return Some(text),
    };
    reader.report(problem);
    None
}
