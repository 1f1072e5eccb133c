//! The command that repeats a run, and the entry of the manifest that a result belongs to.

use std::fmt::Write as _;

use super::curl::quote;
use crate::event::{ProviderRecord, RunHeader, Selection};
use crate::model::TestResult;
use crate::summary::RunSummary;

/// The arguments of `proofhouse run` with which the same tests are run again in the same order, given the same manifest.
pub fn run_line(header: &RunHeader) -> String {
    // Every field is named, so that none that is added later is forgotten.
    let Selection {
        capabilities,
        tests,
        read_only,
        slow,
        strict,
        providers,
        retries,
        fail_fast,
        partition,
        failed,
    } = &header.selection;
    let mut line = format!("proofhouse run --providers providers.yaml --seed {}", header.seed);
    for (flag, globs) in [
        ("provider", providers),
        ("capability", capabilities),
        ("test", tests),
    ] {
        for glob in globs {
            let _ = write!(line, " --{flag} {}", quote(glob));
        }
    }
    for (flag, is_set) in [
        ("read-only", read_only),
        ("slow", slow),
        ("strict", strict),
        ("fail-fast", fail_fast),
    ] {
        if *is_set {
            let _ = write!(line, " --{flag}");
        }
    }
    if *retries > 0 {
        let _ = write!(line, " --retries {retries}");
    }
    if let Some(run) = failed {
        let _ = write!(line, " --failed {run}");
    }
    if let Some(part) = partition {
        let _ = write!(line, " --partition {part}");
    }
    line
}

/// The entry of the manifest that a result is of: a provider has one for each version that it serves.
pub fn record_of<'a>(summary: &'a RunSummary, result: &TestResult) -> Option<&'a ProviderRecord> {
    let entries = || {
        summary
            .header
            .providers
            .iter()
            .filter(|record| record.id == result.provider)
    };
    let claims = |record: &&ProviderRecord| record.claims.iter().any(|claim| claim.version == result.version);
    entries().find(claims).or_else(|| entries().next())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::sample::{Sample, row};

    #[test]
    fn what_was_selected_is_selected_again() {
        let mut header = Sample::of([row("a:b", "one")]).header;
        header.seed = 7;
        assert_eq!(
            run_line(&header),
            "proofhouse run --providers providers.yaml --seed 7"
        );
        header.selection = Selection {
            capabilities: vec!["booking.*".to_owned()],
            tests: vec!["one".to_owned(), "it's".to_owned()],
            read_only: true,
            slow: true,
            strict: true,
            providers: vec!["a:*".to_owned()],
            retries: 2,
            fail_fast: true,
            partition: Some("2/5".parse().unwrap()),
            failed: Some("20261121-030000-4f2a9c01".parse().unwrap()),
        };
        insta::assert_snapshot!(run_line(&header), @r"proofhouse run --providers providers.yaml --seed 7 --provider 'a:*' --capability 'booking.*' --test 'one' --test 'it'\''s' --read-only --slow --strict --fail-fast --retries 2 --failed 20261121-030000-4f2a9c01 --partition 2/5");
    }
}
