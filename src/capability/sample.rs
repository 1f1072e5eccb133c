//! A registry to make mistakes in: the second domain of the fixtures, changed in memory.

use std::path::Path;

use super::folder::{self, LOCK_FILE, RegistryFile};
use super::lint::{LintFinding, Verified, lint};
use super::{Registry, digest};
use crate::diagnostic::{Canvas, Problems};

/// The contracts of `tests/fixtures/second-domain`.
pub(super) struct Sample(pub(super) Vec<RegistryFile>);

impl Sample {
    pub(super) fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/second-domain/capabilities");
        Self(folder::read(&root).unwrap())
    }

    /// Replaces a text in the one file whose name ends so.
    pub(super) fn change(mut self, name: &str, from: &str, to: &str) -> Self {
        let file = self.0.iter_mut().find(|file| file.name.ends_with(name)).unwrap();
        assert!(file.text.contains(from), "{name} has no {from:?}");
        file.text = file.text.replacen(from, to, 1);
        self
    }

    pub(super) fn rename(mut self, from: &str, to: &str) -> Self {
        for file in &mut self.0 {
            file.name = file.name.replace(from, to);
        }
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.0.retain(|file| !file.name.ends_with(name));
        self
    }

    /// Publishes what stands there now.
    pub(super) fn locked(mut self) -> Self {
        let mut lines = vec!["format: proofhouse.lock/1".to_owned()];
        for file in self
            .0
            .iter()
            .filter(|file| file.name.ends_with("/capability.yaml"))
        {
            let folder = file.name.trim_end_matches("/capability.yaml");
            let text = |name: &str| {
                let path = format!("{folder}/{name}");
                self.0
                    .iter()
                    .find(|file| file.name == path)
                    .map_or("", |file| file.text.as_str())
            };
            let files =
                ["capability.yaml", "input.schema.json", "output.schema.json"].map(|name| (name, text(name)));
            let reference = folder.replacen('/', ".", 1).replacen("/v", "@", 1);
            lines.push(format!("{reference} sha256:{}", digest::of(&files)));
        }
        for file in self.0.iter().filter(|file| file.name.contains("/editions/")) {
            let (folder, name) = file.name.split_once("/editions/").unwrap();
            let reference = folder.replacen('/', ".", 1).replacen("/v", "@", 1);
            let digest = digest::of(&[(name, &file.text)]);
            let name = name.trim_end_matches(".yaml");
            lines.push(format!("{reference} {name} sha256:{digest}"));
        }
        let lock = self.0.iter_mut().find(|file| file.name == LOCK_FILE).unwrap();
        lock.text = lines.join("\n") + "\n";
        self
    }

    pub(super) fn load(self) -> Result<Registry, Problems> {
        Registry::load_files(&self.0)
    }

    /// The messages of loading the contracts once they are published as they stand.
    pub(super) fn mistake(self) -> String {
        self.locked().load().unwrap_err().render(false)
    }

    /// The findings of the lint if every rule is verified, drawn.
    pub(super) fn findings(self) -> String {
        let registry = self.locked().load().unwrap();
        let verified = registry
            .iter()
            .map(|one| {
                let not_excluded = |id: &&str| {
                    !one.promises
                        .iter()
                        .any(|promise| promise.id == **id && promise.excluded.is_some())
                };
                (
                    one.reference.clone(),
                    one.rule_ids()
                        .into_iter()
                        .filter(not_excluded)
                        .map(str::to_owned)
                        .collect(),
                )
            })
            .collect();
        drawn(&lint(&registry, &verified))
    }

    /// The findings of the lint if these rules are verified, drawn.
    pub(super) fn findings_with(self, verified: &Verified) -> String {
        drawn(&lint(&self.locked().load().unwrap(), verified))
    }
}

fn drawn(findings: &[LintFinding]) -> String {
    let drawn: Vec<_> = findings
        .iter()
        .map(|finding| format!("[{}] {}", finding.rule, finding.render_on(Canvas::default())))
        .collect();
    drawn.join("\n\n")
}
