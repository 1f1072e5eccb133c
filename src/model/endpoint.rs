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
}

impl AuthSource {
    /// The environment variable that holds the secret.
    pub fn env(&self) -> &str {
        match self {
            Self::Bearer { env } | Self::Basic { env } | Self::Header { env, .. } => env,
        }
    }
}
