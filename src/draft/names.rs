//! Ids from the names of tools: `get-sum`, `getSum` and `admin.tools.list` in `snake_case`.

use std::collections::BTreeSet;

/// Words that mean something else in YAML or in an expression.
const RESERVED: &[&str] = &[
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "n",
    "namespace",
    "no",
    "null",
    "off",
    "on",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
    "y",
    "yes",
];

/// The most characters of an id.
const LONGEST: usize = 60;

/// The id of a tool, unlike those that are taken.
pub(super) fn unique(name: &str, taken: &mut BTreeSet<String>) -> String {
    let plain = snake(name);
    let mut id = plain.clone();
    let mut number = 2;
    while !taken.insert(id.clone()) {
        id = format!("{plain}_{number}");
        number += 1;
    }
    id
}

/// A name in `snake_case`, which begins with a letter.
pub(super) fn snake(name: &str) -> String {
    let mut id = String::new();
    let mut before = '_';
    for c in name.chars().take(LONGEST) {
        if c.is_ascii_alphanumeric() {
            let is_hump = c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit());
            if is_hump && !id.ends_with('_') {
                id.push('_');
            }
            id.push(c.to_ascii_lowercase());
        } else if !id.is_empty() && !id.ends_with('_') {
            id.push('_');
        }
        before = c;
    }
    let id = id.trim_matches('_');
    match id.chars().next() {
        Some(first) if first.is_ascii_lowercase() && !RESERVED.contains(&id) => id.to_owned(),
        Some(_) => format!("tool_{id}"),
        None => "tool".to_owned(),
    }
}

/// The domain of a server, from its address, its command or the name of a file: `server-memory@2026.1.14` and
/// `https://memory.example.com/mcp` are both `memory`.
pub fn domain_of(name: &str) -> String {
    let name = name.trim();
    let of_url = name.split_once("://").map(|(_, rest)| {
        let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
        let is_address = host.chars().all(|c| c.is_ascii_digit() || c == '.') || host == "localhost";
        let labels = host
            .split('.')
            .find(|label| !["www", "mcp", "api"].contains(label));
        if is_address {
            "server"
        } else {
            labels.unwrap_or("server")
        }
    });
    let of_command = || {
        let mut parts = name.split_whitespace().filter(|part| !part.starts_with('-'));
        // The package or the script says more than the program that runs it, and what stands after it is for the server.
        let tells = |text: &str| text.contains("mcp") || text.contains("server");
        // So do its own name and, only after that, the folders that it is in.
        let told = parts
            .clone()
            .find(|part| part.rsplit('/').next().is_some_and(tells))
            .or_else(|| parts.clone().find(|part| tells(part)));
        let part = told.or_else(|| parts.next_back()).unwrap_or_default();
        part.rsplit('/').next().unwrap_or_default()
    };
    let name = of_url.unwrap_or_else(of_command);
    let name = name.split('@').next().unwrap_or_default();
    let name = name
        .trim_end_matches(".py")
        .trim_end_matches(".js")
        .trim_end_matches(".mjs");
    let words: Vec<String> = words(&snake(name))
        .into_iter()
        .filter(|word| !["mcp", "server"].contains(word))
        .map(str::to_owned)
        .collect();
    match words.is_empty() {
        true => "server".to_owned(),
        false => snake(&words.join("_")),
    }
}

/// The words of an id: the first says what is done, the others to what.
pub(super) fn words(id: &str) -> Vec<&str> {
    id.split('_').filter(|word| !word.is_empty()).collect()
}

/// A word without its plural: `notes` and `note`, `entities` and `entity`.
pub(super) fn stem(word: &str) -> String {
    match (word.strip_suffix("ies"), word.strip_suffix('s')) {
        (Some(stem), _) => format!("{stem}y"),
        (None, Some(stem)) if !stem.ends_with('s') => stem.to_owned(),
        _ => word.to_owned(),
    }
}
