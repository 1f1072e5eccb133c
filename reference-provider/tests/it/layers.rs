//! The rules know nothing of faults. This test reads the sources, because the compiler allows every module to name every other.

use std::fs;
use std::path::{Path, PathBuf};

/// The folders of the rules, and of what they need. `sabotage` alone, and what sets a provider up, may name a fault.
const RULES: [&str; 7] = [
    "calendar", "tools", "store", "billing", "notify", "favcrm", "policy",
];

#[test]
fn no_rule_names_a_fault() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for folder in RULES {
        let files = rust_files(&sources.join(folder));
        assert!(!files.is_empty(), "{folder} has no sources");
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            let place = file.strip_prefix(&sources).unwrap().display().to_string();
            found.extend(faults_in(&text).map(|(line, code)| format!("{place}:{line}: {code}")));
        }
    }
    assert!(
        found.is_empty(),
        "a rule names a fault; let it read a policy instead, or change its input or answer in src/sabotage:\n{}",
        found.join("\n")
    );
}

#[test]
fn a_fault_in_a_rule_is_found_and_other_words_are_not() {
    let text = "use crate::fault::Fault;\nif faults.has(x) {}\nuse crate::sabotage;\nlet default = 1; // as Default\n";
    let lines: Vec<usize> = faults_in(text).map(|(line, _)| line).collect();
    assert_eq!(lines, [1, 2, 3]);
}

/// The lines that name a fault or the module of the faults, comments among them, counted from one.
fn faults_in(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let names_one = |line: &str| {
        let mut words = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        words.any(|word| matches!(word, "Fault" | "Faults" | "fault" | "faults" | "sabotage"))
    };
    text.lines()
        .enumerate()
        .filter(move |(_, line)| names_one(line))
        .map(|(number, line)| (number + 1, line.trim()))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}
