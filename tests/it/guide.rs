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

/// Without Python, the provider of the guide cannot be run.
#[test]
fn the_guide_leads_from_an_empty_folder_to_a_verified_certificate_and_a_badge() {
    let context = TestContext::new();
    let folder = context.path("");
    let (provider_port, site_port) = (free_port(), free_port());
    let python = of_guide().find(|block| block.kind == "python").unwrap().text;
    assert!(python.contains("8080"));
    context.write("provider.py", &python.replace("8080", &provider_port.to_string()));
    let Ok(provider) = Command::new("python3").arg(context.path("provider.py")).spawn() else {
        eprintln!("not tried: there is no python3 on this machine");
        return;
    };
    let _provider = Running(provider);
    wait_for(provider_port);
    let manifest = of_guide()
        .find(|block| block.kind == "yaml manifest" && block.text.contains("8080"))
        .unwrap();
    context.write(
        "providers.yaml",
        &manifest.text.replace("8080", &provider_port.to_string()),
    );
    let lines: Vec<String> = of_guide()
        .filter(|block| block.kind == "sh guide")
        .flat_map(|block| block.text.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    assert!(
        lines.iter().any(|line| line.starts_with("proofhouse certify")),
        "{lines:?}"
    );
    let mut site = None;
    let mut badges = 0;
    for line in &lines {
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
            let output = shell(&folder, line).output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{}", told(line, &output));
        }
    }
    assert!(site.is_some() && badges == 1, "{lines:?}");
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
