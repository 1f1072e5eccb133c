//! The arguments of `proofhouse tool`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand};

use super::values::{duration, header, revision, server_requests, variable};
use crate::app::{Revision, ServerRequests};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ToolCommand {
    /// List the tools of the provider.
    List {
        /// Print the listing as JSON, as it came.
        #[arg(long)]
        raw: bool,
        #[command(flatten)]
        at: Box<AtArguments>,
    },
    /// Describe one tool: what the provider lists, its contract, and the differences.
    Describe {
        /// The tool, by its name on the wire or as `domain.tool`.
        name: String,
        #[command(flatten)]
        at: Box<AtArguments>,
    },
    /// Call one tool and print its output. Exits 0 on success, 1 on a refusal or a wrong answer, 5 if the provider cannot be reached.
    Call {
        /// The tool, by its name on the wire or as `domain.tool`.
        name: String,
        /// The input object as JSON; `-` reads it from standard input.
        #[arg(value_name = "JSON", default_value = "{}")]
        arguments: String,
        /// Send the arguments even if they break the input schema.
        #[arg(long)]
        no_validate: bool,
        /// Show each request that a dialect makes for the call, its response, and the rule that parsed it.
        #[arg(long)]
        trace: bool,
        /// Print the whole result as JSON, as it came.
        #[arg(long)]
        raw: bool,
        #[command(flatten)]
        at: Box<AtArguments>,
    },
    /// List the prompts of a server over MCP, or fill one in.
    Prompts {
        /// The prompt to fill in.
        name: Option<String>,
        /// What is filled in, as JSON: an object of texts.
        #[arg(value_name = "JSON", default_value = "{}")]
        arguments: String,
        /// Print the whole result as JSON, as it came.
        #[arg(long)]
        raw: bool,
        #[command(flatten)]
        at: Box<AtArguments>,
    },
    /// List the resources of a server over MCP, or read one.
    Resources {
        /// The address of the resource to read.
        uri: Option<String>,
        /// Print the whole result as JSON, as it came.
        #[arg(long)]
        raw: bool,
        #[command(flatten)]
        at: Box<AtArguments>,
    },
}

/// The provider: exactly one of an entry of a manifest, a URL, a command, or a bundled tenant.
#[derive(Debug, Args)]
#[group(skip)]
#[command(group = ArgGroup::new("at").args(["providers", "url", "reference", "command"]).required(true))]
pub(in crate::cli) struct AtArguments {
    /// Manifest of providers (YAML); `--provider` names one of them.
    #[arg(long, value_name = "FILE", requires = "provider")]
    pub(in crate::cli) providers: Option<PathBuf>,
    /// The id of a provider in the manifest, or `ID@VERSION` if it serves several versions.
    #[arg(long, value_name = "ID", requires = "providers")]
    pub(in crate::cli) provider: Option<String>,
    /// Base URL of a provider.
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) url: Option<String>,
    /// The URL is an MCP endpoint.
    #[arg(long, requires = "url")]
    pub(in crate::cli) mcp: bool,
    /// Send the token in this environment variable, as `Authorization: Bearer`.
    #[arg(long, value_name = "VARIABLE", requires = "url")]
    pub(in crate::cli) bearer_env: Option<String>,
    /// Send a header whose value is in an environment variable (repeatable).
    #[arg(long, value_name = "NAME=VARIABLE", requires = "url", value_parser = header)]
    pub(in crate::cli) header: Vec<(String, String)>,
    /// Send the token that `proofhouse login URL` got.
    #[arg(long, requires = "url", conflicts_with = "bearer_env")]
    pub(in crate::cli) login: bool,
    /// A tenant of the bundled reference provider, or `TENANT@0.2.0` for its second version.
    #[arg(long, value_name = "TENANT")]
    pub(in crate::cli) reference: Option<String>,
    /// Hand an environment variable to the command, under the same name or another (repeatable).
    #[arg(long, value_name = "NAME[=VARIABLE]", requires = "command", value_parser = variable)]
    pub(in crate::cli) env: Vec<(String, String)>,
    /// Speak this revision of MCP only. By default the newest that both sides know.
    #[arg(long, value_name = "DATE", value_parser = revision)]
    pub(in crate::cli) revision: Option<Revision>,
    /// The answer to a server that asks for roots, sampling or an input: `decline`, `accept` or `refuse` [default: decline].
    #[arg(long, value_name = "POLICY", value_parser = server_requests)]
    pub(in crate::cli) server_requests: Option<ServerRequests>,
    /// The time limit of a call, such as `10s` or `500ms`.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub(in crate::cli) timeout: Duration,
    /// A command that speaks MCP over its standard input and output, after `--`.
    #[arg(last = true, value_name = "COMMAND")]
    pub(in crate::cli) command: Vec<String>,
}
