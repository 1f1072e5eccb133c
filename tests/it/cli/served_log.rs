//! `proofhouse log verify --url`: the transparency log of a registry, checked from elsewhere.

use std::path::Path;

use super::context::{Ended, TestContext};
use super::publishing::Registry;

/// A folder with a log of this many revocations. They differ by their reasons.
fn with_log(key: &str, reasons: &[&str]) -> (TestContext, String) {
    let context = TestContext::new();
    private(&context.path("log.key"), key);
    let made = context.run("log new --name registry.example/log --key log.key");
    assert_eq!(made.code, 0, "{made}");
    add(&context, reasons);
    (context, made.stdout.trim().to_owned())
}

/// A file of a private key, for its owner alone.
fn private(path: &Path, key: &str) {
    std::fs::write(path, key).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}

fn add(context: &TestContext, reasons: &[&str]) {
    for (number, reason) in reasons.iter().enumerate() {
        let run = format!("20261121-030000-{number:08x}");
        let added = context.run(&format!("log revoke --run {run} --reason {reason} --key log.key"));
        assert_eq!(added.code, 0, "{added}");
    }
}

fn new_key() -> String {
    let context = TestContext::new();
    assert_eq!(context.run("keys new --output log.key").code, 0);
    std::fs::read_to_string(context.path("log.key")).unwrap()
}

fn trust(reader: &TestContext, log: &str) {
    reader.write(
        "trust.yaml",
        &format!("format: proofhouse.trust/1\nlogs:\n  - {log}\n"),
    );
}

fn verify(reader: &TestContext, url: &str) -> Ended {
    reader.run(&format!(
        "log verify --url {url} --trust trust.yaml --from earlier.txt"
    ))
}

#[test]
fn a_served_log_is_proven_to_continue_a_checkpoint_that_was_kept() {
    let (context, public) = with_log(&new_key(), &["one", "two"]);
    let reader = TestContext::new();
    trust(&reader, &public);
    reader.write("earlier.txt", &context.run("log checkpoint").stdout);
    let registry = Registry::of(context);
    let url = format!("{}/log", registry.url);
    for (more, entries) in [(&[][..], "2 entries"), (&["three"], "3 entries")] {
        add(&registry.context, more);
        let held = verify(&reader, &url);
        assert_eq!(held.code, 0, "{held}");
        assert!(held.stdout.contains(entries), "{held}");
        assert!(held.stdout.contains("nothing was rewritten"), "{held}");
    }
    let alone = reader.run(&format!("log verify --url {url} --trust trust.yaml"));
    assert_eq!(alone.code, 0, "{alone}");
    let elsewhere = verify(&reader, &registry.url);
    assert_eq!(elsewhere.code, 6, "{elsewhere}");
    assert!(elsewhere.stderr.contains("cannot be read"), "{elsewhere}");
    let untrusted = reader.run(&format!("log verify --url {url}"));
    assert_eq!(untrusted.code, 2, "{untrusted}");
    trust(&reader, &with_log(&new_key(), &[]).1);
    let other = verify(&reader, &url);
    assert_eq!(other.code, 1, "{other}");
    assert!(
        other.stdout.contains("no log that the trust file names"),
        "{other}"
    );
}

/// Whoever holds the key can sign any tree. Whoever kept a checkpoint sees it.
#[test]
fn a_served_log_that_was_made_anew_or_cut_is_told() {
    let key = new_key();
    let (honest, public) = with_log(&key, &["one", "two", "three"]);
    let reader = TestContext::new();
    trust(&reader, &public);
    reader.write("earlier.txt", &honest.run("log checkpoint").stdout);
    for (reasons, words) in [
        (&["one", "other", "three", "four"][..], "was rewritten"),
        (&["one", "two", "other"], "was rewritten"),
        (&["one", "two"], "was cut"),
    ] {
        let registry = Registry::of(with_log(&key, reasons).0);
        let told = verify(&reader, &format!("{}/log", registry.url));
        assert_eq!(told.code, 1, "{told}");
        assert!(told.stdout.contains(words), "{told}");
    }
}
