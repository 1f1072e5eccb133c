use std::collections::BTreeMap;

use serde_json::json;

use super::names::{domain_of, snake};
use super::*;
use crate::capability::{Registry, RegistryFile};
use crate::diagnostic::Source;
use crate::suite::Suites;

fn tools() -> Vec<Tool> {
    let listing = json!({ "jsonrpc": "2.0", "id": 1, "result": { "tools": [
        { "name": "create_entities", "description": "Create entities.\nAll at once.", "inputSchema": {
            "$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "required": ["entities"],
            "properties": { "entities": { "type": "array", "items": { "type": "object", "required": ["name"],
                "properties": { "name": { "type": "string" }, "mail": { "type": "string", "format": "email" } } } } } } },
        { "name": "delete-entities", "inputSchema": { "type": "object", "required": ["entity_names"], "properties": {
            "entity_names": { "type": "array", "items": { "type": "string" } } } },
          "annotations": { "idempotentHint": true } },
        { "name": "listEntities", "title": "All entities", "inputSchema": { "type": "object" },
          "annotations": { "readOnlyHint": true } },
        { "name": "admin.count", "description": "Says \"how: many\" # there are, ${ never } evaluated.",
          "inputSchema": { "type": "object", "properties": { "kind": { "enum": ["a", "b"] } }, "required": ["kind"] },
          "outputSchema": { "type": "object", "properties": { "n": { "type": "integer", "nullable": true } } },
          "annotations": { "readOnlyHint": true } },
        { "name": "null", "inputSchema": { "type": "object", "properties": { "a b": { "type": "string" } }, "required": ["a b"] } },
        { "name": "say it 日本", "inputSchema": { "type": "object" } },
        { "name": "broken", "inputSchema": { "type": "objekt" } },
    ] } });
    tools_of(&listing).unwrap()
}

fn drafted(writes: bool) -> Draft {
    let request = Request {
        domain: "memory2",
        reached: Some(&Reached::Command(
            "npx".to_owned(),
            vec!["-y".to_owned(), "a \"b\"".to_owned()],
        )),
        auth: None,
        writes,
        operations: false,
        given: &BTreeMap::new(),
        purpose: Purpose::Contracts,
    };
    draft(&tools(), &request)
}

fn text<'d>(draft: &'d Draft, path: &str) -> &'d str {
    let file = draft.files.iter().find(|file| file.path == path);
    let paths: Vec<_> = draft.files.iter().map(|file| &file.path).collect();
    &file.unwrap_or_else(|| panic!("no {path} in {paths:#?}")).text
}

#[test]
fn names_of_any_kind_become_ids() {
    for (name, id) in [
        ("get-sum", "get_sum"),
        ("getSum", "get_sum"),
        ("admin.tools.list", "admin_tools_list"),
        ("HTTPGet2URLs", "httpget2_urls"),
        ("2fa", "tool_2fa"),
        ("__x__", "x"),
        ("日本", "tool"),
        ("null", "tool_null"),
        ("in", "tool_in"),
    ] {
        assert_eq!(snake(name), id, "{name}");
    }
    for (name, domain) in [
        ("npx -y @modelcontextprotocol/server-memory@2026.1.14", "memory"),
        (
            "npx -y @modelcontextprotocol/server-filesystem /tmp",
            "filesystem",
        ),
        ("uvx mcp-server-git --repository .", "git"),
        ("python notes.py", "notes"),
        ("/opt/servers/bin/python /srv/parcels_server.py stdio", "parcels"),
        ("node ./mcp/index.js --port 1 x", "index"),
        ("https://mcp.stripe.com/v1", "stripe"),
        ("http://127.0.0.1:8000/mcp", "server"),
        ("listing", "listing"),
    ] {
        assert_eq!(domain_of(name), domain, "{name}");
    }
}

#[test]
fn a_draft_loads_and_its_suites_compile() {
    let draft = drafted(false);
    let files = draft.files.iter().filter_map(|file| {
        let name = file.path.strip_prefix("capabilities/")?.to_owned();
        Some(RegistryFile {
            name,
            text: file.text.clone(),
        })
    });
    let files: Vec<_> = files.collect();
    let registry = Registry::load_files(&files).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    let suites = draft
        .files
        .iter()
        .filter(|file| file.path.starts_with("suites/") && file.path.ends_with(".yaml"));
    let suites: Vec<_> = suites.map(|file| Source::new(&file.path, &file.text)).collect();
    let suites = Suites::load(&suites, &registry).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    let mut tests: Vec<_> = suites
        .iter()
        .map(|test| test.id.to_string().replace("memory2.", ""))
        .collect();
    tests.sort_unstable();
    assert_eq!(
        tests,
        [
            "admin_count@0.1.0/happy_path",
            "admin_count@0.1.0/accepts_extremes",
            "admin_count@0.1.0/only_reads",
            "admin_count@0.1.0/rejects_invalid_input",
            "create_entities@0.1.0/accepts_extremes",
            "create_entities@0.1.0/happy_path",
            "create_entities@0.1.0/rejects_invalid_input",
            "create_entities@0.1.0/shows_what_was_kept",
            "delete_entities@0.1.0/accepts_extremes",
            "delete_entities@0.1.0/happy_path",
            "delete_entities@0.1.0/rejects_invalid_input",
            "delete_entities@0.1.0/repeats_alike",
            "list_entities@0.1.0/happy_path",
            "say_it@0.1.0/happy_path",
            "tool_null@0.1.0/accepts_extremes",
            "tool_null@0.1.0/happy_path",
            "tool_null@0.1.0/rejects_invalid_input",
        ]
        .map(str::to_owned)
        .into_iter()
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect::<Vec<_>>()
    );
    let count = registry
        .get(&"memory2.admin_count".parse().unwrap(), None)
        .unwrap();
    assert_eq!(
        (count.tool(), count.is_draft, count.is_read()),
        ("admin.count", true, true)
    );
    assert!(count.rule("read-only-hint").is_some());
}

#[test]
fn the_schemas_stand_there_as_the_server_wrote_them() {
    let draft = drafted(false);
    let path = "capabilities/memory2/create_entities/v0.1.0/input.schema.json";
    let written: serde_json::Value = serde_json::from_str(text(&draft, path)).unwrap();
    assert_eq!(written, tools()[0].input);
    let keys: Vec<_> = written.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["$schema", "type", "required", "properties"]);
}

#[test]
fn nothing_that_may_change_something_is_called_unless_it_is_asked_for() {
    let careful = drafted(false);
    assert_eq!(careful.called, ["memory2.list_entities", "memory2.admin_count"]);
    let manifest = text(&careful, "providers.yaml");
    assert!(manifest.contains("      - memory2.list_entities\n"), "{manifest}");
    assert!(
        manifest.contains("      # - memory2.create_entities\n"),
        "{manifest}"
    );
    assert!(manifest.contains("args: [\"-y\", \"a \\\"b\\\"\"]"), "{manifest}");
    let bold = drafted(true);
    assert!(bold.left_alone.is_empty());
    assert!(text(&bold, "providers.yaml").contains("      - memory2.create_entities\n"));
}

#[test]
fn what_only_a_person_can_say_is_named() {
    let draft = drafted(false);
    let create = text(
        &draft,
        "capabilities/memory2/create_entities/v0.1.0/capability.yaml",
    );
    assert!(
        create.contains("# undo:\n  #   tool: delete_entities\n"),
        "{create}"
    );
    assert!(create.contains("#     entity_names: TODO"), "{create}");
    let todo = text(&draft, "TODO.md");
    for said in [
        "## `broken`\n\n- [ ] It has no contract: its input schema cannot be read",
        "fixtures.create_entities",
        "Its contract proposes an `undo`",
    ] {
        assert!(todo.contains(said), "{said}: {todo}");
    }
    let tables = text(&draft, "suites/memory2/create_entities/_tables.yaml");
    assert!(
        tables.contains("entities_item_mail_format: JSON Schema leaves open"),
        "{tables}"
    );
}

#[test]
fn a_call_that_may_end_either_way_says_so() {
    let draft = drafted(true);
    let repeats = text(&draft, "suites/memory2/delete_entities/repeats_alike.yaml");
    assert!(repeats.contains("expect: { either: true }"), "{repeats}");
    assert!(!repeats.contains("is_error || !is_error"), "{repeats}");
}

#[test]
fn what_is_no_listing_is_refused() {
    assert!(tools_of(&json!({ "tools": {} })).is_err());
    assert!(tools_of(&json!([{ "name": "" }])).is_err());
    assert_eq!(tools_of(&json!([{ "name": "a" }])).unwrap().len(), 1);
}
