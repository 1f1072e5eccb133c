//! Providers that are a command: how they start, how they end, and what they must not write.

use std::time::{Duration, Instant};

use indexmap::IndexMap;
use proofhouse::model::{Endpoint, EnvValue, Reading};
use proofhouse::transport::{Call, ErrorKind, Pool, TransportError};
use serde_json::json;

use super::{call, call_within, input, limits};
use crate::support::mcp_servers::{TOOL, called, gone, over_stdio, process_in, script, script_from};
use crate::support::misbehaviour::good;

const MIB: usize = 1024 * 1024;

/// The piece of shell that answers a call well.
fn well() -> String {
    format!("answer '{}'", called(&good()))
}

/// Asserts that the call fails for this reason within seconds, and that the next call finds the same command again.
async fn fails(on_call: &str, reason: &str) {
    let transport = over_stdio(limits(), &script(on_call));
    let start = Instant::now();
    for _ in 0..2 {
        let reply = call(&*transport).await;
        let trouble = reply.answer.unwrap_err();
        assert_eq!(trouble.to_string(), reason, "{on_call}");
        assert_eq!((trouble.kind(), reply.attempts), (ErrorKind::Wrong, 1));
        assert!(trouble.may_have_acted());
    }
    assert!(start.elapsed() < Duration::from_secs(9), "{:?}", start.elapsed());
}

fn lost(how: &str) -> String {
    format!("closed the connection before the answer was complete: the command {how}")
}

// Row 5: what cannot be started.

#[tokio::test]
async fn a_command_that_cannot_be_started_was_not_asked() {
    let pool = Pool::new(limits(), "t").unwrap();
    for (command, reason) in [
        (
            "./no-such-provider",
            "could not connect: the command `./no-such-provider` cannot be started: it was not found",
        ),
        (
            "./Cargo.toml",
            "could not connect: the command `./Cargo.toml` cannot be started: it may not be executed",
        ),
    ] {
        let endpoint = Endpoint::Stdio {
            command: command.to_owned(),
            args: Vec::new(),
            env: IndexMap::new(),
        };
        let transport = pool.connect(&endpoint, None, None).unwrap();
        let reply = call(&*transport).await;
        let trouble = reply.answer.unwrap_err();
        assert_eq!(trouble.to_string(), reason);
        assert_eq!((trouble.kind(), reply.attempts), (ErrorKind::NotAsked, 0));
        assert_eq!(transport.list_tools().await.unwrap_err(), trouble);
    }
}

#[tokio::test]
async fn a_variable_that_the_command_needs_and_we_lack_is_named() {
    let env = IndexMap::from([("API_KEY".to_owned(), EnvValue::FromEnv("MY_KEY".to_owned()))]);
    let pool = Pool::new(limits(), "t").unwrap();
    for value in [None, Some(String::new())] {
        let error = pool
            .stdio("sh", &[], &env, None, &|_| value.clone())
            .err()
            .unwrap();
        assert_eq!(
            error.to_string(),
            "the environment variable `MY_KEY`, which `API_KEY` of the command is taken from, is not set or is empty"
        );
    }
}

#[tokio::test]
async fn a_command_gets_its_variables_and_no_record_shows_those_that_are_secret() {
    let secret = "key-\"quoted\"-12345";
    let env = IndexMap::from([
        ("API_KEY".to_owned(), EnvValue::FromEnv("MY_KEY".to_owned())),
        ("MODE".to_owned(), EnvValue::Plain("test".to_owned())),
    ]);
    let on_call = r#"printf '%s in %s\n' "$API_KEY" "$MODE" >&2; echo "$API_KEY is my key""#;
    let pool = Pool::new(limits(), "t").unwrap();
    let args = ["-c".to_owned(), script(on_call)];
    let lookup = |name: &str| (name == "MY_KEY").then(|| secret.to_owned());
    let transport = pool.stdio("sh", &args, &env, None, &lookup).unwrap();
    let input = json!({ "note": secret });
    let call = Call {
        tool: TOOL,
        input: &input,
        limit: Duration::from_secs(5),
        reading: &Reading::default(),
    };
    let reply = transport.call(call).await;
    assert_eq!(
        reply.answer.as_ref().unwrap_err().to_string(),
        "broke the protocol: wrote text that is not JSON (starts with \"[redacted] is my key\") to standard output, \
         where only messages belong"
    );
    assert_eq!(reply.text.as_deref(), Some("[redacted] is my key"));
    let record = transport.exchange(call, &reply);
    assert!(record.target.starts_with("sh -c"));
    assert_eq!(
        record.input,
        json!({ "jsonrpc": "2.0", "method": "tools/call",
            "params": { "name": TOOL, "arguments": { "note": "[redacted]" } } })
    );
    assert!(!serde_json::to_string(&record).unwrap().contains("12345"));
}

/// What else stands in our environment, the token of a publisher for one, is none of a provider's business.
#[tokio::test]
async fn a_command_inherits_what_programs_need_and_nothing_else() {
    let env = IndexMap::from([
        ("MODE".to_owned(), EnvValue::Plain("test".to_owned())),
        ("LANG".to_owned(), EnvValue::Plain("cs_CZ.UTF-8".to_owned())),
    ]);
    let folder = tempfile::tempdir().unwrap();
    let seen = folder.path().join("seen");
    let text = format!("/usr/bin/env > {}\n{}", seen.display(), script(&well()));
    let lookup = |name: &str| match name {
        "PROOFHOUSE_TOKEN" | "AWS_SECRET_ACCESS_KEY" | "SSH_AUTH_SOCK" | "LD_PRELOAD" => {
            Some("secret".to_owned())
        }
        "PATH" => Some("/usr/bin:/bin".to_owned()),
        "LANG" => Some("C".to_owned()),
        "TZ" => Some("UTC".to_owned()),
        _ => None,
    };
    let pool = Pool::new(limits(), "t").unwrap();
    let transport = pool
        .stdio("sh", &["-c".to_owned(), text], &env, None, &lookup)
        .unwrap();
    call(&*transport).await.answer.unwrap();
    // The shell adds its own.
    let own = ["PWD", "OLDPWD", "SHLVL", "_"];
    let seen = std::fs::read_to_string(&seen).unwrap();
    let mut seen: Vec<_> = seen
        .lines()
        .filter(|line| !own.contains(&line.split('=').next().unwrap()))
        .collect();
    seen.sort_unstable();
    assert_eq!(
        seen,
        ["LANG=cs_CZ.UTF-8", "MODE=test", "PATH=/usr/bin:/bin", "TZ=UTC"]
    );
}

// Row 6: what a command must not do.

#[tokio::test]
async fn a_command_that_dies_is_told_with_its_last_words_and_started_again() {
    fails(
        "echo 'out of \n memory' >&2; exit 3",
        &lost("exited with status 3; its last words: \"out of memory\""),
    )
    .await;
    fails("exit 0", &lost("exited with status 0")).await;
    // The process that it started holds its standard output open.
    fails("sleep 60 & exit 5", &lost("exited with status 5")).await;
    fails("kill -9 $$", &lost("was killed by signal 9")).await;
    fails(
        "printf '{\"jsonrpc\":\"2.0\",'; exit 1",
        &lost("exited with status 1 in the middle of a line"),
    )
    .await;
}

#[tokio::test]
async fn a_command_that_closes_its_output_is_not_waited_for() {
    fails("exec >&-; sleep 60", &lost("closed its standard output")).await;
}

#[tokio::test]
async fn a_command_that_died_between_two_calls_fails_the_next_one_which_was_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("process");
    let on_call = format!(
        "echo $$ > {}; {}; echo 'I am tired' >&2; exit 4",
        file.display(),
        well()
    );
    let transport = over_stdio(limits(), &script(&on_call));
    for _ in 0..2 {
        assert_eq!(call(&*transport).await.answer.unwrap().output, good().into());
        assert!(gone(process_in(&file).unwrap()).await);
        // Its last output is read after it is gone.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let reply = call(&*transport).await;
        let trouble = reply.answer.unwrap_err();
        assert_eq!(
            trouble.to_string(),
            format!(
                "was not ready for the call: {}",
                lost("exited with status 4; its last words: \"I am tired\"")
            )
        );
        assert!(!trouble.may_have_acted());
        assert_eq!((trouble.kind(), reply.attempts), (ErrorKind::Wrong, 0));
        assert_eq!(reply.text.as_deref(), Some("I am tired\n"));
    }
}

/// Asserts that this line is the fault of one call, for this reason, and that the calls after it find the same process in good health.
async fn is_blamed_once(line: &str, reason: &str) {
    let folder = tempfile::tempdir().unwrap();
    let starts = folder.path().join("starts");
    let text = format!(
        "echo x >> {}\n{}",
        starts.display(),
        script(&format!("{line}; {}", well()))
    );
    let transport = over_stdio(limits(), &text);
    let reply = call(&*transport).await;
    let trouble = reply.answer.unwrap_err();
    assert_eq!(trouble.to_string(), reason, "{line}");
    assert_eq!((trouble.kind(), reply.attempts), (ErrorKind::Wrong, 1));
    for _ in 0..2 {
        assert_eq!(
            call(&*transport).await.answer.unwrap().output,
            good().into(),
            "{line}"
        );
    }
    assert_eq!(std::fs::read_to_string(&starts).unwrap(), "x\n");
}

#[tokio::test]
async fn what_is_no_message_on_standard_output_is_the_fault_of_one_call_and_ends_nothing() {
    let garbage = |what: &str| {
        format!("broke the protocol: wrote {what} to standard output, where only messages belong")
    };
    for (line, what) in [
        (
            "listening on port 80",
            "text that is not JSON (starts with \"listening on port 80\")",
        ),
        ("<!DOCTYPE html><html></html>", "an HTML page"),
        ("{\"ok\":true}", "JSON that is no JSON-RPC 2.0 message"),
        ("{\"jsonrpc\":\"2.0\",", "JSON that ends too early"),
        ("[1]", "a JSON number"),
    ] {
        is_blamed_once(&format!("echo '{line}'"), &garbage(what)).await;
    }
}

/// Of several calls in flight one is told, and the others get their answers.
#[tokio::test]
async fn a_line_of_log_fails_one_of_the_calls_in_flight() {
    // The first call waits for the second, which logs and then answers both.
    let on_call = format!(
        "if [ -z \"$first\" ]; then first=$id; else second=$id; echo 'INFO ready'; id=$first; {0}; id=$second; {0}; first=; fi",
        well()
    );
    let transport = over_stdio(limits(), &script(&on_call));
    let (one, other) = tokio::join!(call(&*transport), call(&*transport));
    let wrong: Vec<_> = [&one, &other]
        .into_iter()
        .filter(|reply| reply.answer.is_err())
        .collect();
    assert_eq!(wrong.len(), 1);
    let words = wrong[0].answer.as_ref().unwrap_err().to_string();
    assert!(words.contains("starts with \"INFO ready\""), "{words}");
    let notes = transport.remarks();
    assert_eq!(notes, Vec::<String>::new());
    let (one, other) = tokio::join!(call(&*transport), call(&*transport));
    assert!(one.answer.is_ok() && other.answer.is_ok());
    let told: Vec<_> = [one.notes, other.notes, transport.remarks()].concat();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("it wrote text that is not JSON"), "{told:?}");
}

#[tokio::test]
async fn a_reply_to_no_request_is_a_wrong_answer_and_ends_nothing() {
    for (id, what) in [
        ("99", "a reply with the id 99, which is that of no request"),
        (
            "\"one\"",
            "a reply with the id of a JSON string, which is that of no request",
        ),
        (
            "\"$id\"",
            "a reply with the id of the request as a text, which was a number",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let starts = folder.path().join("starts");
        let on_call = format!("id={}; {}", id.replace('"', "\\\""), well());
        let text = format!("echo x >> {}\n{}", starts.display(), script(&on_call));
        let transport = over_stdio(limits(), &text);
        for _ in 0..2 {
            let trouble = call(&*transport).await.answer.unwrap_err();
            assert_eq!(trouble.to_string(), format!("broke the protocol: {what}"));
        }
        assert_eq!(std::fs::read_to_string(&starts).unwrap(), "x\n");
    }
    fails(
        "id=null; refuse -32700 'Parse error'",
        "broke the protocol: the JSON-RPC error -32700 without the id of a request",
    )
    .await;
}

#[tokio::test]
async fn a_line_over_the_cap_is_not_read_to_its_end() {
    let reason = format!("answered with a body over {MIB} bytes");
    fails("while :; do printf '%01000d' 0; done", &reason).await;
}

#[tokio::test]
async fn a_line_too_deep_to_be_read_is_a_wrong_answer_of_whoever_waits() {
    let on_call = format!("answer '{}{}'", "[".repeat(200), "]".repeat(200));
    fails(&on_call, "answered with JSON nested deeper than 64 levels").await;
}

#[tokio::test]
async fn a_command_that_does_not_answer_runs_into_the_time_limit_and_its_late_reply_harms_nobody() {
    let on_call = format!("sleep 0.5; {}", well());
    let transport = over_stdio(limits(), &script(&on_call));
    // Opens the session, whose start is no part of what is tested here.
    transport.list_tools().await.unwrap();
    let reply = call_within(&*transport, Duration::from_millis(300)).await;
    let trouble = reply.answer.unwrap_err();
    assert_eq!(trouble, TransportError::TimedOut(Duration::from_millis(300)));
    assert!(trouble.may_have_acted());
    assert_eq!(reply.attempts, 1);
    assert_eq!(call(&*transport).await.answer.unwrap().output, good().into());
}

#[tokio::test]
async fn a_command_that_reads_nothing_runs_into_the_time_limit() {
    let transport = over_stdio(limits(), &script("sleep 60"));
    transport.list_tools().await.unwrap();
    // More than a pipe holds, so that writing it cannot end either.
    let input = json!({ "note": "x".repeat(MIB) });
    call_within(&*transport, Duration::from_millis(300)).await;
    let start = Instant::now();
    let reply = transport
        .call(Call {
            tool: TOOL,
            input: &input,
            limit: Duration::from_millis(300),
            reading: &Reading::default(),
        })
        .await;
    assert!(matches!(reply.answer, Err(TransportError::TimedOut(_))));
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_command_that_fills_its_standard_error_is_not_held_up() {
    let on_call = format!(
        "i=0; while [ $i -lt 400 ]; do printf '%01000d' 0 >&2; i=$((i+1)); done; {}",
        well()
    );
    let transport = over_stdio(limits(), &script(&on_call));
    for _ in 0..2 {
        assert_eq!(call(&*transport).await.answer.unwrap().output, good().into());
    }
}

// The start.

#[tokio::test]
async fn a_command_that_starts_too_slowly_is_an_outcome_and_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("process");
    let transport = over_stdio(
        limits(),
        &format!("echo $$ > {}; echo warming up >&2; sleep 60", file.display()),
    );
    let reply = call_within(&*transport, Duration::from_millis(1_500)).await;
    let trouble = reply.answer.unwrap_err();
    assert_eq!(
        trouble.to_string(),
        "was not ready for the call: did not answer within 1500 ms"
    );
    assert_eq!(reply.text.as_deref(), Some("warming up\n"));
    assert!(!trouble.may_have_acted());
    assert!(gone(process_in(&file).unwrap()).await);
}

#[tokio::test]
async fn a_command_that_does_not_come_up_is_told_with_its_last_words() {
    for (text, reason) in [
        (
            "echo 'no module named provider' >&2; exit 1".to_owned(),
            lost("exited with status 1; its last words: \"no module named provider\""),
        ),
        (
            "echo Server started; sleep 60".to_owned(),
            "broke the protocol: wrote text that is not JSON (starts with \"Server started\") to standard output, \
             where only messages belong"
                .to_owned(),
        ),
        (
            script_from("refuse -32603 'not today'", ""),
            "broke the protocol: answered initialize with the JSON-RPC error -32603 (\"not today\")".to_owned(),
        ),
    ] {
        let transport = over_stdio(limits(), &text);
        let reply = call(&*transport).await;
        let trouble = reply.answer.unwrap_err();
        assert_eq!(
            trouble.to_string(),
            format!("was not ready for the call: {reason}")
        );
        assert_eq!(trouble.kind(), ErrorKind::Wrong);
    }
}

#[tokio::test]
async fn the_stateless_revision_is_found_where_there_is_no_initialize() {
    let on_initialize = r#"refuse -32601 'Method not found' ;;
    *'"method":"server/discover"'*) answer '{"resultType":"complete","supportedVersions":["2026-07-28"]}'"#;
    let on_call = format!(
        "case \"$line\" in *'\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"'*) {};; esac",
        well()
    );
    let transport = over_stdio(limits(), &script_from(on_initialize, &on_call));
    assert_eq!(call(&*transport).await.answer.unwrap().output, good().into());
}

#[tokio::test]
async fn a_command_that_asks_back_is_answered() {
    let on_call = format!(
        r#"this=$id; echo '{{"jsonrpc":"2.0","id":"p","method":"ping"}}'; read -r pong
           case "$pong" in *'"id":"p","result":'*) id=$this; {};; esac"#,
        well()
    );
    let transport = over_stdio(limits(), &script(&on_call));
    assert_eq!(call(&*transport).await.answer.unwrap().output, good().into());
}

// The end.

#[tokio::test]
async fn children_and_what_they_started_are_gone_when_nobody_needs_them() {
    let folder = tempfile::tempdir().unwrap();
    let [child, grandchild] = ["child", "grandchild"].map(|name| folder.path().join(name));
    let stubborn = format!(
        "trap '' TERM; echo $$ > {}; sleep 60 & echo $! > {}\n",
        child.display(),
        grandchild.display()
    );
    let endings = [
        // It goes when its input closes, its own child does not.
        (script(&well()), true),
        // It stays when its input closes.
        (format!("{}\nsleep 60", script(&well())), true),
        // It breaks the protocol and stays.
        (script("while :; do printf '%01000d' 0; done"), false),
        // It dies.
        (script("exit 1"), false),
    ];
    for (ending, answers) in endings {
        let transport = over_stdio(limits(), &format!("{stubborn}{ending}"));
        assert_eq!(call(&*transport).await.answer.is_ok(), answers);
        let processes = [&child, &grandchild].map(|file| process_in(file).unwrap());
        drop(transport);
        for process in processes {
            assert!(gone(process).await, "process {process} is still there: {ending}");
        }
    }
}

/// MCP asks to close the input first, then to ask it to terminate, and only then to kill it.
#[tokio::test]
async fn a_command_that_stays_is_asked_to_end_before_it_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let [process, last] = ["process", "last"].map(|name| folder.path().join(name));
    let text = format!(
        "trap 'echo saved > {}; exit 0' TERM; echo $$ > {}\n{}\nwhile :; do sleep 0.05; done",
        last.display(),
        process.display(),
        script(&well())
    );
    let transport = over_stdio(limits(), &text);
    call(&*transport).await.answer.unwrap();
    drop(transport);
    let process = process_in(&process).unwrap();
    assert!(gone(process).await, "process {process} is still there");
    assert_eq!(std::fs::read_to_string(&last).unwrap(), "saved\n");
}

/// At the end of a run nobody is left to wait, so leave is taken before.
#[tokio::test]
async fn whoever_takes_leave_waits_until_the_command_has_ended_in_its_own_time() {
    let folder = tempfile::tempdir().unwrap();
    let last = folder.path().join("last");
    for ending in ["sleep 0.3", "trap '' TERM; sleep 0.3"] {
        // The script ends when its input does.
        let text = format!("{}\n{ending}; echo saved > {}", script(&well()), last.display());
        let transport = over_stdio(limits(), &text);
        call(&*transport).await.answer.unwrap();
        transport.close().await;
        assert_eq!(std::fs::read_to_string(&last).unwrap(), "saved\n");
        std::fs::remove_file(&last).unwrap();
    }
}

#[test]
fn a_child_does_not_outlive_the_runtime() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("process");
    let text = format!("echo $$ > {}\n{}\nsleep 60", file.display(), script(&well()));
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let first = runtime();
    let transport = over_stdio(limits(), &text);
    first.block_on(async {
        let call = Call {
            tool: TOOL,
            input: &input(),
            limit: Duration::from_secs(5),
            reading: &Reading::default(),
        };
        transport.call(call).await.answer.unwrap();
    });
    drop(first);
    let process = process_in(&file).unwrap();
    let status = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let ended = |status: &str| status.is_empty() || status.contains(") Z ");
    if !ended(&status) {
        std::thread::sleep(Duration::from_millis(500));
        let status = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        assert!(ended(&status), "{status}");
    }
}
