//! The guides: what they show is read as they say, and names what there is.

use std::path::Path;
use std::sync::Arc;

use proofhouse::app::Schedule;
use proofhouse::baseline;
use proofhouse::capability::{Registry, capability_schema, edition_schema};
use proofhouse::certificate::Trust;
use proofhouse::diagnostic::{Node, Problems, Source, read_yaml};
use proofhouse::dialect::{Dialects, dialect_schema};
use proofhouse::provider::Manifest;
use proofhouse::suite::{Suites, expectation_schema, fixture_schema, tables_schema, test_schema};
use serde_json::Value;

use crate::schemas::files;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A fenced block of a document: where it begins, what it is said to be, and what it holds.
pub(crate) struct Block {
    pub(crate) place: String,
    pub(crate) kind: String,
    pub(crate) text: String,
}

/// The pages for people: the guides, and those at the root.
fn pages() -> Vec<std::path::PathBuf> {
    let mut pages = files(&root().join("docs"), ".md");
    pages.extend(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root().join(name)));
    pages
}

pub(crate) fn blocks() -> Vec<Block> {
    let mut found = Vec::new();
    for path in pages() {
        let mut open: Option<Block> = None;
        for (at, line) in std::fs::read_to_string(&path).unwrap().lines().enumerate() {
            match (line.strip_prefix("```"), &mut open) {
                (Some(kind), None) => {
                    open = Some(Block {
                        place: format!("{}:{}", path.display(), at + 1),
                        kind: kind.to_owned(),
                        text: String::new(),
                    });
                }
                (Some(_), Some(_)) => found.extend(open.take()),
                (None, Some(block)) => {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{} has a block without an end", path.display());
    }
    found
}

fn registry() -> Registry {
    Registry::load(&root().join("capabilities")).unwrap()
}

/// The bundled fixtures and expectations, for a test that uses them.
fn fixtures() -> Vec<Arc<Source>> {
    ["suites/_shared", "suites/_expectations", "suites/booking/_shared"]
        .iter()
        .flat_map(|folder| files(&root().join(folder), ".yaml"))
        .map(|path| Source::new(path.to_str().unwrap(), std::fs::read_to_string(&path).unwrap()))
        .collect()
}

/// The value of the first line that begins with `key: `.
fn value<'t>(text: &'t str, key: &str) -> &'t str {
    text.lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))
        .unwrap_or_else(|| panic!("no {key} in {text}"))
}

#[test]
fn every_piece_of_yaml_in_the_guides_is_read_as_what_it_is_said_to_be() {
    let registry = registry();
    let mut kinds = std::collections::BTreeSet::new();
    for block in blocks() {
        let Some(kind) = block.kind.strip_prefix("yaml") else {
            continue;
        };
        kinds.insert(kind.trim().to_owned());
        let suite = |place: String, text: String| {
            let mut sources = fixtures();
            sources.retain(|known| !known.name().ends_with(&place));
            sources.push(Source::new(place, text));
            Suites::load(&sources, &registry).map(|_| ())
        };
        let read = match kind.trim() {
            "manifest" => Manifest::parse(&Source::new("providers.yaml", block.text)).map(|_| ()),
            "baseline" => baseline::read(&Source::new("known.yaml", block.text)).map(|_| ()),
            // The words of another program: that it is YAML at all is what can be told here.
            "pipeline" => read_yaml::<Node>(&Source::new("pipeline.yaml", block.text))
                .map(|_| ())
                .map_err(Problems::from),
            "trust" => Trust::read(&Source::new("trust.yaml", block.text)).map(|_| ()),
            "schedule" => {
                Schedule::parse(&Source::new("schedule.yaml", block.text), Path::new("")).map(|_| ())
            }
            "test" => {
                let folder = value(&block.text, "capability").replace('.', "/");
                let place = format!("{folder}/{}.yaml", value(&block.text, "test"));
                suite(place, block.text)
            }
            "fixture" => {
                let place = format!("suites/_shared/{}.yaml", value(&block.text, "fixture"));
                suite(place, block.text)
            }
            "expectation" => {
                let place = format!("suites/_expectations/{}.yaml", value(&block.text, "expectation"));
                suite(place, block.text)
            }
            "tables" => {
                let folder = value(&block.text, "capability").replace('.', "/");
                suite(format!("{folder}/_tables.yaml"), block.text)
            }
            "capability" => shown_contract(&block.text),
            "edition" => {
                let read = read_yaml::<Node>(&Source::new("edition.yaml", block.text));
                let schema = jsonschema::draft202012::new(&edition_schema()).unwrap();
                read.map(|node| assert!(schema.is_valid(&node.to_json()), "{}", block.place))
                    .map_err(Problems::from)
            }
            "dialect" => {
                let place = format!("dialects/{}.yaml", value(&block.text, "dialect"));
                Dialects::load_one(&Source::new(place, block.text), &registry).map(|_| ())
            }
            "steps" => {
                let steps = block
                    .text
                    .lines()
                    .map(|line| format!("  {line}\n"))
                    .collect::<String>();
                let head = "format: proofhouse.test/1\ntest: shown\ncapability: booking.create_booking\n\
                            versions: [\"0.1.0\"]\ntitle: Shown\nlevel: must\nverifies: [reserves]\n\
                            use: [services, slot, customer, booking]\nsteps:\n";
                // A test has a step that tells, and what the guide shows may only look for something.
                let tells = "  - that: [{ check: size(booking.id) > 0, otherwise: a booking has no id }]\n";
                suite(
                    "booking/create_booking/shown.yaml".to_owned(),
                    format!("{head}{steps}{tells}"),
                )
            }
            other => panic!("{}: `{other}` is no kind of YAML", block.place),
        };
        if let Err(problems) = read {
            panic!("{}: {}", block.place, problems.render(false));
        }
    }
    assert_eq!(
        Vec::from_iter(kinds),
        [
            "baseline",
            "capability",
            "dialect",
            "edition",
            "expectation",
            "fixture",
            "manifest",
            "pipeline",
            "schedule",
            "steps",
            "tables",
            "test",
            "trust"
        ]
    );
}

/// Loads a contract that a guide shows, beside the two schemas that its answers keep.
fn shown_contract(text: &str) -> Result<(), Problems> {
    let input = r#"{ "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "additionalProperties": false,
        "required": ["day"], "properties": { "day": { "type": "string", "format": "date" } } }"#;
    let output = r#"{ "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "required": ["ok"],
        "properties": { "ok": { "type": "boolean" }, "error": { "type": "string", "enum": ["past_day"] },
        "pickup_id": { "type": "string" } } }"#;
    let cancel = text
        .replace("id: parcels.order_pickup", "id: parcels.cancel_pickup")
        .replace("future-day", "future-day-too");
    let files = [("order_pickup", text), ("cancel_pickup", cancel.as_str())]
        .iter()
        .flat_map(|(tool, contract)| {
            [
                ("capability.yaml", *contract),
                ("input.schema.json", input),
                ("output.schema.json", output),
            ]
            .map(|(name, text)| (format!("parcels/{tool}/v0.1.0/{name}"), text.to_owned()))
        })
        .collect::<Vec<_>>();
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in &files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    Registry::load_unlocked(folder.path()).map(|_| ())
}

/// The keys that a file of a schema may have.
fn keys(schema: &Value, found: &mut Vec<String>) {
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        found.extend(properties.keys().cloned());
    }
    match schema {
        Value::Object(fields) => fields.values().for_each(|field| keys(field, found)),
        Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
        _ => {}
    }
}

#[test]
fn the_guide_to_dialects_names_every_key() {
    let guide = std::fs::read_to_string(root().join("docs/dialects.md")).unwrap();
    let mut all = Vec::new();
    keys(&dialect_schema(), &mut all);
    assert!(all.len() > 30);
    for key in all {
        assert!(
            guide.contains(&format!("`{key}`")),
            "the guide does not name `{key}`"
        );
    }
}

/// Every key that a file may have stands in the guide, so that a new one cannot be forgotten there.
#[test]
fn the_guide_to_suites_names_every_key() {
    let guide = std::fs::read_to_string(root().join("docs/suite-format.md")).unwrap();
    let mut all = Vec::new();
    keys(&test_schema(), &mut all);
    keys(&fixture_schema(), &mut all);
    keys(&expectation_schema(), &mut all);
    keys(&tables_schema(), &mut all);
    assert!(all.len() > 30);
    for key in all {
        assert!(
            guide.contains(&format!("`{key}`")),
            "the guide does not name `{key}`"
        );
    }
}

#[test]
fn the_guide_to_contracts_names_every_key() {
    let guide = std::fs::read_to_string(root().join("docs/capability-format.md")).unwrap();
    let mut all = Vec::new();
    keys(&capability_schema(), &mut all);
    assert!(all.len() > 20);
    for key in all {
        assert!(
            guide.contains(&format!("`{key}`")),
            "the guide does not name `{key}`"
        );
    }
}

/// The anchor that a heading has on a page.
fn anchor(heading: &str) -> String {
    let kept = |c: char| c.is_alphanumeric() || c == ' ' || c == '-' || c == '_';
    heading
        .trim()
        .to_lowercase()
        .chars()
        .filter(|&c| kept(c))
        .collect::<String>()
        .replace(' ', "-")
}

#[test]
fn every_link_of_a_page_leads_to_a_file_and_a_heading_that_exist() {
    let mut links = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.contains("://") {
                continue;
            }
            links += 1;
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() {
                page.clone()
            } else {
                page.parent().unwrap().join(file)
            };
            assert!(file.exists(), "{}: {target}", page.display());
            if !heading.is_empty() {
                let linked = std::fs::read_to_string(&file).unwrap();
                let mut headings = linked.lines().filter_map(|line| line.strip_prefix('#'));
                assert!(
                    headings.any(|line| anchor(line.trim_start_matches('#')) == heading),
                    "{}: {target}",
                    page.display()
                );
            }
        }
    }
    assert!(links > 50, "only {links} links were read");
}

/// The pieces of a page between backticks, outside of blocks.
fn code_spans(text: &str) -> Vec<&str> {
    let prose = text.split("```").step_by(2);
    prose
        .flat_map(|part| part.split('`').skip(1).step_by(2))
        .collect()
}

/// What the recipes name: files, and commands of the justfile.
#[test]
fn the_recipes_for_contributors_name_files_and_commands_that_exist() {
    let justfile = std::fs::read_to_string(root().join("justfile")).unwrap();
    let (mut paths, mut commands) = (0, 0);
    for page in [
        "CONTRIBUTING.md",
        "README.md",
        "docs/architecture.md",
        "docs/proving.md",
    ] {
        let text = std::fs::read_to_string(root().join(page)).unwrap();
        for span in code_spans(&text) {
            if let Some(command) = span.strip_prefix("just ") {
                commands += 1;
                let name = command.split_whitespace().next().unwrap();
                let defined = |line: &str| {
                    line.strip_prefix(name)
                        .is_some_and(|rest| rest.starts_with(':') || rest.starts_with(' '))
                };
                assert!(justfile.lines().any(defined), "{page}: `{span}` is no recipe");
            }
            let ours = [
                "src/",
                "tests/",
                "docs/",
                "suites/",
                "capabilities/",
                "reference-provider/",
                ".github/",
                ".ci/",
            ];
            if ours.iter().any(|folder| span.starts_with(folder)) && !span.contains(['<', ' ', '*']) {
                paths += 1;
                assert!(root().join(span).exists(), "{page}: `{span}` does not exist");
            }
        }
    }
    assert!(paths > 30 && commands > 15, "{paths} paths, {commands} commands");
}
