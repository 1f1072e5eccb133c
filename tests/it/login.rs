//! Providers behind a login: tokens of authorization servers, for pipelines and for people, right ones and liars.

mod guards;
mod person;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::cli::context::{Ended, TestContext};
use crate::secrets::passed_on;
use crate::support::guard::{Guard, Lie, Rules};
use crate::support::servers::Response;
use crate::support::stranger::{Stranger, Ways};

const SECRET: &str = "s cret/1";

/// A correct provider behind a guard.
fn guarded(rules: Rules) -> (Guard, Stranger) {
    let stranger = Stranger::open(Ways::default());
    let url = stranger.url();
    let guard = Guard::before(rules, move |request| {
        // So long that tokens of a second end in the middle of a run.
        if rules.valid < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(80));
        }
        let (status, answer) = passed_on(&url, request);
        Response::Json(status, answer)
    });
    (guard, stranger)
}

/// A manifest of one provider at a guard.
fn manifest(context: &TestContext, guard: &Guard, auth: &str) {
    let text = format!(
        "providers:\n  - id: gated:one\n    transport: http\n    url: {}\n    auth: {auth}\n    capabilities: [booking.list_services]\n",
        guard.url()
    );
    context.write("providers.yaml", &text);
}

const BY_SECRET: &str = "{ oauth: { client_id: 'ci:one', client_secret_env: CI_SECRET } }";

/// The binary with what these tests need in its environment.
fn command(context: &TestContext, arguments: &str) -> Command {
    let mut command = context.command(arguments);
    command
        .env("CI_SECRET", SECRET)
        .env("PROOFHOUSE_CONFIG", context.path("config"));
    command
}

fn run(context: &TestContext, arguments: &str) -> Ended {
    context.finish(arguments, &mut command(context, arguments))
}

const RUN: &str = "run --providers providers.yaml --format json --seed 7 --output html=report.html --output jsonl=report.jsonl";

const CALL: &str = "tool call list_services {} --providers providers.yaml --provider gated:one";

fn outcomes(ended: &Ended) -> Vec<(String, String)> {
    let report = ended.json();
    let results = report["results"].as_array().unwrap();
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    results
        .iter()
        .map(|row| (text(row, "test"), text(row, "outcome")))
        .collect()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => files_below(&path),
            false => vec![path],
        })
        .collect()
}

/// Nothing that was written or said holds a token or a secret.
fn assert_silent(context: &TestContext, ended: &[&Ended]) {
    let mut texts: Vec<(String, String)> = ended
        .iter()
        .map(|ended| {
            (
                "the output".to_owned(),
                format!("{}{}", ended.stdout, ended.stderr),
            )
        })
        .collect();
    for file in files_below(&context.path("")) {
        if !file.starts_with(context.path("config")) {
            let bytes = std::fs::read(&file).unwrap();
            texts.push((
                file.display().to_string(),
                String::from_utf8_lossy(&bytes).into_owned(),
            ));
        }
    }
    for (place, text) in texts {
        for told in ["access-", "refresh-", "code-1", SECRET, "s%20cret"] {
            assert!(!text.contains(told), "{place} holds {told}: {text}");
        }
    }
}

/// Tokens that end while the run is at work, by the clock and by the number of calls, make no test fail.
#[test]
fn a_pipeline_gets_tokens_by_its_secret_and_renews_them_during_a_run() {
    let rows = [
        Rules {
            valid: Duration::from_secs(1),
            ..Rules::default()
        },
        // Refused in the middle of a run, although the token says that it holds for long.
        Rules {
            calls: 12,
            ..Rules::default()
        },
        Rules {
            is_openid: true,
            names_metadata: false,
            ..Rules::default()
        },
    ];
    for rules in rows {
        let (guard, _stranger) = guarded(rules);
        let context = TestContext::new();
        manifest(&context, &guard, BY_SECRET);
        let ended = run(&context, RUN);
        let outcomes = outcomes(&ended);
        assert!(
            outcomes.iter().any(|(_, outcome)| outcome == "pass"),
            "{rules:?} {ended}"
        );
        for (test, outcome) in &outcomes {
            assert!(outcome == "pass" || outcome == "skip", "{rules:?} {test} {ended}");
        }
        let seen = guard.seen();
        // Each token was asked for once, however many lanes were turned away.
        let (least, most) = match rules {
            Rules { calls: 12, .. } => (2, seen.through.div_ceil(12) + 1),
            Rules { is_openid: true, .. } => (1, 1),
            _ => (2, 60),
        };
        assert!((least..=most).contains(&seen.given.len()), "{rules:?} {seen:?}");
        let asked = &seen.asked[0];
        let has = |name: &str, value: &str| asked.contains(&(name.to_owned(), value.to_owned()));
        assert!(has("resource", &guard.url()) && has("scope", "read"), "{asked:?}");
        assert!(
            !asked.iter().any(|(name, _)| name == "client_secret"),
            "{asked:?}"
        );
        assert_silent(&context, &[&ended]);
    }
}

#[test]
fn a_pipeline_gets_tokens_by_its_private_key_and_from_a_server_that_the_manifest_names() {
    let (guard, _stranger) = guarded(Rules::default());
    let context = TestContext::new();
    let pem = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2\nOF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r\n1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G\n-----END PRIVATE KEY-----\n";
    let issuer = guard.issuer();
    for more in [
        String::new(),
        format!(
            ", issuer: '{issuer}', scopes: [read, write], resource: '{}'",
            guard.url()
        ),
    ] {
        manifest(
            &context,
            &guard,
            &format!("{{ oauth: {{ client_id: 'ci:one', private_key_env: CI_KEY{more} }} }}"),
        );
        let ended = context.finish(CALL, command(&context, CALL).env("CI_KEY", pem));
        assert_eq!(ended.code, 0, "{ended}");
    }
    assert_eq!(guard.seen().given.len(), 2);
    // Nothing is discovered where the address is known.
    manifest(
        &context,
        &guard,
        &format!(
            "{{ oauth: {{ client_id: 'ci:one', client_secret_env: CI_SECRET, token_url: '{issuer}/token' }} }}"
        ),
    );
    let away = guard.seen().away;
    let ended = run(&context, CALL);
    assert_eq!((ended.code, guard.seen().away), (0, away), "{ended}");
    // A key that is none is told before anything is asked.
    manifest(
        &context,
        &guard,
        "{ oauth: { client_id: 'ci:one', private_key_env: CI_SECRET } }",
    );
    let ended = run(&context, CALL);
    assert_eq!(ended.code, 3, "{ended}");
    assert!(
        ended.stderr.contains("`CI_SECRET`") && ended.stderr.contains("is not PEM"),
        "{ended}"
    );
    assert_silent(&context, &[&ended]);
}

#[test]
fn a_pipeline_asks_for_a_scope_that_it_is_told_to_lack() {
    let (guard, _stranger) = guarded(Rules {
        needs: Some("write"),
        ..Rules::default()
    });
    let context = TestContext::new();
    manifest(&context, &guard, BY_SECRET);
    let ended = run(&context, CALL);
    assert_eq!(ended.code, 0, "{ended}");
    let seen = guard.seen();
    let scopes = seen.asked.iter().flatten().filter(|(name, _)| name == "scope");
    let scopes: Vec<_> = scopes.map(|(_, value)| value.as_str()).collect();
    assert_eq!(scopes, ["read", "read write"]);
}

/// Whatever a server says of itself, the run ends in time, sends no secret where it should not, and says what is wrong.
#[test]
fn liars_get_no_secret_and_are_named() {
    let rows = [
        (
            Lie::OtherIssuer,
            "names another issuer, https://other.example",
            false,
        ),
        (
            Lie::OtherResource,
            "is about another server: https://other.example/p",
            false,
        ),
        (Lie::Endless, "has a body over 131072 bytes", false),
        (Lie::RedirectLoop, "redirects again and again", false),
        (Lie::RedirectAway, "redirects to another server", false),
        (
            Lie::InsecureEndpoint,
            "`http://tokens.example/token` is neither https nor on this machine",
            false,
        ),
        (Lie::TokenRedirect, "redirects, which is not followed", true),
        (Lie::NoToken, "no header can carry", true),
        (Lie::Parrot, "invalid_client (not ci%3Aone:[redacted]", true),
    ];
    for (lie, told, is_asked) in rows {
        let (guard, _stranger) = guarded(Rules {
            lie,
            ..Rules::default()
        });
        let context = TestContext::new();
        manifest(&context, &guard, BY_SECRET);
        let ended = run(&context, CALL);
        assert_eq!(ended.code, 5, "{lie:?} {ended}");
        assert!(
            ended.stderr.contains("there is no token to ask it with") && ended.stderr.contains(told),
            "{lie:?} {ended}"
        );
        assert!(!ended.stderr.contains('\u{1b}'), "{ended}");
        let seen = guard.seen();
        assert_eq!(
            (!seen.asked.is_empty(), seen.through),
            (is_asked, 0),
            "{lie:?} {seen:?}"
        );
        let ended_run = run(&context, RUN);
        assert_eq!(ended_run.code, 5, "{lie:?} {ended_run}");
        assert_silent(&context, &[&ended, &ended_run]);
    }
}

#[test]
fn a_refusal_says_how_to_log_in_and_an_entry_without_a_login_says_so_first() {
    let (guard, _stranger) = guarded(Rules::default());
    let context = TestContext::new();
    let url = guard.url();
    let ended = run(&context, &format!("tool call list_services {{}} --url {url}"));
    assert_eq!(ended.code, 5, "{ended}");
    assert!(
        ended.stderr.contains(&format!("`proofhouse login {url}`")),
        "{ended}"
    );
    manifest(&context, &guard, "login");
    let away = guard.seen().away;
    let ended = run(&context, RUN);
    assert_eq!((ended.code, guard.seen().away), (3, away), "{ended}");
    assert!(
        ended.stderr.contains(&format!(
            "nobody has logged in to it on this machine: `proofhouse login {url}`"
        )),
        "{ended}"
    );
}

#[test]
fn what_is_wrong_in_a_manifest_about_tokens_is_named() {
    let context = TestContext::new();
    let rows = [
        ("{ oauth: { client_secret_env: A } }", "`oauth` needs `client_id`"),
        (
            "{ oauth: { client_id: a } }",
            "needs one of `client_secret_env` and `private_key_env`",
        ),
        (
            "{ oauth: { client_id: a, client_secret_env: A, private_key_env: B } }",
            "needs one of",
        ),
        (
            "{ oauth: { client_id: a, client_secret: hunter22 } }",
            "has no key `client_secret`",
        ),
        (
            "{ oauth: { client_id: a, client_secret_env: 'hunter22!' } }",
            "must be the name of an environment variable",
        ),
        (
            "{ oauth: { client_id: a, client_secret_env: A, token_url: 'http://as.example/token' } }",
            "`token_url` must be https",
        ),
        (
            "{ oauth: { client_id: a, client_secret_env: A, issuer: 'https://u:hunter22@as.example' } }",
            "`issuer` holds a credential",
        ),
        (
            "{ oauth: { client_id: a, client_secret_env: A, scopes: ['a b'] } }",
            "`a b` is no scope",
        ),
        (
            "{ oauth: { client_id: a, client_secret_env: A }, bearer_env: B }",
            "exactly one form",
        ),
        ("{ oauth: yes }", "`oauth` must be a mapping"),
        ("hunter22", "must be a mapping that names an environment variable"),
    ];
    for (auth, told) in rows {
        let text = format!(
            "providers:\n  - id: a:b\n    transport: http\n    url: http://127.0.0.1:1\n    auth: {auth}\n    capabilities: [booking.list_services]\n"
        );
        context.write("providers.yaml", &text);
        let ended = run(&context, "run --providers providers.yaml");
        assert_eq!(ended.code, 3, "{auth} {ended}");
        assert!(
            ended.stderr.contains(told) && !ended.stderr.contains("hunter22"),
            "{auth} {ended}"
        );
    }
}
