//! `proofhouse tokens`, `publish`, `run --publish` and `gate --registry-url`, against a registry that is served.

use std::process::{Child, Stdio};

use super::context::{TestContext, first_line};

/// A registry in a folder of its own.
pub(super) struct Registry {
    pub(super) context: TestContext,
    process: Child,
    pub(super) url: String,
}

impl Registry {
    fn start() -> Self {
        Self::of(TestContext::new())
    }

    /// The registry of a folder that may hold something already.
    pub(super) fn of(context: TestContext) -> Self {
        let mut process = context
            .command("serve --port 0")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let line = first_line(&mut process);
        let url = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        Self {
            context,
            process,
            url,
        }
    }

    fn token(&self, glob: &str) -> String {
        let made = self
            .context
            .run(&format!("tokens new --publisher Bookio --provider {glob}"));
        assert_eq!(made.code, 0, "{made}");
        made.stdout.trim().to_owned()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn with_token(context: &TestContext, arguments: &str, token: &str) -> super::context::Ended {
    context.finish(
        arguments,
        context.command(arguments).env("PROOFHOUSE_TOKEN", token),
    )
}

const RUN: &str = "run --reference --provider bookio:salon-aurora --capability booking.list_services --quiet";

#[test]
fn a_run_is_published_again_without_harm_and_opens_the_gate_of_the_registry() {
    let registry = Registry::start();
    let token = registry.token("bookio:*");
    let publisher = TestContext::new();
    let ran = with_token(&publisher, &format!("{RUN} --publish {}", registry.url), &token);
    assert_eq!(ran.code, 0, "{ran}");
    let again = with_token(
        &publisher,
        &format!("publish latest --to {}", registry.url),
        &token,
    );
    assert_eq!(again.code, 0, "{again}");
    assert!(again.stderr.contains("was published before"), "{again}");
    let gate = format!(
        "gate --provider bookio:salon-aurora --capability booking.list_services --registry-url {}",
        registry.url
    );
    let stranger = TestContext::new();
    let answer = stranger.run(&gate);
    assert_eq!(answer.code, 0, "{answer}");
    assert!(answer.stdout.starts_with("yes"), "{answer}");
    assert!(answer.stdout.contains("self-attested by Bookio"), "{answer}");
    let certify = registry.context.run("keys new --output key");
    assert_eq!(certify.code, 0, "{certify}");
    for (command, words) in [
        (
            "certify latest --key key --output c.json",
            "only a run of one's own",
        ),
        ("cleanup latest", "only they can take back"),
    ] {
        let refused = registry.context.run(command);
        assert_eq!(refused.code, 2, "{refused}");
        assert!(refused.stderr.contains(words), "{refused}");
    }
}

#[test]
fn what_a_registry_does_not_take_is_said_with_its_reasons() {
    let registry = Registry::start();
    let token = registry.token("other:*");
    let publisher = TestContext::new();
    assert_eq!(publisher.run(RUN).code, 0);
    let to = format!("publish latest --to {}", registry.url);
    let refused = with_token(&publisher, &to, &token);
    assert_eq!(refused.code, 6, "{refused}");
    assert!(
        refused.stderr.contains("does not cover bookio:salon-aurora"),
        "{refused}"
    );
    let unknown = with_token(&publisher, &to, "phk_guess");
    assert_eq!(unknown.code, 6, "{unknown}");
    assert!(unknown.stderr.contains("token"), "{unknown}");
    let missing = publisher.run(&to);
    assert_eq!(missing.code, 2, "{missing}");
    assert!(missing.stderr.contains("PROOFHOUSE_TOKEN"), "{missing}");
    let dead = with_token(&publisher, "publish latest --to http://127.0.0.1:9", &token);
    assert_eq!(dead.code, 6, "{dead}");
    assert!(dead.stderr.contains("cannot be asked"), "{dead}");
}

#[test]
fn a_token_is_shown_once_and_can_be_revoked() {
    let context = TestContext::new();
    assert!(context.run("tokens list").stderr.contains("no tokens"));
    let made = context.run("tokens new --publisher Bookio --provider bookio:*");
    let token = made.stdout.trim();
    let listed = context.run("tokens list");
    assert!(
        listed.stdout.contains("holds") && !listed.stdout.contains(token),
        "{listed}"
    );
    let id = listed
        .stdout
        .lines()
        .nth(1)
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(context.run(&format!("tokens revoke {id}")).code, 0);
    assert!(context.run("tokens list").stdout.contains("revoked"));
    let twice = context.run(&format!("tokens revoke {id}"));
    assert_eq!(twice.code, 2, "{twice}");
    let none = context.run("tokens new --publisher Bookio");
    assert_eq!(none.code, 2, "{none}");
}

#[test]
fn a_token_expires_and_can_be_rotated() {
    let registry = Registry::start();
    let token = registry.token("bookio:*");
    let publisher = TestContext::new();
    let ran = with_token(&publisher, &format!("{RUN} --publish {}", registry.url), &token);
    assert_eq!(ran.code, 0, "{ran}");
    let listed = registry.context.run("tokens list").stdout;
    let cells: Vec<_> = listed.lines().nth(1).unwrap().split_whitespace().collect();
    let (id, made, expires, last, runs) = (cells[0], cells[2], cells[3], cells[4], cells[5]);
    let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap();
    assert_eq!((day(expires) - day(made)).num_days(), 90, "{listed}");
    assert_eq!((last, runs), (made, "1"), "{listed}");
    let rotated = registry.context.run(&format!("tokens rotate {id} --expires 1s"));
    assert_eq!(rotated.code, 0, "{rotated}");
    let again = with_token(
        &publisher,
        &format!("publish latest --to {}", registry.url),
        &token,
    );
    assert_eq!(again.code, 6, "{again}");
    std::thread::sleep(std::time::Duration::from_secs(2));
    let expired = with_token(
        &publisher,
        &format!("publish latest --to {}", registry.url),
        rotated.stdout.trim(),
    );
    assert_eq!(expired.code, 6, "{expired}");
    assert!(expired.stderr.contains("the token expired on"), "{expired}");
    let listed = registry.context.run("tokens list").stdout;
    assert!(
        listed.contains("revoked") && listed.contains("expired"),
        "{listed}"
    );
    for wrong in ["--expires 400d", "--expires never"] {
        let refused = registry
            .context
            .run(&format!("tokens new --publisher Bookio --provider a:* {wrong}"));
        assert_eq!(refused.code, 2, "{refused}");
    }
}
