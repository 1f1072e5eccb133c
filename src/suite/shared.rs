//! The files that several tests use: fixtures and expectations, of one domain or of all.
//!
//! It owns which file a name means. It refuses to compile them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::parsed::Parsed;
use parking_lot::Mutex;

use super::raw::{RawExpectation, RawFixture};
use super::raw_step::{RawExpect, RawStep};
use crate::diagnostic::{Problem, Source, Spot, near_miss};

/// The folder that holds the fixtures of a domain, or of all domains.
pub(super) const FIXTURES: &str = "_shared";
/// The folder that holds the expectations of a domain, or of all domains.
pub(super) const EXPECTATIONS: &str = "_expectations";
/// The folder of all suites, which stands in the place of a domain for what all domains share.
pub(super) const ROOT: &str = "suites";

/// Files of one kind, by domain and name.
#[derive(Debug)]
struct Kind<R> {
    /// The name of the kind, for messages.
    what: &'static str,
    /// The folder that holds them.
    folder: &'static str,
    files: BTreeMap<(String, String), Parsed<R>>,
}

impl<R> Kind<R> {
    fn new(what: &'static str, folder: &'static str) -> Self {
        Self {
            what,
            folder,
            files: BTreeMap::new(),
        }
    }

    /// The name of the kind with its article: `a fixture`, `an expectation`.
    fn with_article(&self) -> String {
        let article = if self.what.starts_with('e') { "an" } else { "a" };
        format!("{article} {}", self.what)
    }

    fn get(&self, domain: &str, name: &str) -> Option<&Parsed<R>> {
        let of = |domain: &str| self.files.get(&(domain.to_owned(), name.to_owned()));
        of(domain).or_else(|| of(ROOT))
    }

    fn find<T>(
        &self,
        domain: &str,
        name: &str,
        from: &Arc<Source>,
        wanted: &Spot<T>,
    ) -> Result<&Parsed<R>, Problem> {
        self.get(domain, name).ok_or_else(|| {
            let keys = self.files.keys();
            let known = keys
                .filter(|(of, _)| [domain, ROOT].contains(&of.as_str()))
                .map(|(_, name)| name.as_str());
            let (what, folder) = (self.what, self.folder);
            let message = format!("there is no {what} `{name}`");
            Problem::at(from, wanted.span(from), message)
                .did_you_mean(near_miss(name, known))
                .hint(format!(
                    "{} stands at `{domain}/{folder}/<{what}>.yaml`",
                    self.with_article()
                ))
        })
    }

    /// The files of a domain that have the name of one of all domains: a test could mean either.
    fn ambiguous<'a>(
        &'a self,
        name_of: impl Fn(&R) -> &Spot<String> + 'a,
    ) -> impl Iterator<Item = Problem> + 'a {
        let folder = self.folder;
        let of_domains = self.files.iter().filter(|((domain, _), _)| domain != ROOT);
        of_domains
            .filter(|((_, name), _)| self.files.contains_key(&(ROOT.to_owned(), name.clone())))
            .filter_map(move |((_, name), file)| {
                let span = name_of(file.raw().ok()?).span(file.source());
                let message = format!("all domains have {} `{name}` already", self.with_article());
                let problem = Problem::at(file.source(), span, message);
                Some(problem.hint(format!("it stands at `{folder}/{name}.yaml`")))
            })
    }
}

/// Every file that several tests use.
#[derive(Debug)]
pub(super) struct SharedFiles {
    fixtures: Kind<RawFixture>,
    expectations: Kind<RawExpectation>,
    /// What is not wrong and should be known, each once, by its text.
    warnings: Mutex<BTreeMap<String, Problem>>,
}

impl Default for SharedFiles {
    fn default() -> Self {
        Self {
            fixtures: Kind::new("fixture", FIXTURES),
            expectations: Kind::new("expectation", EXPECTATIONS),
            warnings: Mutex::default(),
        }
    }
}

impl SharedFiles {
    /// Adds a fixture of a domain, or of [`ROOT`].
    pub(super) fn add_fixture(&mut self, domain: String, name: String, file: Parsed<RawFixture>) {
        self.fixtures.files.insert((domain, name), file);
    }

    /// Adds an expectation of a domain, or of [`ROOT`].
    pub(super) fn add_expectation(&mut self, domain: String, name: String, file: Parsed<RawExpectation>) {
        self.expectations.files.insert((domain, name), file);
    }

    /// The files that were parsed.
    pub(super) fn parsed(&self) -> impl Iterator<Item = &str> {
        let fixtures = self.fixtures.files.values().filter(|file| file.is_parsed());
        let expectations = self.expectations.files.values().filter(|file| file.is_parsed());
        let fixtures = fixtures.map(|file| file.source().name());
        fixtures.chain(expectations.map(|file| file.source().name()))
    }

    /// Keeps a warning about a file. One file is compiled for several versions, and warned of once.
    pub(super) fn warn(&self, warning: Problem) {
        self.warnings.lock().insert(warning.to_string(), warning);
    }

    /// All warnings, in the order of their texts.
    pub(super) fn warnings(&self) -> Vec<Problem> {
        self.warnings.lock().values().cloned().collect()
    }

    /// The fixture that a file of a domain means by a name: the domain's, or one of all domains.
    pub(super) fn fixture(&self, domain: &str, name: &str) -> Option<&Parsed<RawFixture>> {
        self.fixtures.get(domain, name)
    }

    /// The same, or the mistake in the file that names it.
    pub(super) fn find_fixture<T>(
        &self,
        domain: &str,
        name: &str,
        from: &Arc<Source>,
        wanted: &Spot<T>,
    ) -> Result<&Parsed<RawFixture>, Problem> {
        self.fixtures.find(domain, name, from, wanted)
    }

    /// The expectation that a file of a domain means by a name, or the mistake in that file.
    pub(super) fn find_expectation(
        &self,
        domain: &str,
        from: &Arc<Source>,
        wanted: &Spot<String>,
    ) -> Result<&Parsed<RawExpectation>, Problem> {
        self.expectations.find(domain, &wanted.value, from, wanted)
    }

    /// The files of a domain that have the name of one of all domains.
    pub(super) fn ambiguous(&self) -> Vec<Problem> {
        let fixtures = self.fixtures.ambiguous(|raw| &raw.fixture);
        let expectations = self.expectations.ambiguous(|raw| &raw.expectation);
        fixtures.chain(expectations).collect()
    }

    /// The keys that a manifest may give, over all fixtures.
    pub(super) fn given(&self) -> impl Iterator<Item = &str> {
        let fixtures = self.fixtures.files.values().filter_map(|file| file.raw().ok());
        fixtures.flat_map(|raw| raw.given.iter().map(|key| key.value.as_str()))
    }

    /// Every expectation that some steps refer to, those that these refer to included, each once.
    pub(super) fn expectations_of<'a>(
        &'a self,
        domain: &str,
        steps: impl IntoIterator<Item = &'a RawStep>,
    ) -> BTreeMap<&'a str, &'a Arc<Source>> {
        let mut found = BTreeMap::new();
        let expected = steps.into_iter().flat_map(RawStep::expected);
        let mut open: Vec<&RawExpect> = expected.collect();
        while let Some(expect) = open.pop() {
            let Some(like) = &expect.like else { continue };
            let file = self.expectations.get(domain, &like.value);
            if let Some(file) = file
                && let Ok(raw) = file.raw()
                && found.insert(like.value.as_str(), file.source()).is_none()
            {
                open.push(&raw.expect);
            }
        }
        found
    }
}
