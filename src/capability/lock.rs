//! The lock file: which versions and editions are published, each with its digest. What stands in it may never change.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::edition::{edition_path, is_edition_name};
use super::folder::LOCK_FILE;
use super::layout;
use crate::diagnostic::{Problem, Problems, Source, Span};
use crate::model::CapabilityRef;

const HEADER: &str = "format: proofhouse.lock/1";

const REMARK: &str =
    "# A published version never changes. `proofhouse capabilities lock` adds new ones and rewrites none.";

/// Something that is published for good: a version of a contract, or an edition of one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sealed {
    /// The contract.
    pub(super) capability: CapabilityRef,
    /// The name of the edition. None for the contract itself.
    pub(super) edition: Option<String>,
}

impl Sealed {
    /// A version of a contract.
    pub(super) fn contract(capability: &CapabilityRef) -> Self {
        Self {
            capability: capability.clone(),
            edition: None,
        }
    }

    /// An edition of a contract.
    pub(super) fn edition(capability: &CapabilityRef, name: &str) -> Self {
        Self {
            capability: capability.clone(),
            edition: Some(name.to_owned()),
        }
    }

    /// The start of its line in the lock file: `domain.tool@version`, and the name of an edition.
    fn key(&self) -> String {
        match &self.edition {
            None => self.capability.to_string(),
            Some(name) => format!("{} {name}", self.capability),
        }
    }

    /// Where it stands below the registry's folder.
    fn place(&self) -> String {
        match &self.edition {
            None => layout::path_of(&self.capability, ""),
            Some(name) => edition_path(&self.capability, name),
        }
    }
}

impl fmt::Display for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.edition {
            None => write!(f, "`{}`", self.capability),
            Some(name) => write!(f, "edition {name} of `{}`", self.capability),
        }
    }
}

/// The lock file as it was read.
#[derive(Debug)]
pub(super) struct Lock {
    source: Arc<Source>,
    entries: BTreeMap<Sealed, Entry>,
}

#[derive(Debug)]
struct Entry {
    digest: String,
    reference_at: Span,
    digest_at: Span,
}

impl Lock {
    /// A lock file that holds nothing.
    pub(super) fn empty(source: Arc<Source>) -> Self {
        Self {
            source,
            entries: BTreeMap::new(),
        }
    }

    pub(super) fn read(source: Arc<Source>) -> Result<Self, Problems> {
        let mut problems = Problems::new();
        let mut entries: BTreeMap<Sealed, Entry> = BTreeMap::new();
        let mut start = 0_usize;
        for (number, line) in source.text().split_inclusive('\n').enumerate() {
            let at = start;
            start = at.saturating_add(line.len());
            let line = line.trim_end();
            let problem = |message: String| Problem::at(&source, at..at.saturating_add(line.len()), message);
            if number == 0 {
                if line != HEADER {
                    problems.push(
                        problem("this is no lock file that this version reads".to_owned())
                            .label(format!("expected `{HEADER}`")),
                    );
                    return Err(problems);
                }
                continue;
            }
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match entry(line, at) {
                None => problems.push(
                    problem("this line names no published version".to_owned())
                        .label("expected `domain.tool@version sha256:` and 64 hexadecimal digits"),
                ),
                Some((reference, _)) if entries.contains_key(&reference) => {
                    problems.push(
                        problem(format!("{reference} stands twice")).label("keep the line that is older"),
                    );
                }
                Some((reference, entry)) => {
                    entries.insert(reference, entry);
                }
            }
        }
        if source.text().is_empty() {
            problems.push(
                Problem::of(&source, "the lock file is empty").hint(format!("its first line is `{HEADER}`")),
            );
        }
        problems.or(()).map(|()| Self { source, entries })
    }

    pub(super) fn holds(&self, reference: &Sealed) -> bool {
        self.entries.contains_key(reference)
    }

    /// Finds the published versions and editions that were changed or taken away.
    ///
    /// `plain` has the digests of the same files with the line ends, and without the byte order marks, that editors change by themselves.
    pub(super) fn check(
        &self,
        found: &BTreeMap<Sealed, String>,
        plain: &BTreeMap<Sealed, String>,
    ) -> Problems {
        let mut problems = Problems::new();
        for (reference, entry) in &self.entries {
            let place = reference.place();
            match found.get(reference) {
                None => problems.push(
                    Problem::at(
                        &self.source,
                        entry.reference_at.clone(),
                        format!("{reference} is published and may not be taken away"),
                    )
                    .label(format!("`{place}` is missing")),
                ),
                Some(digest) if *digest != entry.digest && plain.get(reference) == Some(&entry.digest) => {
                    problems.push(
                        Problem::at(
                            &self.source,
                            entry.digest_at.clone(),
                            format!(
                                "{reference} is published and may not change: its words are as published, \
                                 and its line ends or a byte order mark are not"
                            ),
                        )
                        .label("the digest as published")
                        .hint(format!(
                            "write the files in `{place}` with line feeds alone (LF, not CRLF), and without a byte order mark"
                        ))
                        .hint("where git changes line ends, `capabilities/** -text` in `.gitattributes` stops it"),
                    );
                }
                Some(digest) if *digest != entry.digest => problems.push(
                    Problem::at(
                        &self.source,
                        entry.digest_at.clone(),
                        format!(
                            "{reference} is published and may not change: \
                             expected sha256:{}, found sha256:{digest}",
                            entry.digest
                        ),
                    )
                    .label("the digest as published")
                    .hint(format!("take back what was changed in `{place}`"))
                    .hint(match &reference.edition {
                        Some(_) => "publish a new edition instead, of a later month".to_owned(),
                        None => format!(
                            "publish a new version instead, in a folder of its own in `{}/{}/`",
                            reference.capability.id.domain(),
                            reference.capability.id.tool()
                        ),
                    }),
                ),
                Some(_) => {}
            }
        }
        problems
    }
}

/// Takes a line that begins at the byte `at` apart.
fn entry(line: &str, at: usize) -> Option<(Sealed, Entry)> {
    let (key, digest) = line.rsplit_once(' ')?;
    let digits = digest.strip_prefix("sha256:")?;
    let is_digest = digits.len() == 64 && digits.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
    let end = at.saturating_add(line.len());
    let entry = Entry {
        digest: digits.to_owned(),
        reference_at: at..at.saturating_add(key.len()),
        digest_at: end.saturating_sub(digest.len())..end,
    };
    let sealed = match key.split_once(' ') {
        None => Sealed::contract(&key.parse().ok()?),
        Some((capability, name)) if is_edition_name(name) => Sealed::edition(&capability.parse().ok()?, name),
        Some(_) => return None,
    };
    is_digest.then_some((sealed, entry))
}

/// The text of a lock file.
pub(super) fn text<'a>(entries: impl Iterator<Item = (Sealed, &'a str)>) -> String {
    let mut lines = vec![HEADER.to_owned(), REMARK.to_owned()];
    lines.extend(entries.map(|(sealed, digest)| format!("{} sha256:{digest}", sealed.key())));
    lines.join("\n") + "\n"
}

/// The mistake of a registry without a lock file.
pub(super) fn missing(source: &Arc<Source>) -> Problem {
    Problem::of(source, "the lock file is missing")
        .hint("`proofhouse capabilities lock --registry FOLDER` writes it: it holds the digest of every published version")
}

/// The mistake of a draft that the lock file holds.
pub(super) fn sealed_draft(source: &Arc<Source>, reference: &Sealed) -> Problem {
    Problem::of(
        source,
        format!("{reference} is published, and calls itself a draft"),
    )
    .hint(format!(
        "take its line out of `{LOCK_FILE}` if nobody relies on it yet, or leave `status` out"
    ))
}

/// The mistake of a version or an edition that the lock file does not hold.
pub(super) fn unlocked(source: &Arc<Source>, at: Option<Span>, reference: &Sealed) -> Problem {
    let message = format!("{reference} is not published yet: it does not stand in `{LOCK_FILE}`");
    let problem = match at {
        Some(at) => Problem::at(source, at, message),
        None => Problem::of(source, message),
    };
    problem
        .hint("`proofhouse capabilities lock --registry FOLDER` publishes it; afterwards it may not change")
}

#[cfg(test)]
mod tests {
    use super::super::folder::LOCK_FILE;
    use super::super::sample::Sample;

    fn told(sample: Sample) -> String {
        sample.load().unwrap_err().render(false)
    }

    #[test]
    fn a_published_version_may_not_change() {
        insta::assert_snapshot!(
            told(Sample::new().change(
                "cancel_pickup/v0.1.0/input.schema.json",
                "\"type\": \"string\"",
                "\"type\": \"string\", \"minLength\": 1",
            )), @"
        error: `parcels.cancel_pickup@0.1.0` is published and may not change: expected sha256:b0c8a307d8344367dd4b6a3bb2b073a0a80609f5a2beaff120c7f02cc809c196, found sha256:6696906a07f44868b20b942a06adcf87182fe0790c1b9d8badcddb5fcbf77eb6
         --> capabilities/capabilities.lock:3:29
          |
        3 | parcels.cancel_pickup@0.1.0 sha256:b0c8a307d8344367dd4b6a3bb2b073a0a80609f5a2beaff120c7f02cc809c196
          |                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the digest as published
          |
          = help: take back what was changed in `parcels/cancel_pickup/v0.1.0/`
          = help: publish a new version instead, in a folder of its own in `parcels/cancel_pickup/`
        ");
    }

    #[test]
    fn a_line_ending_is_a_change_and_named_as_one() {
        for (from, to) in [("\n", "\r\n"), ("format:", "\u{feff}format:")] {
            let wrong = told(Sample::new().change("cancel_pickup/v0.1.0/capability.yaml", from, to));
            assert!(wrong.contains("may not change"), "{wrong}");
            assert!(wrong.contains("LF, not CRLF"), "{wrong}");
        }
        let words = told(Sample::new().change(
            "cancel_pickup/v0.1.0/input.schema.json",
            "\"type\": \"string\"",
            "\"type\": \"string\",\r\n\"minLength\": 1",
        ));
        assert!(!words.contains("line ends"), "{words}");
    }

    #[test]
    fn a_byte_order_mark_before_the_lock_file_is_passed_over() {
        assert!(
            Sample::new()
                .change(LOCK_FILE, "format:", "\u{feff}format:")
                .load()
                .is_ok()
        );
    }

    #[test]
    fn a_published_version_may_not_be_taken_away() {
        let sample = Sample::new()
            .without("quote_delivery/v0.1.0/capability.yaml")
            .without("quote_delivery/v0.1.0/input.schema.json")
            .without("quote_delivery/v0.1.0/output.schema.json")
            .change("order_pickup/v0.1.0/capability.yaml", "[quote_delivery]", "[]")
            .change(
                LOCK_FILE,
                "parcels.order_pickup@0.1.0",
                "# parcels.order_pickup@0.1.0",
            );
        insta::assert_snapshot!(told(sample), @"
        error: `parcels.order_pickup@0.1.0` is not published yet: it does not stand in `capabilities.lock`
         --> capabilities/parcels/order_pickup/v0.1.0/capability.yaml:3:10
          |
        3 | version: 0.1.0
          |          ^^^^^
          |
          = help: `proofhouse capabilities lock --registry FOLDER` publishes it; afterwards it may not change

        error: `parcels.quote_delivery@0.1.0` is published and may not be taken away
         --> capabilities/capabilities.lock:5:1
          |
        5 | parcels.quote_delivery@0.1.0 sha256:470fe29f8c3fd0b047df0df9ac7eebe6f0c6cd59d27e87107c6ae17bde866761
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `parcels/quote_delivery/v0.1.0/` is missing
        ");
    }

    #[test]
    fn a_registry_has_a_lock_file() {
        insta::assert_snapshot!(told(Sample::new().without(LOCK_FILE)), @"
        error: the lock file is missing
        --> capabilities/capabilities.lock
         = help: `proofhouse capabilities lock --registry FOLDER` writes it: it holds the digest of every published version
        ");
    }

    #[test]
    fn mistakes_in_the_lock_file_have_places() {
        let changed = |from: &str, to: &str| told(Sample::new().change(LOCK_FILE, from, to));
        insta::assert_snapshot!(changed("lock/1", "lock/2"), @"
        error: this is no lock file that this version reads
         --> capabilities/capabilities.lock:1:1
          |
        1 | format: proofhouse.lock/2
          | ^^^^^^^^^^^^^^^^^^^^^^^^^ expected `format: proofhouse.lock/1`
        ");
        insta::assert_snapshot!(changed("parcels.order_pickup@0.1.0", "parcels.order_pickup"), @"
        error: this line names no published version
         --> capabilities/capabilities.lock:4:1
          |
        4 | parcels.order_pickup sha256:ab02bdc237f4ec1a6454a46ca917c49eafc9622da4825f35e31a94727599d9e9
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ expected `domain.tool@version sha256:` and 64 hexadecimal digits
        ");
        insta::assert_snapshot!(changed("parcels.quote_delivery", "parcels.order_pickup"), @"
        error: `parcels.order_pickup@0.1.0` stands twice
         --> capabilities/capabilities.lock:5:1
          |
        5 | parcels.order_pickup@0.1.0 sha256:470fe29f8c3fd0b047df0df9ac7eebe6f0c6cd59d27e87107c6ae17bde866761
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ keep the line that is older
        ");
    }
}
