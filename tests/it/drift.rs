//! What a live server has changed, and drafts that are published.

use serde_json::Value;

use crate::cli::context::{Ended, TestContext};
use crate::support::notes::{Lapse, Notes};

/// A listing as the first version of this format kept it.
const KEPT: &str = r#"{
  "format": "proofhouse.tools/1",
  "tools": [
    { "name": "add-note", "inputSchema": { "type": "object", "properties": { "title": { "type": "string" } } } },
    { "name": "clear-notes", "inputSchema": { "type": "object" } },
    { "name": "countNotes", "description": "Counts.", "inputSchema": { "type": "object" },
      "annotations": { "readOnlyHint": true, "idempotentHint": true } }
  ]
}"#;

fn compared(context: &TestContext, notes: &Notes, arguments: &str) -> Ended {
    context.run(&format!(
        "capabilities diff --server {} {arguments}",
        notes.server.url()
    ))
}

/// The changes, each as `tool part place`, those that break and those that do not.
fn changes(ended: &Ended) -> (Vec<String>, Vec<String>) {
    let drift = ended.json();
    assert_eq!(drift["format"], "proofhouse.drift/1");
    let told = |breaking: bool| {
        let all = drift["changes"].as_array().unwrap().iter();
        let some = all.filter(|change| change["breaking"] == breaking);
        let text = |change: &Value, name: &str| change[name].as_str().unwrap().to_owned();
        some.map(|change| {
            format!(
                "{} {}: {}",
                text(change, "tool"),
                text(change, "part"),
                text(change, "change")
            )
        })
        .collect()
    };
    (told(true), told(false))
}

#[test]
fn a_listing_that_was_kept_does_not_differ_from_itself() {
    let (notes, context) = (Notes::start(Lapse::None), TestContext::new());
    let kept = compared(&context, &notes, "--write-lock tools.lock");
    assert_eq!(kept.code, 0, "{kept}");
    let same = compared(&context, &notes, "--lock tools.lock");
    assert_eq!((same.code, notes.called().len()), (0, 0), "{same}");
    assert!(
        same.stdout
            .contains("4 tools compared, 0 changes breaking, 0 harmless"),
        "{same}"
    );
}

#[test]
fn what_a_server_changed_is_classed_by_whom_it_breaks() {
    let (notes, context) = (Notes::start(Lapse::None), TestContext::new());
    context.write("tools.lock", KEPT);
    let ended = compared(&context, &notes, "--lock tools.lock --format json");
    let (breaking, harmless) = changes(&ended);
    assert_eq!(ended.code, 1, "{ended}");
    assert!(
        breaking.contains(&"clear-notes tool: is no longer listed".to_owned()),
        "{breaking:?}"
    );
    assert!(
        breaking.iter().any(|change| change.starts_with("add-note input")),
        "{breaking:?}"
    );
    for known in ["notes.list tool: is new", "countNotes prose: in other words"] {
        assert!(harmless.contains(&known.to_owned()), "{harmless:?}");
    }
    let newer = KEPT.replace("proofhouse.tools/1", "proofhouse.tools/2");
    context.write("tools.lock", &newer);
    let refused = compared(&context, &notes, "--lock tools.lock");
    assert!(
        refused.code > 1 && refused.stderr.contains("proofhouse.tools/2"),
        "{refused}"
    );
}

#[test]
fn a_server_is_compared_with_the_contracts_of_its_tools() {
    let (notes, context) = (Notes::start(Lapse::None), TestContext::new());
    let url = notes.server.url();
    let drafted = context.run(&format!(
        "capabilities draft {url} --domain notes --out draft --writes"
    ));
    assert_eq!(drafted.code, 0, "{drafted}");
    let same = compared(&context, &notes, "--registry draft --format json");
    assert_eq!((same.code, changes(&same)), (0, (vec![], vec![])), "{same}");
    let input = "draft/capabilities/notes/add_note/v0.1.0/input.schema.json";
    context.edit(input, "    \"title\",\n    \"text\"\n", "    \"title\"\n");
    let ended = compared(&context, &notes, "--registry draft --format json");
    assert_eq!(ended.code, 1, "{ended}");
    assert!(
        changes(&ended)
            .0
            .iter()
            .all(|change| change.starts_with("add-note input")),
        "{ended}"
    );
}

#[test]
fn operations_of_an_openapi_document_are_drafted_and_what_cannot_be_reached_is_said() {
    let context = TestContext::new();
    context.write(
        "petstore.yaml",
        "openapi: 3.1.0\npaths:\n  /pets:\n    get:\n      operationId: listPets\n      summary: All pets.\n      parameters:\n        \
         - { name: limit, in: query, schema: { type: integer, maximum: 100 } }\n      responses:\n        '200':\n          content:\n            \
         application/json: { schema: { $ref: '#/components/schemas/Pets' } }\ncomponents:\n  schemas:\n    \
         Pets: { type: array, items: { type: object } }\n",
    );
    let drafted = context.run("capabilities draft --openapi petstore.yaml --out draft");
    assert_eq!(drafted.code, 0, "{drafted}");
    assert!(
        drafted
            .stdout
            .contains("draft/capabilities/petstore/list_pets/v0.1.0/capability.yaml"),
        "{drafted}"
    );
    assert_eq!(context.run("suites check --registry draft").code, 0);
    let todo = std::fs::read_to_string(context.path("draft/TODO.md")).unwrap();
    assert!(todo.contains("no run can call them as they are"), "{todo}");
    context.write("swagger.yaml", "swagger: '2.0'\n");
    let refused = context.run("capabilities draft --openapi swagger.yaml --out other");
    assert!(
        refused.code != 0 && refused.stderr.contains("Swagger 2"),
        "{refused}"
    );
}

#[test]
fn a_draft_is_published_once_nothing_is_missing() {
    let (notes, context) = (Notes::start(Lapse::None), TestContext::new());
    let url = notes.server.url();
    context.run(&format!(
        "capabilities draft {url} --domain notes --out draft --writes"
    ));
    let publish = "capabilities publish --registry draft";
    let file = |tool: &str| format!("draft/capabilities/notes/{tool}/v0.1.0/capability.yaml");
    let read = |tool: &str| std::fs::read_to_string(context.path(&file(tool))).unwrap();
    let missing = context.run(publish);
    assert_eq!(missing.code, 1, "{missing}");
    assert!(missing.stdout.contains("is still to be written"), "{missing}");
    assert!(read("add_note").contains("status: draft"), "nothing is published");
    for tool in ["add_note", "delete_note", "notes_list", "count_notes"] {
        let text = read(tool).replace("TODO: ", "");
        context.write(&file(tool), &text);
    }
    let published = context.run(publish);
    assert_eq!(published.code, 0, "{published}");
    assert!(
        published.stdout.contains("published notes.add_note@0.1.0"),
        "{published}"
    );
    assert!(!read("add_note").contains("status: draft"));
    let again = context.run(publish);
    assert!(
        again.stdout.contains("everything is published already"),
        "{again}"
    );
    assert_eq!(context.run("capabilities lint --registry draft").code, 0);
    context.edit(&file("add_note"), "summary: ", "summary: \"Other.\" #");
    assert_eq!(
        context.run("capabilities lint --registry draft").code,
        3,
        "what is published never changes"
    );
    assert_eq!(
        context.run("capabilities publish").code,
        2,
        "the bundled contracts are"
    );
}
