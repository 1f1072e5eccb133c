//! Logins of people: by a browser, shared by processes, and where the browser comes back wrongly.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use super::{CALL, RUN, assert_silent, command, files_below, guarded, manifest, outcomes, run};
use crate::cli::context::{TestContext, first_line};
use crate::support::guard::{Guard, Lie, Rules};

/// A `proofhouse login` that waits for its browser.
struct Waiting {
    child: Child,
    /// What a person opens.
    url: String,
}

impl Waiting {
    fn start(context: &TestContext, arguments: &str) -> Self {
        let mut child = command(context, arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let line = first_line(&mut child);
        Self {
            child,
            url: line.trim_end().to_owned(),
        }
    }

    fn end(mut self) -> (i32, String) {
        let mut told = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut told)
            .unwrap();
        (self.child.wait().unwrap().code().unwrap(), told)
    }
}

/// What a browser gets: the head, and the body.
fn visited(url: &str) -> (String, String) {
    let url = reqwest::Url::parse(url).unwrap();
    let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let mut stream = TcpStream::connect(&host).unwrap();
    let target = format!("{}?{}", url.path(), url.query().unwrap_or_default());
    write!(
        stream,
        "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

/// Where the authorization server sends the browser.
fn sent_back(url: &str) -> String {
    let (head, _) = visited(url);
    let location = head.lines().find_map(|line| line.strip_prefix("Location: "));
    location.unwrap_or_else(|| panic!("{head}")).to_owned()
}

#[test]
fn a_person_logs_in_with_a_browser_and_the_login_renews_itself_and_ends() {
    let (guard, _stranger) = guarded(Rules {
        valid: Duration::from_secs(2),
        ..Rules::default()
    });
    let context = TestContext::new();
    let url = guard.url();
    let waiting = Waiting::start(&context, &format!("login {url}"));
    assert!(
        waiting
            .url
            .starts_with(&format!("{}/authorize?tenant=1&", guard.issuer())),
        "{}",
        waiting.url
    );
    let (head, page) = visited(&sent_back(&waiting.url));
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(page.contains("can be closed"), "{page}");
    let (code, told) = waiting.end();
    assert_eq!(code, 0, "{told}");
    assert!(told.contains(&format!("logged in to {url}, for read")), "{told}");
    assert_eq!(guard.seen().registered, 1);
    #[cfg(unix)]
    for file in files_below(&context.path("config")) {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(
            (mode(&file), mode(file.parent().unwrap())),
            (0o600, 0o700),
            "{}",
            file.display()
        );
    }
    let listed = run(&context, "login --list");
    assert!(
        listed.code == 0 && listed.stdout.contains("renews itself"),
        "{listed}"
    );

    manifest(&context, &guard, "login");
    let first = run(&context, RUN);
    let outcomes = outcomes(&first);
    assert!(
        outcomes
            .iter()
            .all(|(_, outcome)| outcome == "pass" || outcome == "skip"),
        "{first}"
    );
    // Ended early, and renewed by what the file holds: the token that renews is another each time.
    guard.end_tokens(false);
    let second = run(
        &context,
        &format!("tool call list_services {{}} --url {url} --login"),
    );
    assert_eq!(second.code, 0, "{second}");
    // A server below the one that was logged in to is a part of it.
    let below = run(&context, &format!("tool list --url {url}/below --login"));
    assert!(!below.stderr.contains("nobody has logged in"), "{below}");

    guard.end_tokens(true);
    let ended = run(&context, CALL);
    assert_eq!(ended.code, 5, "{ended}");
    assert!(
        ended
            .stderr
            .contains(&format!("the login has ended: `proofhouse login {url}`")),
        "{ended}"
    );
    let out = run(&context, &format!("logout {url}"));
    assert!(
        out.code == 0 && guard.seen().revoked[0].starts_with("refresh-"),
        "{out}"
    );
    assert_eq!(run(&context, &format!("logout {url}")).code, 2);
    assert_eq!(run(&context, CALL).code, 3);
    assert_silent(&context, &[&listed, &first, &second, &below, &ended, &out]);
}

/// Two processes renew one login at a time: a token that renews is worth something once.
#[test]
fn two_processes_share_a_login() {
    let (guard, _stranger) = guarded(Rules {
        calls: 3,
        ..Rules::default()
    });
    let context = TestContext::new();
    let url = guard.url();
    let waiting = Waiting::start(&context, &format!("login {url} --scope read"));
    visited(&sent_back(&waiting.url));
    assert_eq!(waiting.end().0, 0);
    let arguments = format!("tool call list_services {{}} --url {url} --login");
    let many: Vec<_> = (0..6)
        .map(|_| {
            let mut command = command(&context, &arguments);
            command
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in many {
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn a_browser_that_comes_back_wrongly_logs_nobody_in() {
    let rules = |lie| Rules {
        lie,
        ..Rules::default()
    };
    let context = TestContext::new();
    let logged = |guard: &Guard, change: &dyn Fn(String) -> String| {
        let waiting = Waiting::start(&context, &format!("login {} --client-id mine", guard.url()));
        let (head, _) = visited(&change(sent_back(&waiting.url)));
        assert!(head.starts_with("HTTP/1.1 400"), "{head}");
        let (code, told) = waiting.end();
        assert_eq!(code, 5, "{told}");
        assert!(files_below(&context.path("config")).is_empty());
        told
    };
    let (guard, _stranger) = guarded(rules(Lie::None));
    let told = logged(&guard, &|url| url.replace("state=", "state=x"));
    assert!(told.contains("from another login"), "{told}");
    let told = logged(&guard, &|url| {
        url.replace("code=", "error=access_denied&description=")
    });
    assert!(told.contains("refuses the login: access_denied"), "{told}");
    let told = logged(&guard, &|url| url.replace("code-", "code-9"));
    assert!(told.contains("refuses a token: invalid_grant"), "{told}");
    let told = logged(&guard, &|url| url.split("&iss=").next().unwrap().to_owned());
    assert!(told.contains("does not name its authorization server"), "{told}");
    assert_eq!(guard.seen().registered, 0);
    let (guard, _stranger) = guarded(rules(Lie::OtherSender));
    let told = logged(&guard, &|url| url);
    assert!(told.contains("from another authorization server"), "{told}");
    let (guard, _stranger) = guarded(rules(Lie::NoPkce));
    let ended = run(&context, &format!("login {}", guard.url()));
    assert!(
        ended.code == 5 && ended.stderr.contains("PKCE by S256"),
        "{ended}"
    );
    let ended = run(&context, &format!("login {} --wait 1s", guard.issuer()));
    assert!(
        ended.code == 5 && ended.stderr.contains("PKCE by S256"),
        "{ended}"
    );
}
