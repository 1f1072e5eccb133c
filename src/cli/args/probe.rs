//! The arguments of `proofhouse probe`.

use std::time::Duration;

use clap::{ArgGroup, Args, ValueEnum};

use super::running::ShownArguments;
use super::values::{duration, header, revision, server_requests, variable, whole_number};
use crate::app::{Calls, Revision, ServerRequests};

/// Which tools a probe calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum CallsName {
    /// None: the protocol alone is tried.
    None,
    /// Those that say `readOnlyHint: true` and not `openWorldHint: true`.
    Read,
    /// All, and several at one time. Only where nothing can be broken.
    Sandbox,
}

impl CallsName {
    pub(in crate::cli) fn calls(self) -> Calls {
        match self {
            Self::None => Calls::None,
            Self::Read => Calls::Read,
            Self::Sandbox => Calls::Sandbox,
        }
    }
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("at").args(["url", "command"]).required(true))]
pub(in crate::cli) struct ProbeArguments {
    /// The MCP endpoint of the server.
    pub(in crate::cli) url: Option<String>,
    /// The tools that may be called. Without it you are asked on a terminal, and elsewhere none is called.
    #[arg(long, value_enum, value_name = "WHICH", help_heading = "Calls")]
    pub(in crate::cli) calls: Option<CallsName>,
    /// Call only tools whose name matches a glob (repeatable).
    #[arg(long, value_name = "GLOB", help_heading = "Calls")]
    pub(in crate::cli) tool: Vec<String>,
    /// A value that the server accepts, such as `get_weather.city=Brno` (repeatable). It is JSON, else a text; for a parameter that is a
    /// text, it is one.
    #[arg(long, value_name = "TOOL.PARAM=VALUE", value_parser = given, help_heading = "Calls")]
    pub(in crate::cli) given: Vec<(String, String, String)>,
    /// The name of the server's host, once more: `--calls sandbox` asks for it where the server is on another machine.
    #[arg(long, value_name = "HOST", help_heading = "Calls")]
    pub(in crate::cli) confirm_host: Option<String>,
    /// Only tests whose id, `tool/test` or last part matches a glob (repeatable).
    #[arg(long, value_name = "GLOB", help_heading = "Selection")]
    pub(in crate::cli) test: Vec<String>,
    /// Count a failed should-level test like a failed must-level test.
    #[arg(long, help_heading = "Selection")]
    pub(in crate::cli) strict: bool,
    /// Speak this revision of MCP only. By default the newest that both sides know.
    #[arg(long, value_name = "DATE", value_parser = revision, help_heading = "Connection")]
    pub(in crate::cli) era: Option<Revision>,
    /// The answer to a server that asks for roots, sampling or an input: `decline`, `accept` or `refuse` [default: decline].
    #[arg(long, value_name = "POLICY", value_parser = server_requests, help_heading = "Connection")]
    pub(in crate::cli) server_requests: Option<ServerRequests>,
    /// Send the token in this environment variable, as `Authorization: Bearer`.
    #[arg(long, value_name = "VARIABLE", requires = "url", help_heading = "Connection")]
    pub(in crate::cli) bearer_env: Option<String>,
    /// Send a header whose value is in an environment variable (repeatable).
    #[arg(long, value_name = "NAME=VARIABLE", requires = "url", value_parser = header, help_heading = "Connection")]
    pub(in crate::cli) header: Vec<(String, String)>,
    /// Send the token that `proofhouse login URL` got.
    #[arg(
        long,
        requires = "url",
        conflicts_with = "bearer_env",
        help_heading = "Connection"
    )]
    pub(in crate::cli) login: bool,
    /// Hand an environment variable to the command, under the same name or another (repeatable).
    #[arg(long, value_name = "NAME[=VARIABLE]", requires = "command", value_parser = variable, help_heading = "Connection")]
    pub(in crate::cli) env: Vec<(String, String)>,
    /// The time limit of the whole, such as `1m`. What is left then ends as an error.
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = duration, help_heading = "Pace")]
    pub(in crate::cli) budget: Duration,
    /// The time limit of a call, such as `10s` or `500ms`. A tool that takes longer is not probed.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration, help_heading = "Pace")]
    pub(in crate::cli) timeout: Duration,
    /// The seed of the order in which tests start.
    #[arg(long, value_name = "NUMBER", value_parser = whole_number, help_heading = "Pace")]
    pub(in crate::cli) seed: Option<u64>,
    #[command(flatten)]
    pub(in crate::cli) shown: ShownArguments,
    /// Do not store the run.
    #[arg(long, help_heading = "Output")]
    pub(in crate::cli) no_store: bool,
    /// The command of a server that speaks over its standard input and output, after `--`.
    #[arg(last = true, value_name = "COMMAND")]
    pub(in crate::cli) command: Vec<String>,
}

/// A value of a parameter: `tool.param=VALUE`. The name of a tool may have dots, that of a parameter has none.
fn given(text: &str) -> Result<(String, String, String), String> {
    let wrong = || "expected is `tool.param=VALUE`, such as `get_weather.city=Brno`".to_owned();
    let (place, value) = text.split_once('=').ok_or_else(wrong)?;
    let (tool, parameter) = place.rsplit_once('.').ok_or_else(wrong)?;
    if tool.is_empty() || parameter.is_empty() {
        return Err(wrong());
    }
    Ok((tool.to_owned(), parameter.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_value_has_a_place() {
        let read = |text: &str| given(text).unwrap();
        assert_eq!(
            read("a.b.c=1"),
            ("a.b".to_owned(), "c".to_owned(), "1".to_owned())
        );
        assert_eq!(read("a.b=x=y").2, "x=y");
        for wrong in ["a", "a=1", ".b=1", "a.=1"] {
            assert!(given(wrong).is_err(), "{wrong}");
        }
    }
}
