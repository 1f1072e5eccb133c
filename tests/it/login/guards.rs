//! Servers that let nobody in without a token: what guards them is checked, and they are drafted.

use std::sync::Arc;

use super::{command, guarded, run};
use crate::cli::context::TestContext;
use crate::support::guard::{Guard, Lie, Rules};
use crate::support::notes::{Lapse, Notes};
use crate::support::stranger::{Stranger, Ways};

#[test]
fn how_a_provider_guards_itself_is_checked_without_a_login() {
    let rows = [
        (Lie::None, true, &[][..], ""),
        (Lie::None, false, &[], ""),
        (
            Lie::Open,
            true,
            &[
                "refuses_without_a_token",
                "refuses_other_tokens",
                "survives_broken_tokens",
            ],
            "let through (status 200)",
        ),
        (
            Lie::OtherResource,
            true,
            &["names_itself"],
            "is about another server",
        ),
        (
            Lie::NoServers,
            true,
            &["names_itself"],
            "lists no `authorization_servers`",
        ),
        (
            Lie::RedirectLoop,
            true,
            &["says_where_tokens_come_from", "names_itself"],
            "redirects again and again",
        ),
        (
            Lie::TakesAny,
            true,
            &["refuses_other_tokens"],
            "a token for another resource: it was let through",
        ),
        (
            Lie::Breaks,
            true,
            &["refuses_other_tokens", "survives_broken_tokens"],
            "it broke the server (status 500)",
        ),
    ];
    let context = TestContext::new();
    for (lie, names_metadata, broken, told) in rows {
        let (guard, _stranger) = guarded(Rules {
            lie,
            names_metadata,
            ..Rules::default()
        });
        let ended = run(&context, &format!("login {} --check", guard.url()));
        let failed: Vec<_> = ended
            .stdout
            .lines()
            .filter_map(|line| line.strip_prefix("fail  ")?.split(':').next())
            .collect();
        assert_eq!(failed, broken, "{lie:?} {ended}");
        assert_eq!(ended.code, i32::from(!broken.is_empty()), "{lie:?} {ended}");
        assert!(ended.stdout.contains(told), "{lie:?} {ended}");
        assert_eq!(guard.seen().through, 0);
    }
    let open = Stranger::open(Ways::default());
    let ended = run(&context, &format!("login {} --check", open.url()));
    assert!(
        ended.code == 5 && ended.stderr.contains("it asks nobody for a token"),
        "{ended}"
    );
    let ended = run(&context, "login http://127.0.0.1:1/mcp --check");
    assert_eq!(ended.code, 5, "{ended}");
}

#[test]
fn a_gated_server_is_drafted_and_the_draft_says_how_it_is_logged_in_to() {
    let guard = Guard::before(Rules::default(), Notes::handler(Lapse::None, Arc::default()));
    guard.take("given-by-hand");
    let context = TestContext::new();
    let with_token = |arguments: &str| {
        let mut command = command(&context, arguments);
        command.env("NOTES_TOKEN", "given-by-hand");
        context.finish(arguments, &mut command)
    };
    let draft = format!("capabilities draft {} --out draft", guard.url());
    let refused = with_token(&draft);
    assert_eq!(refused.code, 3, "{refused}");
    let drafted = with_token(&format!("{draft} --bearer-env NOTES_TOKEN"));
    assert_eq!(drafted.code, 0, "{drafted}");
    let manifest = std::fs::read_to_string(context.path("draft/providers.yaml")).unwrap();
    assert!(
        manifest.contains("auth: { bearer_env: \"NOTES_TOKEN\" }") && !manifest.contains("given-by-hand"),
        "{manifest}"
    );
    let run = with_token("run --registry draft --providers draft/providers.yaml --no-store");
    assert_eq!(run.code, 0, "{run}");
    let listing = format!(
        "capabilities diff --server {} --write-lock tools.lock --bearer-env NOTES_TOKEN",
        guard.url()
    );
    let compared = with_token(&listing);
    assert_eq!(compared.code, 0, "{compared}");
    let unset = with_token(&format!("{draft}-2 --header X-Api-Key=NOT_SET_ANYWHERE"));
    assert_eq!(unset.code, 3, "{unset}");
    let anonymous = with_token(&format!("{draft}-3 --login"));
    assert!(
        anonymous.code != 0 && anonymous.stderr.contains("nobody has logged in"),
        "{anonymous}"
    );
}
