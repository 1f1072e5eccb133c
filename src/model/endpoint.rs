//! The endpoint of a provider and the source of its credentials. Never the credentials themselves.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// The binding over which a provider is reached (provider contract, "Bindings").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "transport")]
pub enum Endpoint {
    /// `POST {url}/tools/{tool}`.
    Http {
        /// The base URL, without a trailing slash.
        url: String,
    },
    /// MCP over streamable HTTP.
    Mcp {
        /// The URL of the MCP endpoint.
        url: String,
    },
    /// MCP over the standard input and output of a command.
    Stdio {
        /// The program.
        command: String,
        /// Its arguments.
        args: Vec<String>,
        /// Variables added to its environment.
        env: IndexMap<String, EnvValue>,
    },
}

impl Endpoint {
    /// The word that a manifest uses for it.
    pub fn transport(&self) -> &'static str {
        match self {
            Self::Http { .. } => "http",
            Self::Mcp { .. } => "mcp",
            Self::Stdio { .. } => "stdio",
        }
    }

    /// The URL or the command, for people.
    pub fn target(&self) -> &str {
        match self {
            Self::Http { url } | Self::Mcp { url } => url,
            Self::Stdio { command, .. } => command,
        }
    }
}

/// A variable of a child's environment: written out, or taken from ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnvValue {
    /// The value itself.
    Plain(String),
    /// The name of our own variable that holds it.
    FromEnv(String),
}

/// The kind of authentication of a provider, and the environment variable that holds the secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum AuthSource {
    /// `Authorization: Bearer …`.
    Bearer {
        /// The variable.
        env: String,
    },
    /// `Authorization: Basic …`; the variable holds `user:password`.
    Basic {
        /// The variable.
        env: String,
    },
    /// A header of the provider's own.
    Header {
        /// The header's name.
        header: String,
        /// The variable.
        env: String,
    },
    /// A token of an authorization server, which the harness asks for in its own name (OAuth client credentials).
    Oauth(Box<OauthSource>),
    /// A token that a person has got by a login.
    Login,
}

/// What an authorization server is asked with for a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OauthSource {
    /// The name under which the server knows the client.
    pub client_id: String,
    /// What proves that it is the client.
    pub proof: ClientProof,
    /// What the token is for; empty leaves that to the server.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// The resource that the token is for (RFC 8707); by default the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The authorization server; by default the one that the provider names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The address at which tokens are given; by default the one that the authorization server names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_url: Option<String>,
}

/// The environment variable that holds what a client proves itself with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientProof {
    /// A secret that both sides know.
    SecretEnv(String),
    /// A private key, as PEM, of which the server knows the public half.
    PrivateKeyEnv(String),
}

impl ClientProof {
    /// The variable.
    pub fn env(&self) -> &str {
        match self {
            Self::SecretEnv(env) | Self::PrivateKeyEnv(env) => env,
        }
    }
}

impl AuthSource {
    /// The environment variable that holds the secret; None where no variable does.
    pub fn env(&self) -> Option<&str> {
        match self {
            Self::Bearer { env } | Self::Basic { env } | Self::Header { env, .. } => Some(env),
            Self::Oauth(source) => Some(source.proof.env()),
            Self::Login => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Records of runs hold them: those of earlier versions are read, and each is read as it was written.
    #[test]
    fn a_source_is_read_as_it_was_ever_written() {
        let bearer = json!({ "kind": "bearer", "env": "TOKEN" });
        let read: AuthSource = serde_json::from_value(bearer).unwrap();
        assert_eq!(
            read,
            AuthSource::Bearer {
                env: "TOKEN".to_owned()
            }
        );
        let oauth = AuthSource::Oauth(Box::new(OauthSource {
            client_id: "ci".to_owned(),
            proof: ClientProof::SecretEnv("CI_SECRET".to_owned()),
            scopes: Vec::new(),
            resource: None,
            issuer: None,
            token_url: None,
        }));
        let written = serde_json::to_value(&oauth).unwrap();
        assert_eq!(
            written,
            json!({ "kind": "oauth", "client_id": "ci", "proof": { "secret_env": "CI_SECRET" } })
        );
        for source in [oauth, AuthSource::Login] {
            let written = serde_json::to_value(&source).unwrap();
            assert_eq!(serde_json::from_value::<AuthSource>(written).unwrap(), source);
        }
    }
}
