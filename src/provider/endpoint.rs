//! `transport` and the keys that go with it.

use indexmap::IndexMap;

use super::reader::{Fields, Reader, listed};
use crate::diagnostic::{Node, NodeKind, Problem, near_miss};
use crate::model::{Endpoint, EnvValue};
use crate::transport::{ClientOptions, Revision, ServerRequests};

const TRANSPORTS: [&str; 3] = ["http", "mcp", "stdio"];

/// The keys that only some transports have, with those that have them.
const OWN_KEYS: [(&str, &[&str]); 7] = [
    ("url", &["http", "mcp"]),
    ("auth", &["http", "mcp"]),
    ("command", &["stdio"]),
    ("args", &["stdio"]),
    ("env", &["stdio"]),
    ("revision", &["mcp", "stdio"]),
    ("server_requests", &["mcp", "stdio"]),
];

pub(super) fn endpoint(reader: &mut Reader<'_>, entry: &Node, fields: &Fields<'_>) -> Option<Endpoint> {
    let transport = transport(reader, entry, fields)?;
    for (key, owners) in OWN_KEYS {
        if let Some(node) = fields.get(key)
            && !owners.contains(&transport)
        {
            let problem = foreign_key(reader, node, key, owners, transport);
            reader.report(problem);
        }
    }
    let needed = if transport == "stdio" { "command" } else { "url" };
    let Some(target) = fields.get(needed) else {
        let problem = reader.wrong_key(
            fields.get("transport").unwrap_or(entry),
            format!("an entry with `transport: {transport}` needs `{needed}`"),
        );
        reader.report(problem);
        return None;
    };
    match transport {
        "http" => Some(Endpoint::Http {
            // What is asked for is added to it.
            url: url(reader, target)?.trim_end_matches('/').to_owned(),
        }),
        "mcp" => Some(Endpoint::Mcp {
            url: url(reader, target)?,
        }),
        _ => {
            let command = reader.text(target, "`command`");
            let args = fields
                .get("args")
                .map_or(Some(Vec::new()), |node| args(reader, node));
            let env = fields
                .get("env")
                .map_or(Some(IndexMap::new()), |node| variables(reader, node));
            Some(Endpoint::Stdio {
                command: command?,
                args: args?,
                env: env?,
            })
        }
    }
}

fn transport(reader: &mut Reader<'_>, entry: &Node, fields: &Fields<'_>) -> Option<&'static str> {
    let expected = || format!("expected is {}", listed(&TRANSPORTS));
    let Some(node) = fields.get("transport") else {
        let anchor = fields.get("id").unwrap_or(entry);
        let problem = reader
            .wrong_key(anchor, "an entry needs `transport`")
            .label(expected());
        reader.report(problem);
        return None;
    };
    let text = reader.text(node, "`transport`")?;
    let known = TRANSPORTS.into_iter().find(|known| *known == text);
    if known.is_none() {
        let problem = reader
            .wrong(node, format!("`{text}` is not a transport"))
            .label(expected())
            .did_you_mean(near_miss(&text, TRANSPORTS));
        reader.report(problem);
    }
    known
}

fn foreign_key(reader: &Reader<'_>, node: &Node, key: &str, owners: &[&str], transport: &str) -> Problem {
    let message = format!("`{key}` goes with {}, this entry is {transport}", listed(owners));
    match key {
        "auth" => reader
            .hidden(node, &message)
            .hint("a command takes its secrets by `env: { KEY: { from_env: NAME } }`"),
        _ => reader.wrong_key(node, message),
    }
}

/// An absolute URL without anything that could be a credential. What is wrong is not shown where it could be one.
fn url(reader: &mut Reader<'_>, node: &Node) -> Option<String> {
    let text = reader.text(node, "`url`")?;
    let problem = match reqwest::Url::parse(&text) {
        Err(_) if text.contains('@') => reader.hidden(node, "the URL cannot be read"),
        Err(error) => reader
            .wrong(node, format!("the URL cannot be read: {error}"))
            .hint("a whole URL is expected, such as `http://127.0.0.1:4700/p/salon-aurora`"),
        Ok(url) if !url.username().is_empty() || url.password().is_some() => reader
            .hidden(node, "the URL holds a credential")
            .hint("credentials never stand in a manifest: `auth: { basic_env: NAME }` names a variable with `user:password`"),
        Ok(url) if url.fragment().is_some() => {
            reader.hidden(node, "the URL has a fragment (`#…`), which is never sent: leave it out")
        }
        Ok(url) if url.query_pairs().any(|(name, _)| may_be_secret(&name)) => reader
            .hidden(node, "the URL holds what may be a credential in its query")
            .hint("credentials never stand in a manifest: `auth: { header: X-Api-Key, value_env: NAME }` sends one in a header"),
        Ok(url) if !matches!(url.scheme(), "http" | "https") => {
            reader.wrong(node, format!("the URL must be http or https, not {}", url.scheme()))
        }
        Ok(_) => return Some(text),
    };
    reader.report(problem);
    None
}

/// Returns true if the name of a parameter says that its value is a secret.
fn may_be_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_word = |word: &&str| {
        matches!(
            *word,
            "key" | "apikey" | "auth" | "sig" | "signature" | "code" | "jwt" | "pw"
        )
    };
    ["token", "secret", "passw", "credential", "api_key", "apikey"]
        .iter()
        .any(|part| name.contains(part))
        || name
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| is_word(&word))
}

/// The word of a manifest for both eras, that with a handshake and that without, one after the other.
const BOTH: &str = "both";

/// How a server over MCP is spoken to, and whether in both eras.
pub(super) fn client(reader: &mut Reader<'_>, fields: &Fields<'_>) -> (ClientOptions, bool) {
    let mut options = ClientOptions::default();
    let mut both = false;
    if let Some(node) = fields.get("revision")
        && let Some(text) = reader.text(node, "`revision`")
    {
        options.revision = Revision::of(&text);
        both = text == BOTH;
        if options.revision.is_none() && !both {
            let known: Vec<_> = Revision::ALL
                .iter()
                .map(|one| one.as_str())
                .chain([BOTH])
                .collect();
            let problem = reader
                .wrong(node, format!("`{text}` is not a revision of MCP that is spoken"))
                .label(format!("expected is {}", listed(&known)))
                .did_you_mean(near_miss(&text, known.iter().copied()));
            reader.report(problem);
        }
    }
    if let Some(node) = fields.get("server_requests")
        && let Some(text) = reader.text(node, "`server_requests`")
    {
        match ServerRequests::of(&text) {
            Some(policy) => options.server_requests = policy,
            None => {
                let problem = reader
                    .wrong(
                        node,
                        format!("`{text}` is no way to answer what a server asks for"),
                    )
                    .label(format!("expected is {}", listed(&ServerRequests::NAMES)))
                    .did_you_mean(near_miss(&text, ServerRequests::NAMES));
                reader.report(problem);
            }
        }
    }
    (options, both)
}

fn args(reader: &mut Reader<'_>, node: &Node) -> Option<Vec<String>> {
    let items = reader.list(node, "`args`")?;
    items
        .iter()
        .map(|item| reader.text(item, "an argument"))
        .collect()
}

fn variables(reader: &mut Reader<'_>, node: &Node) -> Option<IndexMap<String, EnvValue>> {
    let NodeKind::Map(entries) = &node.kind else {
        let problem = reader.wrong(node, "`env` must be a mapping from names to values");
        reader.report(problem);
        return None;
    };
    let mut found = IndexMap::with_capacity(entries.len());
    for (name, value) in entries {
        let value = match &value.kind {
            NodeKind::Text(text) => Some(EnvValue::Plain(text.clone())),
            NodeKind::Map(_) => reader
                .fields(value, &format!("the variable `{name}`"), &["from_env"])
                .and_then(|fields| fields.get("from_env"))
                .and_then(|from| reader.variable(from, "from_env"))
                .map(EnvValue::FromEnv),
            _ => {
                let problem = reader
                    .wrong(value, format!("the variable `{name}` must be text"))
                    .hint("either a text in quotes or `{ from_env: NAME }`");
                reader.report(problem);
                None
            }
        };
        if let Some(value) = value {
            found.insert(name.clone(), value);
        }
    }
    Some(found)
}
