//! Who may import whom. Cargo refuses circles between crates but not inside one, so this test reads the sources.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Each top-level module with what it may import; `main.rs` and `lib.rs` are free.
const TABLE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("diagnostic", &[]),
    ("expr", &["model", "diagnostic"]),
    ("event", &["model"]),
    ("transport", &["model"]),
    ("capability", &["model", "diagnostic"]),
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
    ("publish", &["model", "plan", "summary"]),
    ("store", &["model", "event", "summary", "publish"]),
    (
        "app",
        &[
            "model",
            "diagnostic",
            "expr",
            "event",
            "transport",
            "capability",
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
            "suite",
            "event",
            "summary",
            "matrix",
            "standing",
            "certificate",
        ],
    ),
];

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The code of a file without its tests, which may use what they like.
fn without_tests(text: &str) -> &str {
    text.find("\n#[cfg(test)]\nmod tests")
        .map_or(text, |at| &text[..at])
}

/// Every `crate::name` outside comments, with its line; `crate::{a, b}` names several.
fn imports(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let code: String = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or(""))
        .collect::<Vec<_>>()
        .join("\n");
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let line = code[..at].matches('\n').count() + 1;
        let rest = &code[at + "crate::".len()..];
        let names = match rest.strip_prefix('{') {
            Some(group) => top_names(group),
            None => vec![rest],
        };
        for name in names {
            let name: String = name
                .trim()
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            found.push((line, name));
        }
    }
    found
}

/// The first segments of a braced group, up to its closing brace.
fn top_names(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut names) = (0usize, 0usize, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.push(&group[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    names.retain(|name| !name.trim().is_empty());
    names
}

#[test]
fn no_module_imports_one_that_stands_below_it() {
    let table: BTreeMap<_, _> = TABLE.iter().copied().collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    let mut wrong = Vec::new();
    let mut read = 0;
    for path in &files {
        let relative = path.strip_prefix(&root).unwrap();
        let top = relative
            .iter()
            .next()
            .unwrap()
            .to_str()
            .unwrap()
            .trim_end_matches(".rs");
        let is_tests = path.file_stem().is_some_and(|stem| stem == "tests");
        if top == "lib" || top == "main" || is_tests {
            continue;
        }
        let Some(allowed) = table.get(top) else {
            wrong.push(format!(
                "src/{}: module `{top}` is not in the table",
                relative.display()
            ));
            continue;
        };
        read += 1;
        for (line, name) in imports(without_tests(&fs::read_to_string(path).unwrap())) {
            if name != top && !allowed.contains(&name.as_str()) {
                wrong.push(format!(
                    "src/{}:{line}: `{top}` imports `{name}`; it may import {allowed:?}",
                    relative.display()
                ));
            }
        }
    }
    assert!(read > 20, "only {read} files were read");
    assert!(
        wrong.is_empty(),
        "imports against the layers:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn only_app_names_the_reference_provider() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let names_it = without_tests(&text).contains("reference_provider::");
        assert!(
            !names_it || path.starts_with(root.join("app")),
            "{} names the reference provider",
            path.display()
        );
    }
}

#[test]
fn the_reader_of_imports_sees_groups_and_skips_comments() {
    let text = "use crate::model::{A, B};\n// crate::run\nuse crate::{\n    event::{X, Y},\n    plan,\n};\nlet a = other_crate::z();\n";
    let names: Vec<_> = imports(text).into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["model", "event", "plan"]);
}
