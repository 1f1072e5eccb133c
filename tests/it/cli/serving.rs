//! What `serve` logs of requests, of whom, and of no secret.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::context::{TestContext, first_line};

/// A secret that must stand nowhere.
const CANARY: &str = "canary-5f1c7e0b9a";

/// Serves a registry, sends the requests, and returns the answers and what the site printed to standard error.
fn served(arguments: &str, requests: &[String]) -> (Vec<String>, String) {
    let context = TestContext::new();
    let mut command: Command = context.command(&format!("serve --port 0 {arguments}"));
    let mut process = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let line = first_line(&mut process);
    let address = line
        .trim()
        .strip_prefix("listening on http://")
        .unwrap()
        .to_owned();
    let answers = requests.iter().map(|request| {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    });
    let answers = answers.collect();
    process.kill().unwrap();
    process.wait().unwrap();
    let mut printed = String::new();
    process
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut printed)
        .unwrap();
    (answers, printed)
}

fn get(path: &str, heads: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{heads}\r\n")
}

fn requests_of(printed: &str) -> Vec<Value> {
    let objects = printed
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}")));
    objects.filter(|object| object["kind"] == "request").collect()
}

#[test]
fn a_log_of_json_has_an_object_a_request_and_names_who_asked() {
    let asked = [
        get("/runs?x=%0aforged", ""),
        get("/nothing\u{1b}[31m", "X-Forwarded-For: 198.51.100.1\r\n"),
        get("/healthz", "Forwarded: for=198.51.100.1\r\n"),
    ];
    let (_, printed) = served("--access-log --log-format json", &asked);
    let logged = requests_of(&printed);
    assert!(!printed.contains('\u{1b}'), "{printed:?}");
    let first = &logged[0];
    assert_eq!(first["path"], "/runs?x=%0aforged");
    assert_eq!(first["route"], "/runs");
    assert_eq!(first["status"], 200);
    assert!(
        first["ms"].is_u64() && first["at"].is_string() && first["level"] == "info",
        "{first}"
    );
    // Nobody is trusted, so what visitors say of themselves is not believed.
    for request in &logged {
        assert_eq!(request["client"], "127.0.0.1", "{request}");
    }
}

#[test]
fn only_a_trusted_proxy_says_who_asks() {
    let asked = [
        get("/healthz", "X-Forwarded-For: 127.0.0.1, 203.0.113.5\r\n"),
        get("/healthz", "Forwarded: for=\"[2001:db8::7]:9\"\r\n"),
        get(
            "/healthz",
            "X-Forwarded-For: 203.0.113.5\r\nForwarded: for=198.51.100.1\r\n",
        ),
        get("/healthz", "X-Forwarded-For: forged\r\n"),
    ];
    let (_, printed) = served(
        "--access-log --log-format json --trusted-proxies 10.0.0.0/8,127.0.0.0/8",
        &asked,
    );
    let clients: Vec<_> = requests_of(&printed)
        .iter()
        .map(|one| one["client"].clone())
        .collect();
    assert_eq!(clients, ["203.0.113.5", "2001:db8::7", "127.0.0.1", "127.0.0.1"]);
    let (_, printed) = served("--access-log --trusted-proxies 127.0.0.1", &asked[..1]);
    let line = printed
        .lines()
        .find(|line| line.contains("GET /healthz"))
        .unwrap();
    assert!(
        line.contains("200 ") && line.ends_with(" ms 203.0.113.5"),
        "{line}"
    );
}

#[test]
fn a_network_that_is_none_is_refused() {
    let context = TestContext::new();
    for (network, said) in [("10.0.0.0/33", "10.0.0.0/8"), ("10.1.2.3/8", "`10.0.0.0/8`")] {
        let ended = context.run(&format!("serve --port 0 --trusted-proxies {network}"));
        assert_eq!(ended.code, 2, "{ended}");
        assert!(ended.stderr.contains(said), "{ended}");
    }
}

#[test]
fn no_secret_of_a_request_stands_in_a_log_or_a_metric() {
    let heads = format!(
        "Authorization: Bearer {CANARY}\r\nCookie: session={CANARY}\r\nX-Api-Key: {CANARY}\r\nX-Forwarded-For: {CANARY}\r\n\
         Forwarded: for={CANARY}\r\nUser-Agent: {CANARY}\r\nReferer: https://a.example/?{CANARY}\r\n"
    );
    let body = format!("{{\"token\":\"{CANARY}\"}}");
    let post = format!(
        "POST /api/v1/uploads/none HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n{heads}\r\n{body}",
        body.len()
    );
    for format in ["text", "json"] {
        let asked = [
            get("/runs", &heads),
            get("/nothing", &heads),
            post.clone(),
            get("/metrics", &heads),
        ];
        let arguments = format!("--access-log --log-format {format} --trusted-proxies 127.0.0.1");
        let (answers, printed) = served(&arguments, &asked);
        assert!(printed.contains("/api/v1/uploads"), "{printed}");
        assert!(!printed.contains(CANARY), "{printed}");
        let metrics = &answers[3];
        assert!(
            metrics.contains("proofhouse_route_requests_total{route=\"/runs\",class=\"2xx\"} 1"),
            "{metrics}"
        );
        assert!(metrics.contains("{route=\"none\",class=\"4xx\"}"), "{metrics}");
        assert!(!metrics.contains(CANARY), "{metrics}");
    }
}
