//! Who may import whom. Cargo refuses circles between crates but not inside one, so these tests read the sources.

mod circles;
mod source;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use circles::{circles, graph};
use source::{Source, read_crate, read_texts};

/// Each top-level module with what it may import; `main.rs` and `lib.rs` are free.
const TABLE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("diagnostic", &[]),
    ("expr", &["model", "diagnostic"]),
    ("event", &["model"]),
    ("login", &["model"]),
    ("transport", &["model", "login"]),
    ("capability", &["model", "diagnostic", "expr"]),
    ("draft", &["model", "diagnostic", "capability"]),
    ("suite", &["model", "diagnostic", "expr", "capability"]),
    (
        "dialect",
        &["model", "diagnostic", "expr", "capability", "transport"],
    ),
    (
        "provider",
        &[
            "model",
            "diagnostic",
            "event",
            "transport",
            "capability",
            "dialect",
        ],
    ),
    (
        "plan",
        &[
            "model",
            "diagnostic",
            "capability",
            "suite",
            "dialect",
            "provider",
        ],
    ),
    ("check", &["model", "diagnostic", "expr", "capability", "suite"]),
    (
        "run",
        &[
            "model",
            "event",
            "expr",
            "transport",
            "capability",
            "suite",
            "dialect",
            "provider",
            "plan",
            "check",
        ],
    ),
    ("summary", &["model", "event"]),
    ("matrix", &["model", "diagnostic", "capability", "summary"]),
    ("baseline", &["model", "diagnostic", "summary"]),
    ("standing", &["model", "summary"]),
    ("report", &["model", "event", "summary", "matrix"]),
    (
        "certificate",
        &["model", "diagnostic", "capability", "plan", "summary"],
    ),
    ("transparency", &["model", "certificate"]),
    ("publish", &["model", "plan", "summary"]),
    ("store", &["model", "event", "summary", "publish"]),
    (
        "app",
        &[
            "model",
            "diagnostic",
            "expr",
            "event",
            "login",
            "transport",
            "capability",
            "draft",
            "suite",
            "dialect",
            "provider",
            "plan",
            "run",
            "summary",
            "matrix",
            "baseline",
            "standing",
            "report",
            "certificate",
            "transparency",
            "publish",
            "store",
        ],
    ),
    (
        "web",
        &[
            "app",
            "report",
            "model",
            "diagnostic",
            "capability",
            "suite",
            "summary",
            "matrix",
            "standing",
            "certificate",
            "transparency",
            "publish",
        ],
    ),
    // A second way in beside `cli`: a provider's own tests have no command line, and `app` knows neither panics nor tables.
    (
        "testing",
        &["app", "report", "model", "diagnostic", "event", "summary"],
    ),
    (
        "cli",
        &[
            "app",
            "web",
            "report",
            "model",
            "diagnostic",
            "capability",
            "draft",
            "suite",
            "event",
            "summary",
            "matrix",
            "standing",
            "certificate",
        ],
    ),
];

/// Every program and library whose files may not refer to each other in a circle.
const FOLDERS: [&str; 6] = [
    "src",
    "reference-provider/src",
    "reference-provider/benches/calendar",
    "benches/registry",
    "benches/runner",
    "benches/start",
];

fn harness() -> BTreeMap<String, Source> {
    read_crate(&root().join("src"))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Sources that a test plants, by path.
fn planted(files: &[(&str, &str)]) -> BTreeMap<String, Source> {
    read_texts(
        &files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .collect(),
    )
}

/// The imports that a table of modules does not allow, each with its place.
fn forbidden_imports(sources: &BTreeMap<String, Source>, table: &[(&str, &[&str])]) -> Vec<String> {
    let table: BTreeMap<_, _> = table.iter().copied().collect();
    let mut wrong = Vec::new();
    for (path, source) in sources {
        let Some(module) = source.module.first() else {
            continue;
        };
        let Some(allowed) = table.get(module.as_str()) else {
            wrong.push(format!("{path}: module `{module}` is not in the table"));
            continue;
        };
        for reference in &source.references {
            if let Some(named) = reference.path.first()
                && named != module
                && !allowed.contains(&named.as_str())
            {
                wrong.push(format!(
                    "{path}:{}: `{module}` imports `{named}`; it may import {allowed:?}",
                    reference.line
                ));
            }
        }
    }
    wrong
}

#[test]
fn no_module_imports_one_that_stands_below_it() {
    let sources = harness();
    assert!(sources.len() > 20, "only {} files were read", sources.len());
    let wrong = forbidden_imports(&sources, TABLE);
    assert!(
        wrong.is_empty(),
        "imports against the layers:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn no_two_files_refer_to_each_other() {
    let mut found = Vec::new();
    for folder in FOLDERS {
        let sources = read_crate(&root().join(folder));
        let graph = graph(&sources);
        let references: usize = graph.values().map(BTreeMap::len).sum();
        assert!(
            references + 1 >= sources.len(),
            "{folder}: only {references} references were read"
        );
        found.extend(
            circles(&graph)
                .into_iter()
                .map(|circle| format!("in {folder}:\n    {circle}")),
        );
    }
    assert!(found.is_empty(), "circles of files {}", found.join("\n"));
}

#[test]
fn only_app_names_the_reference_provider() {
    let folder = root().join("src");
    for (path, source) in harness() {
        let names_it = std::fs::read_to_string(folder.join(&path))
            .unwrap()
            .contains("reference_provider::");
        assert!(
            !names_it || source.module.first().is_some_and(|module| module == "app"),
            "{path} names the reference provider"
        );
    }
}

/// The modules that know no domain: what they say of one comes from its contracts and suites.
const ENGINE: [&str; 14] = [
    "model",
    "diagnostic",
    "expr",
    "event",
    "login",
    "transport",
    "capability",
    "draft",
    "suite",
    "dialect",
    "provider",
    "plan",
    "check",
    "run",
];

/// Its words are published: suites show them as `case.what`.
const PUBLISHED: &str = "suite/pair_kind.rs";

/// The lines that name a domain, tests left out, which may take any for their example.
fn domain_names(path: &str, text: &str) -> Vec<String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if path == PUBLISHED || name == "tests.rs" || path.contains("/tests/") {
        return Vec::new();
    }
    let shown = text.split("\n#[cfg(test)]\nmod ").next().unwrap_or(text);
    let lines = shown.lines().enumerate();
    lines
        .filter(|(_, line)| line.to_lowercase().contains("booking"))
        .map(|(at, line)| format!("{path}:{}: {}", at + 1, line.trim()))
        .collect()
}

#[test]
fn the_engine_names_no_domain() {
    let folder = root().join("src");
    let mut read = 0;
    let mut wrong = Vec::new();
    for (path, source) in harness() {
        if source
            .module
            .first()
            .is_some_and(|module| ENGINE.contains(&module.as_str()))
        {
            read += 1;
            let text = std::fs::read_to_string(folder.join(&path)).unwrap();
            wrong.extend(domain_names(&path, &text));
        }
    }
    assert!(read > 100, "only {read} files were read");
    assert!(
        wrong.is_empty(),
        "the engine names a domain:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn a_planted_name_of_a_domain_is_found_outside_of_tests() {
    let text =
        "//! Takes a Booking.\nfn f() {}\n\n#[cfg(test)]\nmod tests { const B: &str = \"booking\"; }\n";
    assert_eq!(
        domain_names("run/a.rs", text),
        ["run/a.rs:1: //! Takes a Booking."]
    );
    assert_eq!(domain_names("run/a/tests.rs", text), Vec::<String>::new());
}

#[test]
fn a_planted_import_against_the_layers_is_refused() {
    let sources = planted(&[
        ("low.rs", "use crate::{high::Thing, low::Other};\n"),
        (
            "high/mod.rs",
            "// use crate::nowhere;\nfn f() { let _ = crate::low::g(); }\n",
        ),
    ]);
    let wrong = forbidden_imports(&sources, &[("low", &[]), ("high", &["low"])]);
    assert_eq!(wrong, ["low.rs:1: `low` imports `high`; it may import []"]);
}

#[test]
fn a_planted_circle_between_two_files_is_refused_however_it_is_written() {
    let toc = ("m/mod.rs", "mod a;\nmod b;\npub use a::A;\npub use b::*;\n");
    for (a, b) in [
        (
            "use super::b::B;\npub struct A;",
            "use super::a::A;\npub struct B;",
        ),
        ("use super::b::B;\npub struct A;", "use super::A;\npub struct B;"),
        (
            "pub struct A(crate::m::b::B);",
            "pub struct B;\nfn f() { super::a::g(); }",
        ),
        (
            "use super::b;\npub fn f() { b::g(); }",
            "pub fn g() -> Text { format!(\"{}\", super::a::f()) }",
        ),
    ] {
        let found = circles(&graph(&planted(&[toc, ("m/a.rs", a), ("m/b.rs", b)])));
        assert_eq!(found.len(), 1, "{a}\n{b}");
        assert!(found[0].starts_with("m/a.rs:"), "{}", found[0]);
    }
}

#[test]
fn a_table_of_contents_and_tests_make_no_circle() {
    let sources = planted(&[
        ("m/mod.rs", "mod a;\nmod b;\npub use a::A;\npub use b::B;\n"),
        (
            "m/a.rs",
            "pub struct A;\n#[cfg(test)]\nmod tests { use super::super::B; }\n",
        ),
        ("m/b.rs", "use super::A;\npub struct B(A);\n"),
        ("m/tests.rs", "use super::{A, B};\n"),
    ]);
    assert_eq!(circles(&graph(&sources)), Vec::<String>::new());
}
