//! Editions on disk: `<domain>/<tool>/v<version>/editions/<year>-<month>.yaml` names the must-level tests that a claim is held to. A published
//! one never changes: the lock file holds its digest.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::digest;
use crate::diagnostic::{Problem, Problems, Source, Spot, read_yaml};
use crate::model::{CapabilityRef, Edition, EditionRecord, TestName};

/// The folder of the editions of a version.
pub(super) const FOLDER: &str = "editions";

/// The format that this reader knows.
const FORMAT: &str = "proofhouse.edition/1";

/// The must-level tests that a claim is held to, as one edition of a contract publishes them. Names may be former names of tests.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Proofhouse edition")]
struct EditionFile {
    /// The version of this format.
    #[schemars(extend("const" = "proofhouse.edition/1"))]
    format: Spot<String>,
    /// The capability at its version, `domain.tool@version`: both also name the folders.
    #[schemars(with = "String")]
    capability: Spot<CapabilityRef>,
    /// The name of the edition, a year and a month, which the file has too.
    #[schemars(extend("pattern" = "^[0-9]{4}-(0[1-9]|1[0-2])$"))]
    edition: Spot<String>,
    /// The essential tests: a claim of which one neither passed nor failed is unproven. They are among the required ones.
    #[schemars(with = "Vec<String>")]
    essential: Vec<Spot<TestName>>,
    /// The must-level tests that decide.
    #[schemars(with = "Vec<String>")]
    required: Vec<Spot<TestName>>,
}

/// An edition with the file that it was read from.
#[derive(Debug, Clone)]
pub struct PublishedEdition {
    /// The edition.
    pub edition: Arc<Edition>,
    /// Its file.
    pub(super) source: Arc<Source>,
}

impl PublishedEdition {
    /// The name of the edition.
    pub(super) fn name(&self) -> &str {
        self.edition.name().unwrap_or_default()
    }

    /// SHA-256 of its file, in hex.
    pub(super) fn digest(&self) -> &str {
        let record = self.edition.record.as_ref();
        record.map_or("", |record| record.digest.as_str())
    }
}

/// Returns true if a text may name an edition: a year and a month, `2026-11`.
pub fn is_edition_name(text: &str) -> bool {
    let Some((year, month)) = text.split_once('-') else {
        return false;
    };
    let digits = |part: &str, count| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
    digits(year, 4) && digits(month, 2) && ("01"..="12").contains(&month)
}

/// The path of an edition below the registry's folder.
pub fn edition_path(capability: &CapabilityRef, name: &str) -> String {
    format!(
        "{}/{}/v{}/{FOLDER}/{name}.yaml",
        capability.id.domain(),
        capability.id.tool(),
        capability.version
    )
}

/// The text of the file of an edition.
pub fn edition_text(capability: &CapabilityRef, name: &str, edition: &Edition) -> String {
    let mut text = format!("format: {FORMAT}\ncapability: {capability}\nedition: {name}\n");
    for (key, tests) in [("essential", &edition.essential), ("required", &edition.required)] {
        let _ = writeln!(text, "{key}:");
        for test in tests {
            let _ = writeln!(text, "  - {test}");
        }
    }
    text
}

/// SHA-256 of the file of an edition, in hex.
pub(super) fn digest_of(name: &str, text: &str) -> String {
    digest::of(&[(&format!("{name}.yaml"), text)])
}

/// Reads an edition, which its path says to be of this capability and name.
pub(super) fn read(
    source: &Arc<Source>,
    capability: &CapabilityRef,
    name: &str,
) -> Result<PublishedEdition, Problems> {
    let file: EditionFile = read_yaml(source)?;
    let mut problems = Problems::new();
    let mut wrong = |span, message: String, label: String| {
        problems.push(Problem::at(source, span, message).label(label));
    };
    if file.format.value != FORMAT {
        let message = format!("`{}` is not a format that this version reads", file.format.value);
        wrong(file.format.span(source), message, format!("expected `{FORMAT}`"));
    }
    if file.capability.value != *capability {
        let message = format!("the edition stands in the folder of `{capability}`");
        wrong(
            file.capability.span(source),
            message,
            format!("expected `{capability}`"),
        );
    }
    if file.edition.value != name {
        let message = format!(
            "the edition `{}` stands in the file of `{name}`",
            file.edition.value
        );
        wrong(file.edition.span(source), message, format!("expected `{name}`"));
    }
    let mut required = BTreeSet::new();
    for test in &file.required {
        if !required.insert(test.value.clone()) {
            let message = format!("`{}` is required twice", test.value);
            wrong(test.span(source), message, "the second time".to_owned());
        }
    }
    let mut essential = BTreeSet::new();
    for test in &file.essential {
        essential.insert(test.value.clone());
        if !required.contains(&test.value) {
            let message = format!("the essential test `{}` is not required", test.value);
            wrong(
                test.span(source),
                message,
                "name it under `required` too".to_owned(),
            );
        }
    }
    if required.is_empty() {
        problems.push(Problem::of(source, "the edition requires no test"));
    }
    let edition = Edition {
        record: Some(EditionRecord {
            name: name.to_owned(),
            digest: digest_of(name, source.text()),
        }),
        essential,
        required,
    };
    problems.or(PublishedEdition {
        edition: Arc::new(edition),
        source: Arc::clone(source),
    })
}

/// The JSON Schema of the file of an edition, `proofhouse.edition/1`.
pub fn edition_schema() -> Value {
    schemars::schema_for!(EditionFile).to_value()
}

#[cfg(test)]
mod tests {
    use super::super::folder::RegistryFile;
    use super::super::sample::Sample;
    use super::*;

    const PATH: &str = "parcels/order_pickup/v0.1.0/editions/2026-11.yaml";

    fn order() -> CapabilityRef {
        "parcels.order_pickup@0.1.0".parse().unwrap()
    }

    fn text() -> String {
        let names = |tests: &[&str]| tests.iter().map(|test| test.parse().unwrap()).collect();
        let edition = Edition {
            record: None,
            essential: names(&["happy_path"]),
            required: names(&["happy_path", "rejects_past_day"]),
        };
        edition_text(&order(), "2026-11", &edition)
    }

    fn with(path: &str, text: String) -> Sample {
        let mut sample = Sample::new();
        sample.0.push(RegistryFile {
            name: path.to_owned(),
            text,
        });
        sample
    }

    #[test]
    fn an_edition_is_read_as_it_is_written_and_sealed_with_the_contracts() {
        let registry = with(PATH, text()).locked().load().unwrap();
        let [only] = registry.editions(&order()) else {
            panic!("{:?}", registry.editions(&order()))
        };
        assert_eq!(edition_text(&order(), "2026-11", &only.edition), text());
        assert!(
            registry
                .lock_text()
                .contains("parcels.order_pickup@0.1.0 2026-11 sha256:")
        );
    }

    #[test]
    fn a_sealed_edition_may_not_change_and_one_that_is_not_sealed_is_refused() {
        let changed = with(PATH, text())
            .locked()
            .change("2026-11.yaml", "  - rejects_past_day\n", "")
            .load();
        let told = changed.unwrap_err().render(false);
        assert!(
            told.contains("edition 2026-11 of `parcels.order_pickup@0.1.0` is published and may not change"),
            "{told}"
        );
        let gone = with(PATH, text()).locked().without("2026-11.yaml").load();
        let told = gone.unwrap_err().render(false);
        assert!(
            told.contains(
                "edition 2026-11 of `parcels.order_pickup@0.1.0` is published and may not be taken away"
            ),
            "{told}"
        );
        let unsealed = with(PATH, text()).load().unwrap_err().render(false);
        assert!(
            unsealed.contains("edition 2026-11 of `parcels.order_pickup@0.1.0` is not published yet"),
            "{unsealed}"
        );
    }

    #[test]
    fn mistakes_in_an_edition_have_places() {
        let bent = |from: &str, to: &str| text().replacen(from, to, 1);
        let messages: Vec<_> = [
            with(PATH, bent("edition: 2026-11", "edition: 2026-12")),
            with(PATH, bent("order_pickup", "cancel_pickup")),
            with(
                PATH,
                bent("essential:\n  - happy_path", "essential:\n  - sad_path"),
            ),
            with(PATH, bent("  - rejects_past_day", "  - happy_path")),
            with(PATH, bent("edition/1", "edition/2")),
            with(&PATH.replace("2026-11", "2026-13"), text()),
            with(&PATH.replace("editions", "edition"), text()),
        ]
        .into_iter()
        .map(Sample::mistake)
        .collect();
        insta::assert_snapshot!("mistakes_in_an_edition", messages.join("\n"));
    }
}
