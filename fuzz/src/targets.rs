//! The targets: each reads what strangers write, and says what must hold of any bytes. A broken promise is a panic.
//!
//! They use the library as anybody can. The fuzzer and the tests of the corpus share them.

use std::sync::{Arc, LazyLock};

use proofhouse::app::Bundle;
use proofhouse::baseline;
use proofhouse::capability::{Registry, RegistryFile};
use proofhouse::certificate::{Envelope, LogKey, Trust};
use proofhouse::diagnostic::{Problems, Source};
use proofhouse::dialect::Dialects;
use proofhouse::event;
use proofhouse::expr::{Bindings, Expression, Names, Shape, Template};
use proofhouse::model::{Clock as _, Redactor, Secret, SystemClock, clean, printable_json, strict_json};
use proofhouse::provider::Manifest;
use proofhouse::store::ResultCursor;
use proofhouse::suite::Suites;
use proofhouse::summary::Fold;
use proofhouse::transparency::{Checkpoint, LogProof, Tile, needed_tiles};
use proofhouse::transport::reading;
use reference_provider::{InvitationTexts, as_line, invitation};
use serde_json::{Value, json};

/// One reader, and what must hold of it.
pub(crate) struct Target {
    /// Its name, which is also that of its folder of inputs.
    pub(crate) name: &'static str,
    /// Reads these bytes. It panics if a promise is broken.
    pub(crate) run: fn(&[u8]),
}

/// All targets.
pub(crate) const TARGETS: &[Target] = &[
    Target {
        name: "dates",
        run: dates,
    },
    Target {
        name: "events",
        run: events,
    },
    Target {
        name: "lines",
        run: lines,
    },
    Target {
        name: "answers",
        run: answers,
    },
    Target {
        name: "listings",
        run: listings,
    },
    Target {
        name: "redaction",
        run: redaction,
    },
    Target {
        name: "records",
        run: records,
    },
    Target {
        name: "envelopes",
        run: envelopes,
    },
    Target {
        name: "trust",
        run: trust,
    },
    Target {
        name: "expressions",
        run: expressions,
    },
    Target {
        name: "templates",
        run: templates,
    },
    Target {
        name: "cursors",
        run: cursors,
    },
    Target {
        name: "manifests",
        run: manifests,
    },
    Target {
        name: "baselines",
        run: baselines,
    },
    Target {
        name: "suites",
        run: suites,
    },
    Target {
        name: "dialects",
        run: dialects,
    },
    Target {
        name: "capabilities",
        run: capabilities,
    },
    Target {
        name: "invitations",
        run: invitations,
    },
    Target {
        name: "logs",
        run: logs,
    },
];

static BUNDLE: LazyLock<Bundle> =
    LazyLock::new(|| Bundle::load(None).expect("the bundled contracts are correct"));

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn source(bytes: &[u8]) -> Arc<Source> {
    Source::new("input.yaml", text(bytes))
}

/// Mistakes can be drawn, on any width.
fn draw(problems: &Problems) {
    assert!(!problems.is_empty(), "an error without a mistake");
    problems.render(true);
    assert!(!problems.to_string().is_empty());
}

fn dates(bytes: &[u8]) {
    let text = text(bytes);
    if let Some(date) = reading::http_date(&text) {
        let year = date.format("%Y").to_string();
        assert!(year.len() == 4, "{date} is out of range");
        let spelled = date.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        assert_eq!(reading::http_date(&spelled), Some(date));
    }
    let _ = reading::retry_after(&text, SystemClock.now());
}

fn events(bytes: &[u8]) {
    let Some((&at, stream)) = bytes.split_first() else {
        return;
    };
    let (head, tail) = stream.split_at(usize::from(at).min(stream.len()));
    let whole = reading::events([stream], 1 << 20);
    assert_eq!(
        whole,
        reading::events([head, tail], 1 << 20),
        "an event depends on how its bytes are cut"
    );
    assert_eq!(whole, reading::events(stream.chunks(1), 1 << 20));
    if let Some(events) = reading::events([stream], 16) {
        assert!(
            events.iter().all(|event| event.len() <= 16),
            "an event is longer than the cap"
        );
    }
}

fn lines(bytes: &[u8]) {
    static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
        let built = tokio::runtime::Builder::new_current_thread().build();
        built.expect("a runtime without input and output starts")
    });
    let whole = RUNTIME.block_on(reading::lines(bytes, bytes.len()));
    let expected = bytes.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(whole.map(|lines| lines.len()), Some(expected));
    if let Some(lines) = RUNTIME.block_on(reading::lines(bytes, 8)) {
        assert!(lines.iter().all(|line| line.len() <= 8));
    }
}

/// The first two bytes choose the contract and the status.
fn answers(bytes: &[u8]) {
    let [tool, status, body @ ..] = bytes else { return };
    let contracts: Vec<_> = BUNDLE.registry.iter().collect();
    let contract = contracts[usize::from(*tool) % contracts.len()];
    let status = [200, 201, 400, 404, 409, 500][usize::from(*status) % 6];
    match reading::answer(status, body) {
        Ok(answer) => {
            assert!(answer.output.get("ok").is_some_and(Value::is_boolean) || answer.output.is_object());
            let mut bindings = Bindings::new();
            bindings.bind_json("output", answer.output.clone());
            let expect = proofhouse::suite::Expect::default();
            let judged = proofhouse::check::judge(contract, &expect, None, &answer, &bindings, &mut |_| true);
            if let Err(proofhouse::check::Unmet::Finding(finding)) = &judged {
                assert!(
                    finding.message.len() < 20_000,
                    "a message of {} bytes",
                    finding.message.len()
                );
            }
            for violation in contract.output.violations(&answer.output) {
                let message = violation.to_string();
                assert!(
                    !message.is_empty() && message.len() < 20_000,
                    "a message of {} bytes",
                    message.len()
                );
            }
        }
        Err(error) => assert!(
            error.to_string().len() < 2_000,
            "a message of {} bytes",
            error.to_string().len()
        ),
    }
}

fn listings(bytes: &[u8]) {
    if let Some(tools) = reading::listing(bytes) {
        let listed = |tool: &str| tools.iter().any(|listed| listed.name == tool);
        BUNDLE.registry.listed(listed);
        for tool in &tools {
            let contract = BUNDLE
                .registry
                .iter()
                .find(|contract| contract.tool() == tool.name);
            if let (Some(contract), Some(schema)) = (contract, &tool.input_schema) {
                proofhouse::capability::differences(&contract.input.json, schema);
            }
        }
    }
}

/// The first eight bytes are a secret.
fn redaction(bytes: &[u8]) {
    let Some((secret, rest)) = bytes.split_at_checked(8) else {
        return;
    };
    let (Ok(secret), rest) = (std::str::from_utf8(secret), text(rest)) else {
        return;
    };
    // A bracket may meet those of the mark, and make the secret anew.
    if secret.contains(['[', ']']) {
        return;
    }
    let redactor = Redactor::new([Secret::new(secret)]);
    let redacted = redactor.redact(format!("{rest}{secret}{rest}"));
    assert!(redacted.contains("[redacted]"));
    assert!("[redacted]".contains(secret) || !redacted.contains(secret));
    let cleaned = clean(&rest);
    assert_eq!(clean(&cleaned), cleaned, "cleaning twice changes more");
    let value = json!({ rest.as_str(): rest });
    let printable = printable_json(&value.to_string());
    assert_eq!(clean(&printable), printable, "printable JSON needs cleaning");
    assert_eq!(
        serde_json::from_str::<Value>(&printable).ok(),
        Some(value.clone())
    );
    redactor.redact_json(&value);
}

/// A record of a run: events, one a line.
fn records(bytes: &[u8]) {
    let text = text(bytes);
    let mut fold = Fold::new();
    for line in text.lines() {
        let Ok(read) = event::decode(line) else { continue };
        let written = event::encode(&read).expect("an event that was read can be written");
        assert_eq!(
            event::decode(&written).ok().as_ref(),
            Some(&read),
            "an event changes when it is written"
        );
        if fold.push(&read).is_err() {
            return;
        }
    }
    if let Ok(summary) = fold.finish() {
        summary.verdict();
        proofhouse::summary::claims(&summary);
        let _ = proofhouse::report::json(&summary);
    }
}

fn envelopes(bytes: &[u8]) {
    if let Ok(envelope) = Envelope::read(&text(bytes)) {
        let again = Envelope::read(&envelope.to_json()).expect("an envelope that was written can be read");
        assert_eq!(again.signed_bytes(), envelope.signed_bytes());
    }
}

fn trust(bytes: &[u8]) {
    if let Err(problems) = Trust::read(&source(bytes)) {
        draw(&problems);
    }
}

fn bindings() -> Bindings {
    let mut bindings = Bindings::new();
    bindings.bind_json(
        "input",
        json!({ "date": "2026-11-30", "n": 3, "list": [1, 2.5, "x", null], "at": "2026-11-30T10:00:00Z" }),
    );
    bindings.bind_json("output", json!({ "ok": true, "slots": [{ "start_at": "2026-11-30T10:00:00+02:00", "available": true }], "price": 12.5 }));
    bindings
}

fn names() -> Names {
    Names::new().with("input", Shape::Any).with("output", Shape::Any)
}

fn expressions(bytes: &[u8]) {
    let text = text(bytes);
    let source = Source::new("input.yaml", text.clone());
    match Expression::compile(&source, &(0..text.len()), &text, &names()) {
        Ok(expression) => {
            let _ = expression.evaluate(&bindings());
        }
        Err(problem) => {
            problem.render(true);
        }
    }
}

fn templates(bytes: &[u8]) {
    let source = source(bytes);
    let Ok(node) = proofhouse::diagnostic::read_yaml::<proofhouse::diagnostic::Node>(&source) else {
        return;
    };
    match Template::compile(&source, &node, &names()) {
        Ok(template) => {
            template.made();
            template.reads();
            let _ = template.render(&bindings());
            let _ = template.render_text(&bindings(), &str::to_owned);
        }
        Err(problem) => {
            problem.render(true);
        }
    }
}

fn cursors(bytes: &[u8]) {
    if let Ok(cursor) = text(bytes).parse::<ResultCursor>() {
        assert_eq!(cursor.to_string().parse::<ResultCursor>().ok(), Some(cursor));
    }
}

fn manifests(bytes: &[u8]) {
    if let Err(problems) = Manifest::parse(&source(bytes)) {
        draw(&problems);
    }
}

fn baselines(bytes: &[u8]) {
    if let Err(problems) = baseline::read(&source(bytes)) {
        draw(&problems);
    }
}

fn suites(bytes: &[u8]) {
    let file = Source::new("suites/booking/create_booking/input.yaml", text(bytes));
    if let Err(problems) = Suites::load(&[file], &BUNDLE.registry) {
        draw(&problems);
    }
}

fn dialects(bytes: &[u8]) {
    let file = Source::new("dialects/input.yaml", text(bytes));
    if let Err(problems) = Dialects::load_one(&file, &BUNDLE.registry) {
        draw(&problems);
    }
}

/// The three files of a contract, each after a line `---`.
fn capabilities(bytes: &[u8]) {
    let text = text(bytes);
    let mut parts = text.splitn(3, "\n---\n");
    let names = ["capability.yaml", "input.schema.json", "output.schema.json"];
    let files: Vec<_> = names
        .into_iter()
        .map(|name| RegistryFile {
            name: format!("booking/list_services/v0.1.0/{name}"),
            text: parts.next().unwrap_or("{}").to_owned(),
        })
        .collect();
    let _ = strict_json(files[1].text.as_bytes());
    if let Err(problems) = Registry::load_files(&files) {
        draw(&problems);
    }
}

/// What a transparency log gives to everybody: proofs, checkpoints, keys and the paths of tiles.
fn logs(bytes: &[u8]) {
    // The key in the documentation of the package `golang.org/x/mod/sumdb/note`.
    const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let (text, key) = (text(bytes), KEY.parse::<LogKey>().expect("it is one"));
    if let Ok(proof) = LogProof::read(&text) {
        assert_eq!(LogProof::read(&proof.to_string()).as_ref(), Ok(&proof));
        assert!(
            proof.verify(std::slice::from_ref(&key)).is_err(),
            "nobody signed it"
        );
    }
    let _ = Checkpoint::open(&text, &key);
    if let Ok(found) = text.parse::<LogKey>() {
        assert_eq!(found.to_string().parse::<LogKey>(), Ok(found));
    }
    if let Ok(tile) = text.parse::<Tile>() {
        assert_eq!(tile.path(), text);
        let _ = tile.bytes(&[], &[]);
    }
    if let Some((earlier, size)) = bytes
        .split_first_chunk::<8>()
        .and_then(|(earlier, rest)| Some((earlier, rest.first_chunk::<8>()?)))
    {
        assert!(needed_tiles(Some(u64::from_le_bytes(*earlier)), u64::from_le_bytes(*size)).len() < 40);
    }
}

/// Names, apart by unit separators, in the calendar file that the reference provider writes.
fn invitations(bytes: &[u8]) {
    let text = text(bytes);
    let mut parts = text.splitn(4, '\u{1f}');
    let mut next = || parts.next().unwrap_or_default();
    let (customer, service, tenant, local) = (next(), next(), next(), next());
    let email = format!("{local}@example.com");
    let mut texts = InvitationTexts {
        customer,
        email: &email,
        service,
        tenant,
    };
    for withdrawn in [false, true] {
        let file = invitation(texts, withdrawn).unwrap_or_else(|| {
            texts.email = "ada@example.com";
            invitation(texts, withdrawn).expect("the address is one")
        });
        let lines = content_lines(&file);
        let names: Vec<_> = lines.iter().map(|line| name_of(line)).collect();
        let mut expected = vec![
            "BEGIN",
            "VERSION",
            "PRODID",
            "CALSCALE",
            "METHOD",
            "BEGIN",
            "ATTENDEE",
            "DTEND",
            "DTSTAMP",
            "DTSTART",
            "LOCATION",
            "ORGANIZER",
            "SEQUENCE",
            "STATUS",
            "SUMMARY",
            "UID",
            "END",
            "END",
        ];
        if !withdrawn {
            expected.extend(["DESCRIPTION", "URL"]);
        }
        let mut sorted = names.clone();
        sorted.sort_unstable();
        expected.sort_unstable();
        assert_eq!(sorted, expected, "{file}");
        let value = |name: &str| {
            lines
                .iter()
                .find(|line| name_of(line) == name)
                .and_then(|line| line.split_once(':'))
        };
        let summary = format!("{} at {}", as_line(service), as_line(tenant));
        assert_eq!(
            value("SUMMARY").map(|(_, value)| unescaped(value)),
            Some(summary),
            "{file}"
        );
        assert_eq!(
            value("LOCATION").map(|(_, value)| unescaped(value)),
            Some(as_line(tenant)),
            "{file}"
        );
        for (role, name) in [("ATTENDEE", customer), ("ORGANIZER", tenant)] {
            let line = lines
                .iter()
                .find(|line| name_of(line) == role)
                .expect("it is there");
            let (parameters, address) = line.rsplit_once(":mailto:").expect("an address ends the line");
            assert!(!address.contains([':', ';', '"', ' ']), "{line}");
            let shown = parameters.split_once(";CN=").expect("it has a name").1;
            let shown = match shown.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').expect("the quotation ends").0,
                None => shown.split([';', ':', ',']).next().unwrap_or_default(),
            };
            let shown = shown.replace("^'", "\"").replace("^^", "^");
            assert!(
                shown == as_line(name) || as_line(name).contains('^'),
                "{shown:?} for {name:?} in {line}"
            );
        }
    }
}

/// The lines of a calendar file, unfolded (RFC 5545, section 3.1).
fn content_lines(file: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in file.strip_suffix("\r\n").unwrap_or(file).split("\r\n") {
        assert!(line.len() <= 75, "a line of {} bytes", line.len());
        assert!(
            !line.contains(char::is_control),
            "a control character in {line:?}"
        );
        match (line.strip_prefix(' '), lines.last_mut()) {
            (Some(more), Some(last)) => last.push_str(more),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

fn name_of(line: &str) -> &str {
    line.split([':', ';']).next().unwrap_or_default()
}

/// The text of a value (RFC 5545, section 3.3.11).
fn unescaped(value: &str) -> String {
    let mut text = String::new();
    let mut rest = value.chars();
    while let Some(char) = rest.next() {
        match (char, char == '\\') {
            (_, true) => match rest.next() {
                Some('n' | 'N') => text.push('\n'),
                Some(escaped) => text.push(escaped),
                None => panic!("{value} ends in a backslash"),
            },
            (char, _) => {
                assert!(!matches!(char, ';' | ','), "{value} has a bare {char}");
                text.push(char);
            }
        }
    }
    text
}
