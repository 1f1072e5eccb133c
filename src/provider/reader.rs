//! Walks a manifest and collects what is wrong with it.

use std::sync::Arc;

use crate::diagnostic::{Node, NodeKind, Problem, Problems, Source, Span, near_miss};

/// The source, and the mistakes found in it so far.
pub(super) struct Reader<'a> {
    pub(super) source: &'a Arc<Source>,
    pub(super) problems: Problems,
}

/// The keys of one mapping.
pub(super) struct Fields<'n>(&'n [(String, Node)]);

impl<'n> Fields<'n> {
    /// The value under a key.
    pub(super) fn get(&self, key: &str) -> Option<&'n Node> {
        self.0
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, node)| node)
    }
}

impl Reader<'_> {
    /// Notes a mistake at a place, to be refined by the caller.
    pub(super) fn report(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// A mistake in a value.
    pub(super) fn wrong(&self, node: &Node, message: impl Into<String>) -> Problem {
        Problem::at(self.source, node.span(self.source), message)
    }

    /// A mistake about a key.
    pub(super) fn wrong_key(&self, node: &Node, message: impl Into<String>) -> Problem {
        Problem::at(self.source, node.key_span(self.source), message)
    }

    /// A mistake in a line that may hold a credential: it is named, not shown.
    pub(super) fn hidden(&self, node: &Node, message: &str) -> Problem {
        let place = self.source.place(node.span(self.source).start);
        Problem::of(self.source, format!("line {}: {message}", place.line))
    }

    /// The entries of a mapping, after a look at their keys.
    pub(super) fn fields<'n>(&mut self, node: &'n Node, what: &str, known: &[&str]) -> Option<Fields<'n>> {
        let NodeKind::Map(entries) = &node.kind else {
            let problem = self.wrong(node, format!("{what} must be a mapping"));
            self.report(problem.label(format!(
                "with the key{} {}",
                if known.len() == 1 { "" } else { "s" },
                listed(known)
            )));
            return None;
        };
        for (key, value) in entries {
            if !known.contains(&key.as_str()) {
                let problem = self.unknown(key, value, what, known);
                self.report(problem);
            }
        }
        Some(Fields(entries))
    }

    fn unknown(&self, key: &str, value: &Node, what: &str, known: &[&str]) -> Problem {
        /// Words of keys under which people write credentials.
        const TELLTALE: [&str; 7] = [
            "token",
            "bearer",
            "basic",
            "password",
            "secret",
            "key",
            "credential",
        ];
        let message = format!("{what} has no key `{key}`");
        let word = key.to_ascii_lowercase();
        if TELLTALE.iter().any(|telltale| word.contains(telltale)) {
            return self
                .hidden(value, &message)
                .did_you_mean(near_miss(key, known.iter().copied()))
                .hint(
                    "credentials never stand in a manifest: `auth: { bearer_env: NAME }` names a variable",
                );
        }
        let problem = self.wrong_key(value, message);
        match near_miss(key, known.iter().copied()) {
            Some(meant) => problem.did_you_mean(Some(meant)),
            None => problem.label(format!("known are {}", listed(known))),
        }
    }

    /// A text that is not empty.
    pub(super) fn text(&mut self, node: &Node, what: &str) -> Option<String> {
        let problem = match &node.kind {
            NodeKind::Text(text) if !text.trim().is_empty() => return Some(text.clone()),
            NodeKind::Text(_) => self.wrong(node, format!("{what} is empty")),
            NodeKind::Scalar(value) if !value.is_null() => {
                let written = self.source.text().get(node.span(self.source)).map(str::trim);
                let written = written
                    .filter(|written| !written.is_empty() && !written.contains('\n'))
                    .map_or_else(|| value.to_string(), str::to_owned);
                self.wrong(node, format!("{what} must be text"))
                    .hint(format!("in quotes it is: \"{written}\""))
            }
            _ => self.wrong(node, format!("{what} must be text")),
        };
        self.report(problem);
        None
    }

    /// A list.
    pub(super) fn list<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Node]> {
        if let NodeKind::List(items) = &node.kind {
            return Some(items);
        }
        let problem = self.wrong(node, format!("{what} must be a list"));
        self.report(problem);
        None
    }

    /// The name of an environment variable. What is none may be the credential itself, so it is not shown.
    pub(super) fn variable(&mut self, node: &Node, key: &str) -> Option<String> {
        if let NodeKind::Text(text) = &node.kind {
            let mut bytes = text.bytes();
            if bytes
                .next()
                .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
                && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            {
                return Some(text.clone());
            }
        }
        let problem = self
            .hidden(
                node,
                &format!("`{key}` must be the name of an environment variable"),
            )
            .hint(
                "letters, digits and underscores, without a `$`: the value itself never stands in a manifest",
            );
        self.report(problem);
        None
    }

    /// The number of the line in which a span begins, from 1.
    pub(super) fn line(&self, span: &Span) -> usize {
        self.source.place(span.start).line
    }
}

/// Names in a sentence.
pub(super) fn listed(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}
