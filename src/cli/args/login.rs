//! The arguments of `proofhouse login`.

use std::time::Duration;

use clap::Args;

use super::values::duration;

#[derive(Debug, Args)]
pub(in crate::cli) struct LoginArguments {
    /// The address of the server.
    #[arg(required_unless_present = "list", conflicts_with = "list")]
    pub(in crate::cli) url: Option<String>,
    /// List the logins that are kept on this machine.
    #[arg(long)]
    pub(in crate::cli) list: bool,
    /// Do not log in: check how the server guards itself, by calls that do nothing. Exits 1 where a rule is broken.
    #[arg(long, requires = "url")]
    pub(in crate::cli) check: bool,
    /// The name of a client that is registered at the authorization server. Without it, one registers itself.
    #[arg(long, value_name = "ID", requires = "url")]
    pub(in crate::cli) client_id: Option<String>,
    /// The environment variable with the secret of that client. It is kept with the login.
    #[arg(long, value_name = "VARIABLE", requires = "client_id")]
    pub(in crate::cli) client_secret_env: Option<String>,
    /// The address of a document about the client, for authorization servers that read those.
    #[arg(long, value_name = "URL", requires = "url", conflicts_with = "client_id")]
    pub(in crate::cli) client_metadata: Option<String>,
    /// What the token may be used for, beside what an earlier login may. By default what the server asks for.
    #[arg(long, value_name = "SCOPE", value_delimiter = ',', requires = "url")]
    pub(in crate::cli) scope: Vec<String>,
    /// The authorization server. By default the one that the server names.
    #[arg(long, value_name = "URL", requires = "url")]
    pub(in crate::cli) issuer: Option<String>,
    /// The resource that the token is for. By default what the server calls itself.
    #[arg(long, value_name = "URL", requires = "url")]
    pub(in crate::cli) resource: Option<String>,
    /// The port on this machine to which the browser comes back. 0 takes any free port.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(in crate::cli) port: u16,
    /// Open the address in a browser, and not only print it.
    #[arg(long, requires = "url")]
    pub(in crate::cli) open: bool,
    /// The longest time to wait for the browser, such as `10m`.
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = duration)]
    pub(in crate::cli) wait: Duration,
}
