//! `auth`: which variable of the environment holds the credential, and how it is sent.

use super::oauth;
use super::reader::Reader;
use crate::diagnostic::{Node, NodeKind};
use crate::model::AuthSource;

const KEYS: [&str; 5] = ["bearer_env", "basic_env", "header", "value_env", "oauth"];

/// Headers that belong to the transport.
const TAKEN: [&str; 8] = [
    "accept",
    "connection",
    "content-length",
    "content-type",
    "host",
    "te",
    "transfer-encoding",
    "upgrade",
];

pub(super) fn auth(reader: &mut Reader<'_>, node: &Node) -> Option<AuthSource> {
    if matches!(&node.kind, NodeKind::Text(text) if text == "login") {
        return Some(AuthSource::Login);
    }
    let NodeKind::Map(entries) = &node.kind else {
        // Whatever stands there is likely the credential.
        let problem = reader
            .hidden(
                node,
                "`auth` must be a mapping that names an environment variable",
            )
            .hint("for example `auth: { bearer_env: NAME }`; or `auth: login`, after `proofhouse login URL`");
        reader.report(problem);
        return None;
    };
    let fields = reader.fields(node, "`auth`", &KEYS)?;
    match KEYS.map(|key| fields.get(key)) {
        [Some(bearer), None, None, None, None] => Some(AuthSource::Bearer {
            env: reader.variable(bearer, "bearer_env")?,
        }),
        [None, Some(basic), None, None, None] => Some(AuthSource::Basic {
            env: reader.variable(basic, "basic_env")?,
        }),
        [None, None, None, None, Some(oauth)] => oauth::source(reader, oauth),
        [None, None, Some(header), Some(value), None] => {
            let header = header_name(reader, header);
            let env = reader.variable(value, "value_env");
            Some(AuthSource::Header {
                header: header?,
                env: env?,
            })
        }
        // A key that nobody knows has been told already, and is likely what is missing here.
        _ if entries.iter().any(|(key, _)| !KEYS.contains(&key.as_str())) => None,
        _ => {
            let problem = reader.hidden(node, "`auth` must have exactly one form").hint(
                "`{ bearer_env: NAME }`, `{ basic_env: NAME }`, `{ header: X-Api-Key, value_env: NAME }`, `{ oauth: { … } }`, or `login` alone",
            );
            reader.report(problem);
            None
        }
    }
}

fn header_name(reader: &mut Reader<'_>, node: &Node) -> Option<String> {
    let name = reader.text(node, "`header`")?;
    let problem = if reqwest::header::HeaderName::from_bytes(name.as_bytes()).is_err() {
        reader.wrong(node, format!("`{name}` is not the name of a header"))
    } else if TAKEN.iter().any(|taken| name.eq_ignore_ascii_case(taken)) {
        reader.wrong(node, format!("the header `{name}` belongs to the transport"))
    } else {
        return Some(name);
    };
    reader.report(problem);
    None
}
