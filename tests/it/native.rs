//! Contracts whose answers have the protocol's own shape, at a server that knows nothing of ours.

use serde_json::{Value, json};

use crate::cli::context::{Ended, TestContext};
use crate::support::notes::{Lapse, Notes, listing};

/// The head of a contract of the domain.
fn contract(id: &str, tool: &str, category: &str, more: &str) -> String {
    format!(
        "format: proofhouse.capability/1\nid: notes.{id}\nversion: 0.1.0\nstatus: draft\ncategory: notes.{category}\n\
         answers: native\ntool: {tool}\nsummary: It keeps notes.\nsemantics: It keeps notes.\ninvariants: []\n\
         when_to_use: When something is to be kept.\nexamples: []\n{more}"
    )
}

const ADD: &str = "errors:
  - { code: title_taken, pattern: '(?i)title exists' }
reversibility:
  summary: The note is deleted.
  undo:
    tool: delete_note
    input: { title: '${ input.title }' }
    already_done: [not_found]
";

const DELETE: &str = "errors:
  - { code: not_found, pattern: ENOENT }
reversibility: { summary: No call does. }
";

const LIST: &str = "annotations: { readOnlyHint: true }
reversibility: { summary: A call changes nothing. }
";

/// The head of a test of the domain.
fn test(tool: &str, name: &str, more: &str) -> String {
    format!(
        "format: proofhouse.test/1\ntest: {name}\ncapability: notes.{tool}\nversions: [\"0.1.0\"]\ntitle: A test\n\
         level: must\nessential: true\nverifies: [output-schema]\n{more}"
    )
}

const ADDED: &str = "steps:
  - id: added
    call: add_note
    sending: a new title
    input: { title: 'note ${ run.short } ${ test.key }', text: one }
    expect: { ok: true, that: [{ check: \"text == 'Kept.' && output == text && !is_error\", otherwise: the words differ }] }
";

/// The registry of the domain at `registry`, and a manifest of the server.
fn registry(notes: &Notes) -> TestContext {
    let context = TestContext::new();
    let listing = listing();
    let tools = listing["tools"].as_array().unwrap();
    let listed = |name: &str| tools.iter().find(|tool| tool["name"] == name).unwrap();
    for (id, tool, category, more) in [
        ("add_note", "add-note", "write", ADD),
        ("delete_note", "delete-note", "write", DELETE),
        ("list_notes", "notes.list", "read", LIST),
    ] {
        let folder = format!("registry/capabilities/notes/{id}/v0.1.0");
        let write = |name: &str, text: &str| context.write(&format!("{folder}/{name}"), text);
        write("capability.yaml", &contract(id, tool, category, more));
        write("input.schema.json", &listed(tool)["inputSchema"].to_string());
        let output = listed(tool).get("outputSchema").cloned().unwrap_or(json!({}));
        write("output.schema.json", &output.to_string());
    }
    let write = |tool: &str, name: &str, text: &str| {
        context.write(&format!("registry/suites/notes/{tool}/{name}.yaml"), text);
    };
    write("add_note", "happy_path", &test("add_note", "happy_path", ADDED));
    let again = "  - call: add_note
    sending: a title that is taken
    input: '${ added.input }'
    expect: { error: [title_taken] }
";
    write(
        "add_note",
        "rejects_taken",
        &test("add_note", "rejects_taken", &format!("{ADDED}{again}")),
    );
    let tables = "format: proofhouse.tables/1\ncapability: notes.add_note
from: { title: 'note ${ run.short } ${ test.key }', text: one }
rejects_invalid_input: { versions: ['0.1.0'] }
";
    write("add_note", "_tables", tables);
    let deleted = "  - call: delete_note
    sending: a note
    input: { title: '${ added.input.title }' }
    expect: { ok: true }
";
    write(
        "delete_note",
        "happy_path",
        &test("delete_note", "happy_path", &format!("{ADDED}{deleted}")),
    );
    let unknown = "steps:
  - call: delete_note
    sending: a note that is not there
    input: { title: '${ run.short }-nothing' }
    expect: { error: [not_found] }
";
    write(
        "delete_note",
        "rejects_unknown",
        &test("delete_note", "rejects_unknown", unknown),
    );
    let listed = "  - id: listed
    call: list_notes
    input: {}
    expect:
      ok: true
      that: [{ check: 'output.notes.exists(note, note.title == added.input.title) && size(content) == 1', otherwise: the note is not listed }]
";
    write(
        "list_notes",
        "happy_path",
        &test("list_notes", "happy_path", &format!("{ADDED}{listed}")),
    );
    context.write(
        "providers.yaml",
        &format!(
            "providers:\n  - id: notes:one\n    transport: mcp\n    url: {}\n    \
             capabilities: [notes.add_note, notes.delete_note, notes.list_notes]\n",
            notes.server.url()
        ),
    );
    context
}

const RUN: &str = "run --registry registry --providers providers.yaml --format json";

/// The outcomes that are no passes, each with its message.
fn told(ended: &Ended) -> Vec<String> {
    let report = ended.json();
    let rows = report["results"].as_array().unwrap().iter();
    rows.filter(|row| row["outcome"] != "pass")
        .map(|row| {
            format!(
                "{} {}: {}",
                row["test"].as_str().unwrap(),
                row["outcome"].as_str().unwrap(),
                row["message"].as_str().unwrap_or("")
            )
        })
        .collect()
}

#[test]
fn a_server_that_knows_nothing_of_ours_is_proven_as_it_is() {
    let notes = Notes::start(Lapse::None);
    let context = registry(&notes);
    let ended = context.run(RUN);
    assert_eq!(told(&ended), [] as [&str; 0], "{ended}");
    assert_eq!(ended.code, 0, "{ended}");
    assert_eq!(ended.json()["leftovers"], json!([]), "{ended}");
    assert_eq!(
        notes.titles(),
        [] as [&str; 0],
        "every note was taken back, by an expression over its input"
    );
    let mut called = notes.called();
    called.sort_unstable();
    assert_eq!(called, ["add-note", "delete-note", "notes.list"]);
    let linted = context.run("capabilities lint --registry registry");
    assert_eq!(linted.code, 0, "{linted}");
}

#[test]
fn what_is_wrong_with_a_native_answer_is_said_in_its_words() {
    let said = |lapse| {
        let notes = Notes::start(lapse);
        let context = registry(&notes);
        told(&context.run(RUN)).join("\n")
    };
    let hidden = said(Lapse::HidesErrors);
    assert!(
        hidden.contains(
            "rejects_unknown fail: delete-note accepted a note that is not there, expected `not_found`"
        ),
        "{hidden}"
    );
    let refused = said(Lapse::RefusesAll);
    assert!(
        refused.contains("happy_path fail: add-note refused a new title with the words \"Error: the disk is full\", expected a success"),
        "{refused}"
    );
    let taken = said(Lapse::TakesAnything);
    assert!(
        taken.contains("rejects_invalid_input fail: add-note accepted"),
        "{taken}"
    );
}

/// A draft may change every day; what is published needs its line in the lock file.
#[test]
fn a_draft_needs_no_lock_and_a_published_contract_does() {
    let context = registry(&Notes::start(Lapse::None));
    let lint = "capabilities lint --registry registry";
    assert_eq!(context.run(lint).code, 0);
    let lock = context.run("capabilities lock --registry registry");
    assert_eq!(lock.code, 0, "{lock}");
    let lock_file = context.path("registry/capabilities/capabilities.lock");
    let kept = || std::fs::read_to_string(&lock_file).unwrap_or_default();
    assert!(!kept().contains("notes."), "{}", kept());
    let add = "registry/capabilities/notes/add_note/v0.1.0/capability.yaml";
    context.edit(add, "status: draft\n", "");
    let refused = context.run(lint);
    assert_eq!(refused.code, 3, "{refused}");
    assert!(refused.stderr.contains("the lock file is missing"), "{refused}");
    assert_eq!(context.run("capabilities lock --registry registry").code, 0);
    assert!(kept().contains("notes.add_note@0.1.0 sha256:"), "{}", kept());
    assert_eq!(context.run(lint).code, 0);
    context.edit(add, "answers: native\n", "answers: native\nstatus: draft\n");
    let sealed = context.run(lint);
    assert!(
        sealed.stderr.contains("is published, and calls itself a draft"),
        "{sealed}"
    );
}

#[test]
fn mistakes_in_a_native_contract_are_shown_where_they_are() {
    let context = registry(&Notes::start(Lapse::None));
    let add = "registry/capabilities/notes/add_note/v0.1.0/capability.yaml";
    context.edit(add, "(?i)title exists", "(title");
    context.edit(add, "tool: add-note", "tool: ''");
    context.edit(add, "input.title", "input.titel");
    let shown = context.run("capabilities lint --registry registry");
    assert_eq!(shown.code, 3, "{shown}");
    for said in ["`(title` is no pattern", "\"\" is no name of a tool", "titel"] {
        assert!(shown.stderr.contains(said), "{said}: {shown}");
    }
    context.edit(add, "(title", "title");
    context.edit(add, "tool: ''", "tool: add-note");
    context.edit(add, "input.titel", "input.title");
    context.edit(add, "answers: native", "answers: envelope");
    let input = add.replace("capability.yaml", "input.schema.json");
    context.edit(
        &input,
        "\"$schema\":\"http://json-schema.org/draft-07/schema#\",",
        "",
    );
    let shown = context.run("capabilities lint --registry registry");
    assert!(
        shown.stderr.contains("`errors` goes with `answers: native`"),
        "{shown}"
    );
}

/// A reader of the tool command sees a native answer as what it is.
#[test]
fn an_output_of_any_shape_follows_its_schema() {
    let notes = Notes::start(Lapse::None);
    let context = registry(&notes);
    let output = "registry/capabilities/notes/list_notes/v0.1.0/output.schema.json";
    context.edit(
        output,
        "\"required\":[\"title\"]",
        "\"required\":[\"title\",\"id\"]",
    );
    let said = told(&context.run(RUN)).join("\n");
    assert!(
        said.contains(
            "happy_path fail: notes.list answered against its output schema: `notes[0]`: `id` is missing"
        ),
        "{said}"
    );
    let rows: Value = context.run(RUN).json();
    assert_eq!(rows["totals"]["fail"], 1);
}

/// From nothing but an address to a run that says something.
#[test]
fn a_draft_of_a_server_lints_and_runs_at_once() {
    let notes = Notes::start(Lapse::None);
    let context = TestContext::new();
    let draft = format!(
        "capabilities draft {} --domain notes --out draft --writes",
        notes.server.url()
    );
    let drafted = context.run(&draft);
    assert_eq!(drafted.code, 0, "{drafted}");
    assert_eq!(notes.called(), [] as [&str; 0], "a draft calls no tool");
    let lint = context.run("capabilities lint --registry draft");
    assert_eq!(lint.code, 0, "{lint}");
    let run = "run --registry draft --providers draft/providers.yaml --format json";
    let ended = context.run(run);
    let unmet = told(&ended);
    assert!(unmet.iter().all(|row| row.contains(" skip: ")), "{unmet:#?}");
    for passed in [
        "add_note/happy_path",
        "add_note/rejects_invalid_input",
        "add_note/accepts_extremes",
        "notes_list/only_reads",
        "count_notes/only_reads",
    ] {
        assert_eq!(ended.outcome(passed), "pass", "{passed}: {ended}");
    }
    // Nobody knows the title of a note that is there, so what is made up is refused, and nobody is accused.
    assert_eq!(ended.outcome("delete_note/happy_path"), "skip");
    let again = context.run(&draft);
    assert_eq!(again.code, 2, "what is there stays: {again}");
}

#[test]
fn a_drafted_test_finds_a_reader_that_changes_something() {
    let notes = Notes::start(Lapse::NotesReads);
    let context = TestContext::new();
    let drafted = context.run(&format!(
        "capabilities draft {} --domain notes --out draft --writes",
        notes.server.url()
    ));
    assert_eq!(drafted.code, 0, "{drafted}");
    let run = "run --registry draft --providers draft/providers.yaml --format json";
    let ended = context.run(run);
    assert_eq!(ended.code, 1, "{ended}");
    assert_eq!(ended.outcome("count_notes/only_reads"), "fail");
    let said = told(&ended).join("\n");
    assert!(
        said.contains(
            "countNotes says `readOnlyHint: true`, and notes.list answers differently after it was called"
        ),
        "{said}"
    );
}

#[test]
fn a_careful_draft_calls_only_what_says_that_it_reads() {
    let notes = Notes::start(Lapse::None);
    let context = TestContext::new();
    let drafted = context.run(&format!(
        "capabilities draft {} --domain notes --out draft",
        notes.server.url()
    ));
    assert_eq!(drafted.code, 0, "{drafted}");
    assert!(drafted.stderr.contains("2 tools are left alone"), "{drafted}");
    let ended = context.run("run --registry draft --providers draft/providers.yaml --format json");
    assert_eq!(told(&ended), [] as [&str; 0], "{ended}");
    let mut called = notes.called();
    called.sort_unstable();
    assert_eq!(called, ["countNotes", "notes.list"]);
}

#[test]
fn a_saved_listing_is_drafted_without_a_server() {
    let context = TestContext::new();
    context.write("tools.json", &listing().to_string());
    let drafted = context.run("capabilities draft --listing tools.json --out draft");
    assert_eq!(drafted.code, 0, "{drafted}");
    assert!(
        drafted
            .stdout
            .contains("draft/capabilities/tools/add_note/v0.1.0/capability.yaml"),
        "{drafted}"
    );
    assert_eq!(context.run("capabilities lint --registry draft").code, 0);
    context.write("none.json", "{}");
    let refused = context.run("capabilities draft --listing none.json --out other");
    assert_eq!(refused.code, 3, "{refused}");
    assert_eq!(context.run("capabilities draft --out other").code, 2);
}
