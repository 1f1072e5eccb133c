//! `run --watch`, and what a signal does before anything runs. Nothing here waits for a time: each step ends with what the process prints.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::context::TestContext;
use crate::support::parcels::{Parcels, Slip};
use crate::support::servers::{Response, Server};

/// The longest that a step may take.
const LIMIT: Duration = Duration::from_secs(120);

/// A process whose lines on standard error are read as they come.
struct Watching {
    child: Child,
    lines: Receiver<String>,
    seen: String,
}

impl Watching {
    fn start(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = child.stderr.take().unwrap();
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            lines,
            seen: String::new(),
        }
    }

    /// The lines up to one that contains these words.
    fn until(&mut self, words: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let line = self
                .lines
                .recv_timeout(LIMIT)
                .unwrap_or_else(|_| panic!("no {words:?} after {}", self.seen));
            self.seen.push_str(&line);
            self.seen.push('\n');
            lines.push(line);
            if lines.last().is_some_and(|line| line.contains(words)) {
                return lines;
            }
        }
    }

    fn interrupt(&self) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &id])
                .status()
                .unwrap()
                .success()
        );
    }

    fn ended(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const WATCH: &str = "run --registry SECOND_DOMAIN --providers providers.yaml --watch --test quote_delivery/*";

#[cfg(unix)]
#[test]
fn a_watched_run_runs_again_when_its_manifest_or_baseline_changes_and_ends_with_its_last_code() {
    let context = TestContext::new();
    let parcels = Parcels::start(Slip::None);
    context.manifest(&parcels.server.url(), "");
    let mut watching = Watching::start(context.command(WATCH));
    watching.until("watching for changes");
    let first = parcels.server.count();
    assert!(first > 0);
    context.edit("providers.yaml", "id: post:one", "id: post:two");
    let told = watching.until("watching for changes").join("\n");
    assert!(told.contains("changed: providers.yaml has changed"), "{told}");
    assert!(parcels.server.count() > first, "it ran again");
    // A mistake is told, and waited for until it is mended.
    context.edit("providers.yaml", "transport: http", "transport: htp");
    let told = watching.until("watching for changes").join("\n");
    assert!(told.contains("providers.yaml:3"), "{told}");
    context.edit("providers.yaml", "transport: htp", "transport: http");
    watching.until("watching for changes");
    watching.interrupt();
    assert_eq!(watching.ended(), Some(0));
}

#[cfg(unix)]
#[test]
fn a_watched_run_runs_again_when_a_provider_lists_other_tools() {
    let context = TestContext::new();
    let lists = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let longer = std::sync::Arc::clone(&lists);
    let server = Server::start(move |request| {
        let mut tools =
            vec![serde_json::json!({ "name": "quote_delivery", "inputSchema": { "type": "object" } })];
        if longer.load(std::sync::atomic::Ordering::SeqCst) {
            tools.push(serde_json::json!({ "name": "order_pickup", "inputSchema": { "type": "object" } }));
        }
        match request.method.as_str() {
            "GET" => Response::Json(200, serde_json::json!({ "tools": tools })),
            _ => Response::Json(200, serde_json::json!({ "ok": false, "error": "not_served" })),
        }
    });
    context.manifest(&server.url(), "");
    let mut watching = Watching::start(context.command(WATCH));
    watching.until("watching for changes");
    lists.store(true, std::sync::atomic::Ordering::SeqCst);
    let told = watching.until("watching for changes").join("\n");
    assert!(told.contains("changed: post:one lists other tools"), "{told}");
    watching.interrupt();
    assert_eq!(watching.ended(), Some(0));
}

#[cfg(unix)]
#[test]
fn a_watched_run_of_a_command_runs_again_when_its_file_changes() {
    let context = TestContext::new();
    let script = "#!/bin/sh\nexec cat\n";
    context.write("server.sh", script);
    context.write(
        "providers.yaml",
        "providers:\n  - id: post:one\n    transport: stdio\n    command: sh\n    args: [server.sh]\n    capabilities: [parcels.quote_delivery]\n",
    );
    let mut watching = Watching::start(context.command(&format!("{WATCH} --timeout 1s --fail-fast")));
    watching.until("watching for changes");
    context.write("server.sh", &format!("{script}# another\n"));
    let told = watching.until("watching for changes").join("\n");
    assert!(told.contains("changed: server.sh has changed"), "{told}");
    watching.interrupt();
    assert_ne!(watching.ended(), Some(0));
}

#[test]
fn a_watched_run_of_a_manifest_that_is_not_there_ends_at_once() {
    let context = TestContext::new();
    let ended = context.run(WATCH);
    assert_eq!(ended.code, 3, "{ended}");
    let both = context.run(&format!("{WATCH} --dry-run"));
    assert_eq!(both.code, 2, "{both}");
}

/// While listings are read nothing has been called, and nothing has to be taken back.
#[cfg(unix)]
#[test]
fn a_signal_while_the_run_is_planned_is_an_interruption() {
    let context = TestContext::new();
    let (asked, heard) = channel();
    let asked = std::sync::Mutex::new(asked);
    let server = Server::start(move |_| {
        let _ = asked.lock().unwrap().send(());
        Response::Hang(Vec::new())
    });
    context.write(
        "providers.yaml",
        &format!(
            "providers:\n  - id: post:one\n    transport: http\n    url: {}\n",
            server.url()
        ),
    );
    let mut run = Watching::start(context.command("run --providers providers.yaml"));
    heard.recv_timeout(LIMIT).unwrap();
    run.interrupt();
    run.until("interrupted while the run was planned: no tool was called");
    assert_eq!(run.ended(), Some(6));
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_command_that_waits_for_a_server_as_interrupted() {
    for arguments in [
        "tool call list_services {} --url URL",
        "tool list --url URL --mcp",
        "init URL --id post:one",
        "capabilities diff --server URL",
        "capabilities draft URL",
    ] {
        let context = TestContext::new();
        let (asked, heard) = channel();
        let asked = std::sync::Mutex::new(asked);
        let server = Server::start(move |_| {
            let _ = asked.lock().unwrap().send(());
            Response::Hang(Vec::new())
        });
        let mut run = Watching::start(context.command(&arguments.replace("URL", &server.url())));
        heard.recv_timeout(LIMIT).unwrap();
        run.interrupt();
        run.until("interrupted");
        assert_eq!(run.ended(), Some(6), "{arguments}");
    }
}
