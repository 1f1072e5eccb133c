//! The JSON Schemas in `docs/schemas`: they are what the code makes, and what we write is valid against them.

use std::path::Path;

use proofhouse::diagnostic::{Node, Source, read_yaml};
use proofhouse::{capability, dialect, report, suite, web};
use serde_json::Value;

use crate::support::schemas::assert_published;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_published_schemas_are_the_ones_that_the_code_makes() {
    assert_published("schemas/report.schema.json", &report::json_schema());
    assert_published("schemas/matrix.schema.json", &report::matrix_schema());
    assert_published("schemas/test.schema.json", &suite::test_schema());
    assert_published("schemas/fixture.schema.json", &suite::fixture_schema());
    assert_published("schemas/expectation.schema.json", &suite::expectation_schema());
    assert_published("schemas/tables.schema.json", &suite::tables_schema());
    assert_published("schemas/capability.schema.json", &capability::capability_schema());
    assert_published("schemas/edition.schema.json", &capability::edition_schema());
    assert_published("schemas/dialect.schema.json", &dialect::dialect_schema());
    assert_published("openapi.json", &web::openapi());
}

/// Every file below a folder whose name ends so.
pub(crate) fn files(folder: &Path, ending: &str) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_str().unwrap().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_suite_file_is_valid_against_the_published_schema_that_it_names() {
    let validator = |schema: &Value| jsonschema::draft202012::new(schema).unwrap();
    let (test, fixture) = (
        validator(&suite::test_schema()),
        validator(&suite::fixture_schema()),
    );
    let (expectation, tables) = (
        validator(&suite::expectation_schema()),
        validator(&suite::tables_schema()),
    );
    let folders = ["suites", "tests/fixtures/second-domain/suites"];
    let all: Vec<_> = folders
        .iter()
        .flat_map(|folder| files(&root().join(folder), ".yaml"))
        .collect();
    assert!(all.len() > 20);
    for path in all {
        let text = std::fs::read_to_string(&path).unwrap();
        let folder = path.parent().unwrap();
        let (kind, validator) = if folder.ends_with("_shared") {
            ("fixture", &fixture)
        } else if folder.ends_with("_expectations") {
            ("expectation", &expectation)
        } else if path.ends_with("_tables.yaml") {
            ("tables", &tables)
        } else {
            ("test", &test)
        };
        let node: Node = read_yaml(&Source::new(path.to_str().unwrap(), text.as_str())).unwrap();
        let wrong: Vec<_> = validator
            .iter_errors(&node.to_json())
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{}: {wrong:#?}", path.display());
        let named = text
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("# yaml-language-server: $schema="));
        let named = named.unwrap_or_else(|| panic!("{} names no schema", path.display()));
        let schema = path.parent().unwrap().join(named).canonicalize().unwrap();
        assert_eq!(schema, root().join(format!("docs/schemas/{kind}.schema.json")));
    }
}

#[test]
fn every_contract_is_valid_against_the_published_schema_and_a_slip_is_not() {
    let validator = jsonschema::draft202012::new(&capability::capability_schema()).unwrap();
    let valid = |text: &str| {
        let node: Node = read_yaml(&Source::new("capability.yaml", text)).unwrap();
        validator.is_valid(&node.to_json())
    };
    let folders = ["capabilities", "tests/fixtures/second-domain/capabilities"];
    let all: Vec<_> = folders
        .iter()
        .flat_map(|folder| files(&root().join(folder), "capability.yaml"))
        .collect();
    assert!(all.len() > 20);
    for path in &all {
        assert!(
            valid(&std::fs::read_to_string(path).unwrap()),
            "{}",
            path.display()
        );
    }
    let text =
        std::fs::read_to_string(root().join("capabilities/booking/cancel_booking/v0.2.0/capability.yaml"));
    let text = text.unwrap();
    for (from, to) in [
        (
            "format: proofhouse.capability/1",
            "format: proofhouse.capability/2",
        ),
        ("id: booking.cancel_booking", "id: cancel_booking"),
        ("category: scheduling.write", "category: scheduling.wrote"),
        ("invariants:", "invariant:"),
        ("  - id: idempotent", "  - id: Idempotent"),
    ] {
        assert!(text.contains(from), "{from}");
        assert!(!valid(&text.replacen(from, to, 1)), "{to} is valid");
    }
}

#[test]
fn a_slip_in_a_suite_file_is_no_longer_valid_against_the_schema() {
    let validator = jsonschema::draft202012::new(&suite::test_schema()).unwrap();
    let path = root().join("suites/booking/create_booking/happy_path.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    for (from, to) in [
        ("level: must", "level: may"),
        ("    call: create_booking", "    cal: create_booking"),
        ("ok: true", "ok: \"yes\""),
        ("format: proofhouse.test/1", "format: proofhouse.test/2"),
    ] {
        assert!(text.contains(from));
        let node: Node = read_yaml(&Source::new("x.yaml", text.replacen(from, to, 1))).unwrap();
        assert!(!validator.is_valid(&node.to_json()), "{to} is valid");
    }
}
