//! Synonyms on disk: `<domain>/synonyms.yaml` says what people call what the contracts of the domain are about. It is no part of any
//! contract, so it may change as language does, and the lock file knows nothing of it.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::Deserialize;

use crate::diagnostic::{Problem, Problems, Source, Spot, read_yaml};

/// The name of the file, in the folder of a domain.
pub(super) const FILE: &str = "synonyms.yaml";

/// The format that this reader knows.
const FORMAT: &str = "proofhouse.synonyms/1";

/// The most synonyms of a domain.
const MOST: usize = 2_000;

/// What people say, and the words of the contracts of a domain for it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SynonymsFile {
    /// The version of this format.
    format: Spot<String>,
    /// A word or a few, as people say them, and the words of contracts that are meant.
    words: IndexMap<String, Vec<String>>,
}

/// Reads the synonyms of a domain.
pub(super) fn read(source: &Arc<Source>) -> Result<IndexMap<String, Vec<String>>, Problems> {
    let file: SynonymsFile = read_yaml(source)?;
    let mut problems = Problems::new();
    if file.format.value != FORMAT {
        let message = format!("`{}` is not a format that this version reads", file.format.value);
        problems.push(
            Problem::at(source, file.format.span(source), message).label(format!("expected `{FORMAT}`")),
        );
    }
    if file.words.len() > MOST {
        problems.push(Problem::of(
            source,
            format!("there are more than {MOST} synonyms"),
        ));
    }
    for (said, meant) in &file.words {
        if said.trim().is_empty() || meant.is_empty() {
            problems.push(Problem::of(source, format!("`{said}` means nothing")));
        }
    }
    problems.or(file.words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        let source = Source::new("synonyms.yaml", text);
        read(&source).unwrap_err().render(false)
    }

    #[test]
    fn synonyms_are_read_and_mistakes_are_told() {
        let source = Source::new(
            "synonyms.yaml",
            "format: proofhouse.synonyms/1\nwords:\n  call off: [cancel]\n",
        );
        assert_eq!(read(&source).unwrap()["call off"], ["cancel"]);
        assert!(wrong("format: proofhouse.synonyms/2\nwords: {}\n").contains("proofhouse.synonyms/1"));
        assert!(wrong("format: proofhouse.synonyms/1\nword: {}\n").contains("words"));
        assert!(wrong("format: proofhouse.synonyms/1\nwords: { a: [] }\n").contains("`a` means nothing"));
    }
}
