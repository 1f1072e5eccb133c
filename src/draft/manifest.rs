//! `providers.yaml` of a draft: how the server is reached, and which tools a run calls.

use super::file::{DraftFile, Reached, Request};
use super::inputs::OWN_TEXT;
use super::text::{add, quoted};
use super::tool::Drafted;
use crate::model::AuthSource;

/// The manifest.
pub(super) fn file(request: &Request<'_>, called: &[&Drafted<'_>], left: &[&Drafted<'_>]) -> DraftFile {
    let mut text = format!("providers:\n  - id: {}:draft\n", request.domain.replace('_', "-"));
    text.push_str(&way(request.reached));
    text.push_str(&request.auth.map(auth).unwrap_or_default());
    let hash = if called.is_empty() { "# " } else { "" };
    add(&mut text, &format!("    {hash}capabilities:\n"));
    for tool in called {
        add(&mut text, &format!("      - {}\n", tool.full_id()));
    }
    if !left.is_empty() {
        text.push_str(
            "      # These do not say that they only read, so nothing calls them. Where nothing can be broken, take the `#` away:\n",
        );
    }
    for tool in left {
        add(&mut text, &format!("      # - {}\n", tool.full_id()));
    }
    let given: Vec<_> = called
        .iter()
        .chain(left)
        .filter(|tool| !tool.takes_nothing())
        .collect();
    if !given.is_empty() {
        text.push_str("    # Inputs that the server accepts, where those that are made up from its schemas are refused:\n    # fixtures:\n");
    }
    for tool in given {
        let sample = tool
            .sample
            .as_ref()
            .map_or_else(|| "{}".to_owned(), ToString::to_string);
        let sample = sample.replace(OWN_TEXT, "text");
        add(&mut text, &format!("    #   {}: {sample}\n", tool.id));
    }
    DraftFile {
        path: "providers.yaml".to_owned(),
        text,
    }
}

/// How the server is logged in to. No credential stands in it, only the names of variables.
fn auth(source: &AuthSource) -> String {
    match source {
        AuthSource::Bearer { env } => format!("    auth: {{ bearer_env: {} }}\n", quoted(env)),
        AuthSource::Header { header, env } => format!(
            "    auth: {{ header: {}, value_env: {} }}\n",
            quoted(header),
            quoted(env)
        ),
        AuthSource::Login => "    auth: login\n".to_owned(),
        AuthSource::Basic { .. } | AuthSource::Oauth(_) => String::new(),
    }
}

fn way(reached: Option<&Reached>) -> String {
    match reached {
        Some(Reached::Mcp(url)) => format!("    transport: mcp\n    url: {}\n", quoted(url)),
        Some(Reached::Command(command, args)) => {
            let args: Vec<_> = args.iter().map(|arg| quoted(arg)).collect();
            let (command, args) = (quoted(command), args.join(", "));
            format!("    transport: stdio\n    command: {command}\n    args: [{args}]\n")
        }
        None => "    # TODO: the address of the server, or `transport: stdio` with `command` and `args`.\n    transport: mcp\n    url: http://127.0.0.1:3000/mcp\n".to_owned(),
    }
}
