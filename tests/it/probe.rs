//! Servers that nobody wrote a contract for, probed.

use std::sync::Arc;

use serde_json::Value;

use crate::cli::context::{Ended, TestContext};
use crate::support::guard::{Guard, Lie, Rules};
use crate::support::notes::{Lapse, Notes};

/// What a probe of a server says, with these arguments.
fn probed(notes: &Notes, arguments: &str) -> Ended {
    let context = TestContext::new();
    context.run(&format!("probe {} --format json {arguments}", notes.server.url()))
}

/// The rows with this outcome, each with its message.
fn rows(ended: &Ended, outcome: &str) -> Vec<String> {
    let report = ended.json();
    let rows = report["results"].as_array().unwrap().iter();
    rows.filter(|row| row["outcome"] == outcome)
        .map(|row| {
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            format!("{}/{}: {}", text("capability"), text("test"), text("message"))
        })
        .collect()
}

#[test]
fn a_correct_server_is_accused_of_nothing() {
    let notes = Notes::start(Lapse::None);
    let ended = probed(&notes, "--calls sandbox");
    assert_eq!(rows(&ended, "fail"), [] as [&str; 0], "{ended}");
    assert_eq!(rows(&ended, "error"), [] as [&str; 0], "{ended}");
    let passed = rows(&ended, "pass").join("\n");
    for test in [
        "mcp.exchange/refuses_foreign_origins",
        "mcp.exchange/refuses_unknown_version_headers",
        "mcp.exchange/stays_alive",
        "mcp.listing/lists_valid_schemas",
        "add_note/keeps_parallel_writes",
        "add_note/rejects_invalid_input",
        "count_notes/only_reads",
    ] {
        assert!(passed.contains(test), "{test}: {ended}");
    }
    assert_eq!(ended.code, 0, "{ended}");
}

#[test]
fn acknowledged_writes_that_are_lost_are_found() {
    let notes = Notes::start(Lapse::LosesWrites);
    let ended = probed(&notes, "--calls sandbox --tool add-note --tool notes.list");
    let failed = rows(&ended, "fail");
    let [lost] = failed.as_slice() else {
        panic!("{failed:#?} {ended}")
    };
    assert!(
        lost.contains("add-note acknowledged 8 of 8 writes that came at one time, and 7 of them are lost"),
        "{lost}"
    );
    assert_eq!(ended.code, 1, "{ended}");
}

#[test]
fn only_tools_that_may_be_called_are() {
    let called = |arguments: &str| {
        let notes = Notes::start(Lapse::None);
        let ended = probed(&notes, arguments);
        // A tool that there is not is called to see how it is refused.
        let mut called = notes.called();
        called.retain(|name| !name.starts_with("proofhouse"));
        called.sort_unstable();
        (called, ended)
    };
    let (none, ended) = called("");
    assert_eq!(none, [] as [&str; 0], "{ended}");
    assert!(ended.stderr.contains("--calls read"), "{ended}");
    assert_eq!(called("--calls none").0, [] as [&str; 0]);
    let (readers, ended) = called("--calls read");
    assert_eq!(readers, ["countNotes", "notes.list"], "{ended}");
    let told = ended.json()["notes"].to_string();
    assert!(
        told.contains("has 2 tools that this probe does not call"),
        "{told}"
    );
    assert_eq!(called("--calls sandbox --tool notes.*").0, ["notes.list"]);
    assert_eq!(called("--calls read --tool add-note").0, [] as [&str; 0]);
}

#[test]
fn a_finding_is_confirmed_before_it_is_told() {
    let failing = |lapse| {
        let notes = Notes::start(lapse);
        let ended = probed(&notes, "--calls read --test count_notes/only_reads");
        (rows(&ended, "fail").join("\n"), rows(&ended, "skip").join("\n"))
    };
    let (told, _) = failing(Lapse::NotesReads);
    assert!(told.contains("countNotes says `readOnlyHint: true`"), "{told}");
    let (told, withheld) = failing(Lapse::NotesReadsOnce);
    assert_eq!(told, "");
    assert!(
        withheld.contains("seen once and not again over a fresh connection"),
        "{withheld}"
    );
}

#[test]
fn a_server_that_breaks_off_again_and_again_is_not_merely_slow() {
    for (lapse, tool) in [
        (Lapse::BreaksOff, "count_notes"),
        (Lapse::BadGateway, "notes_list"),
    ] {
        let notes = Notes::start(lapse);
        let ended = probed(&notes, "--calls read");
        let told = rows(&ended, "fail").join("\n");
        assert!(told.contains(&format!("{tool}/answers")), "{ended}");
        assert_eq!(ended.code, 1, "{ended}");
        let claims = ended.json()["claims"].clone();
        let standing = claims.as_array().unwrap().iter().find(|claim| {
            let name = claim["capability"].as_str().unwrap_or_default();
            name.contains(tool)
        });
        assert_ne!(standing.unwrap()["standing"], "conformant", "{ended}");
    }
}

#[test]
fn another_machine_is_changed_only_if_its_name_is_typed_again() {
    let context = TestContext::new();
    let refused = context.run("probe https://mcp.example.invalid/mcp --calls sandbox");
    assert_eq!(refused.code, 2, "{refused}");
    assert!(
        refused.stderr.contains("--confirm-host mcp.example.invalid"),
        "{refused}"
    );
    let wrong =
        context.run("probe https://mcp.example.invalid/mcp --calls sandbox --confirm-host example.invalid");
    assert_eq!(wrong.code, 2, "{wrong}");
}

#[test]
fn a_server_that_is_not_there_is_no_finding() {
    let context = TestContext::new();
    let gone = context.run("probe http://127.0.0.1:9/mcp --calls read");
    assert_eq!(gone.code, 5, "{gone}");
    let unknown = {
        let notes = Notes::start(Lapse::None);
        probed(&notes, "--calls read --given notes.lst.a=1")
    };
    assert_eq!(unknown.code, 2, "{unknown}");
    assert!(unknown.stderr.contains("notes.lst"), "{unknown}");
}

#[test]
fn a_run_of_a_probe_is_kept_like_any_other() {
    let notes = Notes::start(Lapse::HidesErrors);
    let context = TestContext::new();
    let probe = context.run(&format!(
        "probe {} --calls read --format json",
        notes.server.url()
    ));
    let run = probe.json()["run"]["id"].as_str().unwrap().to_owned();
    let shown = context.run(&format!("runs show {run} --format json"));
    let stored: Value = shown.json();
    assert_eq!(stored["results"], probe.json()["results"]);
}

/// What a probe of this server says at a level of failures: `fail` of must-level and of should-level tests alike.
fn failures(lapse: Lapse, arguments: &str) -> (Vec<String>, Ended) {
    let notes = Notes::start(lapse);
    let ended = probed(&notes, arguments);
    (rows(&ended, "fail"), ended)
}

#[test]
fn a_schema_of_results_takes_structured_content() {
    let (failed, ended) = failures(Lapse::NoStructure, "--calls read --tool notes.list");
    let [missing] = failed.as_slice() else {
        panic!("{failed:#?} {ended}")
    };
    assert!(
        missing.contains("notes_list/answers: ")
            && missing.contains("notes.list lists an `outputSchema` and answers without `structuredContent`"),
        "{missing}"
    );
    assert_eq!(ended.code, 1, "{ended}");
}

#[test]
fn a_text_that_says_something_else_than_the_structure_is_a_warning() {
    let (failed, ended) = failures(Lapse::OtherText, "--calls read --tool notes.list");
    let [other] = failed.as_slice() else {
        panic!("{failed:#?} {ended}")
    };
    assert!(other.contains("notes_list/mirrors_its_structure: "), "{other}");
    assert_eq!(ended.code, 0, "{ended}");
}

#[test]
fn an_internal_error_refuses_an_invalid_input_and_is_a_warning() {
    let (failed, ended) = failures(Lapse::BreaksOnInvalid, "--calls sandbox --tool delete-note");
    let [broken] = failed.as_slice() else {
        panic!("{failed:#?} {ended}")
    };
    assert!(
        broken.contains("delete_note/breaks_on_no_input: ") && broken.contains("-32603"),
        "{broken}"
    );
    let passed = rows(&ended, "pass").join("\n");
    assert!(passed.contains("delete_note/rejects_invalid_input"), "{ended}");
    assert_eq!(ended.code, 0, "{ended}");
}

#[test]
fn what_is_worth_knowing_and_no_fault_is_a_note() {
    let told = |lapse| {
        let notes = Notes::start(lapse);
        probed(&notes, "--calls none").json()["notes"].to_string()
    };
    let plain = told(Lapse::None);
    assert!(plain.contains("1 tool without annotations: add-note"), "{plain}");
    assert!(!plain.contains("cursor"), "{plain}");
    let odd = told(Lapse::TakesAnyCursor);
    assert!(odd.contains("a cursor that it never gave"), "{odd}");
}

#[test]
fn a_server_behind_a_login_is_held_to_what_guards_it() {
    let probed = |lie| {
        let rules = Rules {
            lie,
            ..Rules::default()
        };
        let guard = Guard::before(rules, Notes::handler(Lapse::None, Arc::default()));
        let context = TestContext::new();
        let arguments = format!(
            "probe {} --format json --calls none --bearer-env NOTES_TOKEN",
            guard.url()
        );
        // What breaks at other texts takes this one for a token.
        let token = match lie {
            Lie::Breaks => "given-by-hand.given-by-hand.given-by-hand",
            _ => "given-by-hand",
        };
        guard.take(token);
        let mut command = context.command(&arguments);
        command.env("NOTES_TOKEN", token);
        context.finish(&arguments, &mut command)
    };
    let names = [
        "refuses_without_a_token",
        "says_where_tokens_come_from",
        "names_itself",
        "refuses_other_tokens",
        "survives_broken_tokens",
    ];
    let right = probed(Lie::None);
    assert_eq!(rows(&right, "fail"), [] as [&str; 0], "{right}");
    let passed = rows(&right, "pass").join("\n");
    for name in names {
        assert!(passed.contains(&format!("mcp.guard/{name}: ")), "{name}: {right}");
    }
    for (lie, broken) in [
        (Lie::OtherResource, "names_itself"),
        (Lie::NoServers, "names_itself"),
        (Lie::TakesAny, "refuses_other_tokens"),
        (Lie::Breaks, "survives_broken_tokens"),
    ] {
        let ended = probed(lie);
        let failed = rows(&ended, "fail").join("\n");
        assert!(
            failed.contains(&format!("mcp.guard/{broken}: ")),
            "{lie:?}: {ended}"
        );
        assert_eq!(ended.code, 1, "{lie:?}: {ended}");
        assert!(!ended.stdout.contains("given-by-hand"), "{ended}");
    }
    // Without a token its guard can be tried, and nothing else: that is not enough to be green.
    let guard = Guard::before(Rules::default(), Notes::handler(Lapse::None, Arc::default()));
    let locked = TestContext::new().run(&format!("probe {} --format json --calls none", guard.url()));
    assert_eq!(locked.code, 5, "{locked}");
    assert_eq!(rows(&locked, "pass").len(), names.len(), "{locked}");
    assert_eq!(rows(&locked, "fail"), [] as [&str; 0], "{locked}");
    assert!(locked.stderr.contains("`proofhouse login "), "{locked}");
}
