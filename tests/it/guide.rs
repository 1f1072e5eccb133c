//! The provider guide, followed by a stranger: from an empty folder to a verified certificate and a badge, by its own commands.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use crate::cli::context::TestContext;
use crate::docs::{Block, blocks};

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn wait_for(port: u16) {
    for _ in 0..400 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("nothing listens on port {port}");
}

fn of_guide() -> impl Iterator<Item = Block> {
    blocks()
        .into_iter()
        .filter(|block| block.place.contains("provider-guide.md"))
}

/// A line of the guide, run in a folder as it stands there.
fn shell(folder: &Path, line: &str) -> Command {
    let binary = Path::new(env!("CARGO_BIN_EXE_proofhouse")).parent().unwrap();
    let path = format!(
        "{}:{}",
        binary.display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let mut command = Command::new("sh");
    command
        .args(["-c", line])
        .current_dir(folder)
        .env("PATH", path)
        .env("PROOFHOUSE_DATA", folder.join("data"))
        .env("NO_COLOR", "1")
        .env("COLUMNS", "80")
        .stdin(Stdio::null());
    command
}

fn told(line: &str, output: &Output) -> String {
    format!(
        "{line}\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// The body at an address, fetched without a client that may not be installed.
fn get(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    answer
}

/// What a command printed, without what differs between two runs: ids, times, digests and milliseconds. Lines are broken by the width of
/// these, so they do not count.
fn same_in_every_run(text: &str) -> String {
    let form = |word: &str| -> String {
        let digits = |c: char| if c.is_ascii_digit() { '0' } else { c };
        word.chars().map(digits).collect()
    };
    let is_number = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_digit());
    let all_hex = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_hexdigit());
    let is_hex = |word: &str| word.len() >= 8 && all_hex(word);
    let is_key = |word: &str| {
        word.len() >= 40
            && word
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+/=".contains(c))
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut kept: Vec<String> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let next = words.get(at + 1).copied().unwrap_or_default();
        let before = at.checked_sub(1).map_or("", |before| words[before]);
        let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let plain = form(bare);
        let is_run = bare.len() == 24 && plain.starts_with("00000000-000000-");
        let is_time = ["00-00", "00:00", "0000-00-00", "00:00:00"].contains(&plain.as_str())
            || plain.starts_with("0000-00-00T");
        // The rest of a digest that is broken.
        let is_rest = before.len() >= 40 && all_hex(before) && all_hex(bare);
        if is_run || is_time || is_key(word) || is_rest || bare.split([':', '-', '…']).any(is_hex) {
            kept.push("[differs]".to_owned());
        } else if is_number(bare) && (form(next) == "00-00" || next == "ms" || before.ends_with("seed")) {
            kept.push("[number]".to_owned());
        } else {
            kept.push((*word).to_owned());
        }
    }
    kept.join(" ")
}

/// The provider of the guide, at work on a port of its own. It is started anew after each change.
struct Provider {
    port: u16,
    running: Option<Running>,
}

impl Provider {
    /// False if there is no Python on this machine.
    fn restart(&mut self, folder: &Path) -> bool {
        self.running = None;
        let started = Command::new("python3").arg(folder.join("provider.py")).spawn();
        self.running = started.ok().map(Running);
        if self.running.is_some() {
            wait_for(self.port);
        }
        self.running.is_some()
    }
}

/// Where the guide shows what a command prints, it shows what is printed now. `UPDATE_GUIDE=1` writes it.
fn compare(shown: &mut Vec<(String, String)>, block: &Block, printed: &mut String) {
    let printed = std::mem::take(printed);
    if std::env::var_os("UPDATE_GUIDE").is_none() {
        assert_eq!(
            same_in_every_run(&block.text),
            same_in_every_run(&printed),
            "{}: it is shown otherwise than it is printed:\n{printed}\nUPDATE_GUIDE=1 writes it",
            block.place
        );
    }
    shown.push((block.place.clone(), printed));
}

/// Writes what was printed into the blocks of the guide, the last one first, so that the places of the others stay.
fn update(shown: &[(String, String)]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/provider-guide.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    for (place, printed) in shown.iter().rev() {
        let at: usize = place.rsplit(':').next().unwrap().parse().unwrap();
        let end = at + lines[at..].iter().position(|line| *line == "```").unwrap();
        lines.splice(at..end, printed.trim_end().lines());
    }
    std::fs::write(&path, lines.join("\n") + "\n").unwrap();
}

/// Without Python, the provider of the guide cannot be run.
#[test]
fn the_guide_leads_from_an_empty_folder_to_a_verified_certificate_and_a_badge() {
    let context = TestContext::new();
    let folder = context.path("");
    let (provider_port, site_port) = (free_port(), free_port());
    let python = of_guide().find(|block| block.kind == "python").unwrap().text;
    assert!(python.contains("8080"));
    context.write("provider.py", &python.replace("8080", &provider_port.to_string()));
    let mut provider = Provider {
        port: provider_port,
        running: None,
    };
    if !provider.restart(&folder) {
        eprintln!("not tried: there is no python3 on this machine");
        return;
    }
    let manifest = of_guide()
        .find(|block| block.kind == "yaml manifest" && block.text.contains("8080"))
        .unwrap();
    context.write(
        "providers.yaml",
        &manifest.text.replace("8080", &provider_port.to_string()),
    );
    let (mut site, mut badges, mut reds) = (None, 0, 0);
    let (mut printed, mut shown) = (String::new(), Vec::new());
    for block in of_guide() {
        if block.kind == "text guide" {
            compare(&mut shown, &block, &mut printed);
        }
        if !block.kind.starts_with("sh guide") {
            continue;
        }
        let expected = i32::from(block.kind == "sh guide red");
        reds += expected;
        for line in block.text.lines() {
            if line.starts_with("proofhouse serve") {
                context.write("broken.json", "{}");
                let mut serving = shell(&folder, &format!("exec {line} --port {site_port}"));
                site = Some(Running(serving.stdout(Stdio::null()).spawn().unwrap()));
                wait_for(site_port);
            } else if let Some(address) = line.strip_prefix("curl http://127.0.0.1:4780") {
                let badge = get(site_port, address);
                assert!(badge.contains(">conformant "), "{badge}");
                badges += 1;
            } else {
                let both = match line.contains(" > ") {
                    true => line.to_owned(),
                    false => format!("{line} 2>&1"),
                };
                let output = shell(&folder, &both).output().unwrap();
                assert_eq!(output.status.code(), Some(expected), "{}", told(line, &output));
                let text = String::from_utf8(output.stdout).unwrap();
                printed.push_str(
                    &text
                        .replace(&provider_port.to_string(), "8080")
                        .replace(folder.to_str().unwrap().trim_end_matches('/'), "."),
                );
            }
            if line.starts_with("sed ") {
                assert!(provider.restart(&folder));
            }
        }
    }
    assert!(site.is_some() && badges == 1 && reds == 1 && shown.len() >= 6);
    if std::env::var_os("UPDATE_GUIDE").is_some() {
        update(&shown);
    }
    let list = get(site_port, "/certificates");
    for words in ["yes, by the provider's own word", "<span class=\"bad\">no</span>"] {
        assert!(list.contains(words), "{list}");
    }
    let page = get(site_port, "/providers/my-platform:my-salon");
    let links: Vec<_> = page.split("href=\"/certificates/").skip(1).collect();
    let [link] = links.as_slice() else {
        panic!("{page}")
    };
    let certificate = get(
        site_port,
        &format!("/certificates/{}", link.split('"').next().unwrap()),
    );
    assert!(
        certificate.contains("booking.list_services@0.1.0") && !certificate.contains("FAIL"),
        "{certificate}"
    );
    assert!(
        page.contains("/badge/my-platform:my-salon/booking.list_services@0.1.0.svg"),
        "{page}"
    );
}
