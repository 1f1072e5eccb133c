//! `proofhouse tool` at servers that know nothing of our contracts, over every binding.

use serde_json::{Value, json};

use super::context::{Ended, TestContext};
use crate::support::mcp_servers::{Form, method, polite};
use crate::support::servers::{Request, Response, Server, dead_url};

/// What the server lists, with names as servers have them.
fn tools() -> Value {
    json!([
        { "name": "get-sum", "title": "Adds", "description": "Adds two numbers.",
          "inputSchema": { "$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "properties": { "a": { "type": "number" } } },
          "annotations": { "readOnlyHint": true, "idempotentHint": true, "openWorldHint": false } },
        { "name": "getSum", "description": "The same in camel case." },
        { "name": "admin.tools.list", "description": "With dots.", "annotations": { "destructiveHint": true } },
    ])
}

fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

/// The result of a call by the name of the tool.
fn called(tool: &str) -> Value {
    match tool {
        "get-sum" => json!({ "content": [text("3")], "structuredContent": { "sum": 3 } }),
        "getSum" => {
            json!({ "content": [text("The sum is 3."), { "type": "image", "mimeType": "image/png", "data": "QUJD" }] })
        }
        "admin.tools.list" => json!({ "content": [text("{\"tools\": [1, 2]}")] }),
        "refuse" => json!({ "isError": true, "content": [text("no such account")] }),
        "list_services" => json!({ "content": [text("seven services")] }),
        other => panic!("{other}"),
    }
}

fn answer(request: &Request) -> Response {
    let params = |key: &str| {
        request.json()["params"][key]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let result = match method(request).as_str() {
        "initialize" => {
            json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": { "name": "adder", "version": "1.2" } })
        }
        "tools/list" => json!({ "tools": tools() }),
        "tools/call" if params("name") == "boom" => {
            return Form::Json.error(request, -32603, "the disk is full");
        }
        "tools/call" => called(&params("name")),
        "prompts/list" => {
            json!({ "prompts": [{ "name": "greet", "description": "Greets.", "arguments": [{ "name": "who", "required": true }, { "name": "how" }] }] })
        }
        "prompts/get" => json!({ "messages": [{ "role": "user", "content": text("Hello Ada") }] }),
        "resources/list" => {
            json!({ "resources": [{ "uri": "notes://1", "name": "One", "mimeType": "text/plain" }] })
        }
        "resources/templates/list" => return Form::Json.error(request, -32601, "Method not found"),
        "resources/read" => json!({ "contents": [{ "uri": params("uri"), "text": "line one\nline two" }] }),
        "DELETE without a body" => return Response::text(204, "text/plain", ""),
        _ => return polite(Form::Json, request),
    };
    Form::Json.result(request, &result)
}

fn adder() -> Server {
    Server::start(answer)
}

/// Runs words that hold no white space at a server.
fn at(server: &Server, words: &str) -> Ended {
    TestContext::new().run(&format!("tool {words} --mcp --url {}", server.url()))
}

#[test]
fn tools_are_listed_with_what_they_say_of_themselves_and_the_server_presents_itself() {
    let server = adder();
    let listed = at(&server, "list");
    assert_eq!(listed.code, 0, "{listed}");
    assert_eq!(
        listed.stdout,
        "get-sum           Adds: Adds two numbers. [read-only, idempotent, closed world]\n\
         getSum            The same in camel case.\n\
         admin.tools.list  With dots. [destructive]\n"
    );
    assert!(
        listed.stderr.contains("3 tools · ") && listed.stderr.contains("MCP 2025-06-18 · adder 1.2"),
        "{listed}"
    );
    let raw = at(&server, "list --raw");
    assert_eq!(raw.json(), tools(), "{raw}");
}

#[test]
fn a_tool_is_described_by_its_name_on_the_wire() {
    let server = adder();
    for name in ["get-sum", "getSum", "admin.tools.list"] {
        let described = at(&server, &format!("describe {name}"));
        assert_eq!(described.code, 0, "{described}");
    }
    let described = at(&server, "describe get-sum");
    for words in [
        "Adds\nAdds two numbers.",
        "it says of itself: read-only, idempotent, closed world",
        "draft-07",
    ] {
        assert!(described.stdout.contains(words), "{words}: {described}");
    }
    let near = at(&server, "describe get-sun");
    assert!(
        near.code == 2 && near.stderr.contains("did you mean `get-sum`?"),
        "{near}"
    );
}

#[test]
fn the_whole_answer_is_shown_whatever_its_form() {
    let server = adder();
    let structured = at(&server, r#"call get-sum {"a":1,"b":2}"#);
    assert_eq!(
        (structured.code, structured.json()),
        (0, json!({ "sum": 3 })),
        "{structured}"
    );
    assert!(structured.stderr.contains("success · "), "{structured}");
    let sent = server
        .requests()
        .into_iter()
        .find(|request| method(request) == "tools/call")
        .unwrap();
    let trace = sent.header("traceparent").unwrap();
    assert!(
        structured.stderr.contains(&format!("traceparent {trace}")),
        "{structured}"
    );
    let words = at(&server, "call getSum");
    assert_eq!(
        (words.code, words.stdout.as_str()),
        (0, "The sum is 3.\n[image image/png, 3 bytes]\n"),
        "{words}"
    );
    let json_in_text = at(&server, "call admin.tools.list");
    assert_eq!(
        (json_in_text.code, json_in_text.json()),
        (0, json!({ "tools": [1, 2] })),
        "{json_in_text}"
    );
    let raw = at(&server, "call getSum --raw");
    assert_eq!(raw.json(), called("getSum"), "{raw}");
}

#[test]
fn a_refusal_is_shown_as_one_and_so_is_an_error_of_the_protocol() {
    let server = adder();
    let refused = at(&server, "call refuse");
    assert_eq!(
        (refused.code, refused.stdout.as_str()),
        (1, "no such account\n"),
        "{refused}"
    );
    assert!(
        refused.stderr.contains("refused (isError)") && !refused.stderr.contains("error:"),
        "{refused}"
    );
    let broken = at(&server, "call boom");
    assert_eq!(broken.code, 1, "{broken}");
    assert!(
        broken
            .stderr
            .contains("the JSON-RPC error -32603: the disk is full"),
        "{broken}"
    );
    // What has a contract is held to it, and shown all the same.
    let other = at(&server, "call list_services");
    assert_eq!(
        (other.code, other.stdout.as_str()),
        (1, "seven services\n"),
        "{other}"
    );
    assert!(
        other.stderr.contains("instead of a JSON object with `ok`"),
        "{other}"
    );
}

#[test]
fn whoever_cannot_be_reached_is_told_by_every_command() {
    let context = TestContext::new();
    for words in [
        "list",
        "describe get-sum",
        "call get-sum",
        "prompts",
        "resources a:b",
    ] {
        let dead = context.run(&format!("tool {words} --mcp --url {}", dead_url()));
        assert_eq!(dead.code, 5, "{dead}");
        assert!(
            dead.stderr.contains("could not connect: connection refused"),
            "{dead}"
        );
    }
    let command = context.run("tool list -- ./no-such-server");
    assert!(
        command.code == 5 && command.stderr.contains("it was not found"),
        "{command}"
    );
    let plain = context.run(&format!("tool prompts --url {}", dead_url()));
    assert!(
        plain.code == 2 && plain.stderr.contains("only a server over MCP"),
        "{plain}"
    );
}

#[test]
fn prompts_and_resources_are_listed_and_read() {
    let server = adder();
    let prompts = at(&server, "prompts");
    assert_eq!(
        (prompts.code, prompts.stdout.as_str()),
        (0, "greet  Greets. (who, how?)\n"),
        "{prompts}"
    );
    let greeting = at(&server, r#"prompts greet {"who":"Ada"}"#);
    assert_eq!(
        (greeting.code, greeting.stdout.as_str()),
        (0, "user: Hello Ada\n"),
        "{greeting}"
    );
    let resources = at(&server, "resources");
    assert_eq!(
        (resources.code, resources.stdout.as_str()),
        (0, "notes://1  One [text/plain]\n"),
        "{resources}"
    );
    let read = at(&server, "resources notes://1");
    assert_eq!(
        (read.code, read.stdout.as_str()),
        (0, "line one\nline two\n"),
        "{read}"
    );
    let raw = at(&server, "resources notes://1 --raw");
    assert_eq!(raw.json()["contents"][0]["uri"], json!("notes://1"));
}

#[test]
fn credentials_come_from_variables_and_go_into_headers() {
    let server = Server::start(|request| {
        let told = format!(
            "{:?} {:?}",
            request.header("authorization"),
            request.header("x-api-key")
        );
        match method(request).as_str() {
            "tools/call" => Form::Json.result(request, &json!({ "content": [text(&told)] })),
            _ => answer(request),
        }
    });
    let context = TestContext::new();
    let words = format!(
        "tool call echo --mcp --url {} --bearer-env MY_TOKEN --header X-Api-Key=MY_KEY",
        server.url()
    );
    let mut command = context.command(&words);
    command
        .env("MY_TOKEN", "tok-one-1234")
        .env("MY_KEY", "key-two-5678");
    let told = context.finish(&words, &mut command);
    // What it was sent is not shown.
    assert_eq!(
        (told.code, told.stdout.as_str()),
        (0, "Some(\"Bearer [redacted]\") Some(\"[redacted]\")\n"),
        "{told}"
    );
    let missing = context.run(&words);
    assert!(
        missing.code == 3 && missing.stderr.contains("`MY_TOKEN`"),
        "{missing}"
    );
    let wrong = context.run("tool list --url http://a.example --header X-Api-Key");
    assert_eq!(wrong.code, 2, "{wrong}");
}

#[test]
fn an_address_is_sent_as_it_is_written_or_refused() {
    let server = Server::start(|request| match request.path.as_str() {
        "/mcp/?team=7" => answer(request),
        other => panic!("{other}"),
    });
    let context = TestContext::new();
    let listed = context.run(&format!("tool list --mcp --url {}/mcp/?team=7", server.url()));
    assert_eq!(listed.code, 0, "{listed}");
    let fragment = context.run("tool list --mcp --url http://127.0.0.1:9/mcp#here");
    assert!(
        fragment.code == 3 && fragment.stderr.contains("fragment"),
        "{fragment}"
    );
    let credential = context.run("tool list --mcp --url http://ada:hunter2@127.0.0.1:9/mcp");
    assert!(
        credential.code == 3 && !credential.stderr.contains("hunter2"),
        "{credential}"
    );
}

#[cfg(unix)]
#[test]
fn a_command_is_reached_after_two_dashes_and_gets_what_it_is_handed() {
    let context = TestContext::new();
    let on_call = r#"answer "{\"content\":[{\"type\":\"text\",\"text\":\"$MODE\"}]}""#;
    context.write("server", &crate::support::mcp_servers::script(on_call));
    let words = "tool call anything --env MODE=MY_MODE -- sh server";
    let mut command = context.command(words);
    command.env("MY_MODE", "quiet-1");
    let called = context.finish(words, &mut command);
    assert_eq!(
        (called.code, called.stdout.as_str()),
        (0, "[redacted]\n"),
        "{called}"
    );
    let listed = context.run("tool list -- sh server");
    assert_eq!(listed.code, 0, "{listed}");
    assert!(listed.stdout.starts_with("create_booking"), "{listed}");
    let none = context.run("tool list --revision 2024-11-05 -- sh server");
    assert!(
        none.code == 5 && none.stderr.contains("revision 2024-11-05 of MCP is asked for"),
        "{none}"
    );
}

#[test]
fn colour_is_for_a_terminal_or_for_who_asks() {
    let server = adder();
    let context = TestContext::new();
    let words = format!("tool call get-sum --mcp --url {}", server.url());
    let mut command = context.command(&words);
    command.env_remove("NO_COLOR").env("CLICOLOR_FORCE", "1");
    let coloured = context.finish(&words, &mut command);
    assert!(
        coloured
            .stdout
            .contains("\u{1b}[36m\"sum\"\u{1b}[0m: \u{1b}[33m3"),
        "{coloured}"
    );
}
