//! Nothing that others wrote reaches a terminal as anything but text: no control sequence, no turned direction, no hidden character.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::support::servers::{Response, Server};

/// Sequences that move a cursor, set a title, hide or turn text, each told from the others by its number.
const HOSTILE: [&str; 10] = [
    "a1\u{1b}[2J\u{1b}[31mX",
    "a2\u{1b}]0;owned\u{7}",
    "a3\u{9b}31m",
    "a4\u{202e}gnp.exe",
    "a5\u{200b}\u{feff}\u{2066}",
    "a6\rerased\u{8}\u{8}",
    "a7\u{2028}line\u{2029}",
    "a8\u{0}\u{7f}",
    "a9\u{e0041}\u{180e}\u{61c}",
    "a0\u{1b}P\u{1b}\\\u{90}",
];

fn hostile(turn: usize) -> &'static str {
    HOSTILE[turn % HOSTILE.len()]
}

/// Characters that no output may hold but for the sequences that colour it.
fn is_wild(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n'))
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn assert_tame(what: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Some((at, c)) = text.char_indices().find(|(_, c)| is_wild(*c)) {
        let from = text.floor_char_boundary(at.saturating_sub(100));
        let to = text.ceil_char_boundary((at + 40).min(text.len()));
        panic!("{what} has {:?} in {:?}", c, &text[from..to]);
    }
}

/// A plain HTTP server that says nothing tame.
fn wild_http() -> Server {
    let turn = AtomicUsize::new(0);
    Server::start(move |request| {
        let turn = turn.fetch_add(1, Ordering::Relaxed);
        let text = hostile(turn);
        if request.method == "GET" {
            let tools: Vec<Value> = HOSTILE
                .iter()
                .map(|text| json!({ "name": text, "description": text, "inputSchema": { (*text): text } }))
                .chain([json!({ "name": "list_services", "description": text,
                    "inputSchema": { "type": "object", "properties": { text: { text: text } }, text: text } })])
                .collect();
            return Response::Json(200, json!({ "tools": tools }));
        }
        match turn % 6 {
            0 => Response::Json(
                200,
                json!({ "ok": true, text: { text: 1 }, "services": [{ text: text }] }),
            ),
            1 => Response::Json(200, json!({ "ok": false, "error": text })),
            2 => Response::text(500, "text/html", text),
            3 => Response::text(200, "text/plain", text),
            4 => Response::Json(400, json!({ text: text })),
            _ => Response::text(200, "application/json", format!("{{\"{text}\":1,\"{text}\":2}}")),
        }
    })
}

/// An MCP server that says nothing tame.
fn wild_mcp() -> Server {
    let turn = AtomicUsize::new(0);
    Server::start(move |request| {
        if request.method != "POST" {
            return Response::text(405, "text/plain", "");
        }
        let turn = turn.fetch_add(1, Ordering::Relaxed);
        let (message, text) = (request.json(), hostile(turn / 3));
        let result = |result: Value| {
            Response::Json(
                200,
                json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }),
            )
        };
        match message["method"].as_str().unwrap_or_default() {
            "initialize" => result(
                json!({ "protocolVersion": "2025-06-18", "capabilities": { "tools": {} },
                "serverInfo": { "name": text, "version": text } }),
            ),
            "tools/list" => result(
                json!({ "tools": [{ "name": "list_services", "description": text, "inputSchema": { "type": "object", text: text } },
                { "name": text, "description": text, "inputSchema": { "type": "object" } }] }),
            ),
            "tools/call" => Response::Json(
                200,
                json!({ "jsonrpc": "2.0", "id": message["id"],
                "error": { "code": -32000, "message": text, "data": text } }),
            ),
            _ => Response::text(202, "text/plain", ""),
        }
    })
}

fn command(folder: &Path, arguments: &[&str]) -> std::process::Output {
    std::process::Command::new(env!("CARGO_BIN_EXE_proofhouse"))
        .args(arguments)
        .current_dir(folder)
        .env("PROOFHOUSE_DATA", folder.join("data"))
        .env("NO_COLOR", "1")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap()
}

fn assert_tame_command(folder: &Path, arguments: &[&str]) -> std::process::Output {
    let ran = command(folder, arguments);
    assert_tame(&format!("{arguments:?}"), &ran.stdout);
    assert_tame(&format!("{arguments:?}, standard error"), &ran.stderr);
    ran
}

#[test]
fn single_calls_and_listings_of_a_hostile_provider_are_plain_text() {
    let (http, mcp) = (wild_http(), wild_mcp());
    let folder = tempfile::tempdir().unwrap();
    let (http, mcp) = (http.url(), mcp.url());
    for at in [&["--url", &http][..], &["--url", &mcp, "--mcp"]] {
        for (tool, times) in [
            (&["call", "list_services", "{}"][..], 12),
            (&["call", "list_services", "{}", "--trace"], 3),
            (&["call", "wild\u{1b}[2J", "{}"], 3),
            (&["call", "list_services", "{\"\u{202e}\":1}"], 3),
            (&["call", "list_services", "\u{1b}[2J"], 1),
            (&["list"], 3),
            (&["describe", "list_services"], 2),
            (&["describe", "a1\u{1b}[2J\u{1b}[31mX"], 3),
            (&["describe", "no\u{1b}[2Jne"], 1),
        ] {
            for _ in 0..times {
                let mut arguments = vec!["tool"];
                arguments.extend(tool);
                arguments.extend(at);
                assert_tame_command(folder.path(), &arguments);
            }
        }
    }
}

#[test]
fn an_answer_is_printed_as_the_same_json_without_a_raw_control_character() {
    let server =
        Server::start(|_| Response::Json(200, json!({ "ok": true, "services": [], HOSTILE[3]: HOSTILE[2] })));
    let folder = tempfile::tempdir().unwrap();
    let ran = assert_tame_command(
        folder.path(),
        &["tool", "call", "list_services", "{}", "--url", &server.url()],
    );
    let printed: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(printed[HOSTILE[3]], HOSTILE[2]);
}

#[test]
fn reports_of_a_hostile_provider_are_plain_text_in_every_format() {
    let (http, mcp) = (wild_http(), wild_mcp());
    let folder = tempfile::tempdir().unwrap();
    let manifest = format!(
        "providers:\n  - {{ id: 'wild:http', name: \"W\\e[2J\\u202e\", transport: http, url: '{}', capabilities: [booking.list_services, booking.create_booking] }}\n  - {{ id: 'wild:mcp', transport: mcp, url: '{}', capabilities: [booking.list_services] }}\n",
        http.url(),
        mcp.url()
    );
    std::fs::write(folder.path().join("providers.yaml"), manifest).unwrap();
    let formats = [
        "table", "json", "junit", "tap", "markdown", "github", "html", "jsonl",
    ];
    let outputs: Vec<String> = formats
        .iter()
        .map(|format| format!("--output={format}=report.{format}"))
        .collect();
    let mut arguments = vec!["run", "--providers", "providers.yaml", "--verbose"];
    arguments.extend(outputs.iter().map(String::as_str));
    assert_tame_command(folder.path(), &arguments);
    for format in formats {
        let path = folder.path().join(format!("report.{format}"));
        assert_tame(format, &std::fs::read(path).unwrap());
    }
    assert_tame_command(folder.path(), &["runs", "list"]);
    for format in formats {
        assert_tame_command(folder.path(), &["runs", "show", "latest", "--format", format]);
    }
}

#[test]
fn mistakes_in_files_and_names_of_files_are_plain_text() {
    let folder = tempfile::tempdir().unwrap();
    let name = "wild\u{1b}[2J\u{202e}.yaml";
    std::fs::write(
        folder.path().join(name),
        "providers:\n  - id: \"a:b\"\n    name: \"\u{202e}\u{200b}\"\n    transport: \"h\\e[2J\\u202ettp\"\n    \"\\e[31m\\u009b\": 1\n",
    )
    .unwrap();
    assert_tame_command(folder.path(), &["run", "--providers", name]);
    assert_tame_command(folder.path(), &["run", "--providers", "no\u{1b}[2J.yaml"]);
    assert_tame_command(folder.path(), &["runs", "show", "no\u{1b}[2J"]);
    assert_tame_command(folder.path(), &["verify", name]);
    assert_tame_command(folder.path(), &["merge", name]);
    assert_tame_command(folder.path(), &["capabilities", "show", "\u{1b}[2J"]);
    assert_tame_command(folder.path(), &["gate", "\u{1b}[2J"]);
    assert_tame_command(folder.path(), &["\u{1b}[2J"]);
    assert_tame_command(folder.path(), &["run", "--\u{9b}2J"]);
}
