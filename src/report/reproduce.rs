//! The command that repeats a run, and the entry of the manifest that a result belongs to.

use std::fmt::Write as _;

use super::curl::quote;
use super::place::place;
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
        calls,
    } = &header.selection;
    let (mut line, after) = match (calls, header.providers.first().and_then(place)) {
        (Some(calls), Some((before, after))) => (
            format!("proofhouse probe{before} --calls {calls} --seed {}", header.seed),
            after,
        ),
        _ => (
            format!("proofhouse run --providers providers.yaml --seed {}", header.seed),
            String::new(),
        ),
    };
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
    line.push_str(&after);
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
    use indexmap::IndexMap;

    use super::*;
    use crate::model::Endpoint;
    use crate::summary::sample::{Sample, row};

    #[test]
    fn a_probe_is_repeated_by_a_probe() {
        let mut header = Sample::of([row("a:b", "one")]).header;
        header.seed = 7;
        header.selection.calls = Some("read".to_owned());
        header.providers[0].endpoint = Endpoint::Mcp {
            url: "http://127.0.0.1:1/mcp".to_owned(),
        };
        assert_eq!(
            run_line(&header),
            "proofhouse probe 'http://127.0.0.1:1/mcp' --calls read --seed 7"
        );
        header.providers[0].endpoint = Endpoint::Stdio {
            command: "server".to_owned(),
            args: vec!["--stdio".to_owned()],
            env: IndexMap::new(),
        };
        assert_eq!(
            run_line(&header),
            "proofhouse probe --calls read --seed 7 -- 'server' '--stdio'"
        );
    }

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
            calls: None,
        };
        insta::assert_snapshot!(run_line(&header), @r"proofhouse run --providers providers.yaml --seed 7 --provider 'a:*' --capability 'booking.*' --test 'one' --test 'it'\''s' --read-only --slow --strict --fail-fast --retries 2 --failed 20261121-030000-4f2a9c01 --partition 2/5");
    }
}
