//! The action of GitHub: its scripts are run as they stand in action.yml.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::cli::context::TestContext;
use crate::support::parcels::{Parcels, Slip};

/// The places of the scripts among the steps.
const INSTALL: usize = 0;
const PROVE: usize = 1;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text() -> String {
    std::fs::read_to_string(root().join("action.yml")).unwrap()
}

/// The script of a step, without what the action says to linters on its first line.
fn script(step: usize) -> String {
    let action: Value = serde_saphyr::from_str(&text()).unwrap();
    action["runs"]["steps"][step]["run"].as_str().unwrap().to_owned()
}

/// Inputs reach the scripts of the action as variables only, and the actions that it uses are pinned.
#[test]
fn the_action_cannot_be_told_commands_by_its_inputs() {
    let text = text();
    let action: Value = serde_saphyr::from_str(&text).unwrap();
    let steps = action["runs"]["steps"].as_array().unwrap();
    let (mut scripts, mut uses) = (0, 0);
    for step in steps {
        if let Some(script) = step["run"].as_str() {
            scripts += 1;
            assert_eq!(step["shell"], "bash", "{step}");
            assert!(!script.contains("${{"), "{script}");
        }
        if let Some(used) = step["uses"].as_str() {
            uses += 1;
            let (_, commit) = used.split_once('@').unwrap();
            assert!(
                commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()),
                "{used}"
            );
        }
    }
    assert!(scripts >= 2 && uses >= 1, "{text}");
    let inputs = action["inputs"].as_object().unwrap();
    for name in inputs.keys() {
        assert!(text.contains(&format!("inputs.{name}")), "{name} is never used");
    }
}

/// The script of the action, with a provider that fails: its code is kept, and so are the reports.
#[test]
fn the_script_of_the_action_keeps_code_and_reports() {
    let script = script(PROVE);
    let context = TestContext::new();
    let parcels = Parcels::start(Slip::AcceptsPastDays);
    context.manifest(&parcels.server.url(), "");
    let binary = Path::new(env!("CARGO_BIN_EXE_proofhouse")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let output = std::process::Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", &script])
        .current_dir(context.path(""))
        .env("PATH", format!("{}:{path}", binary.display()))
        .env("PROOFHOUSE_DATA", context.path("data"))
        .env("RUNNER_TEMP", context.path("runner"))
        .env("GITHUB_OUTPUT", context.path("outputs"))
        .env("GITHUB_STEP_SUMMARY", context.path("summary.md"))
        .env("PROVIDERS", "providers.yaml")
        .env(
            "ARGUMENTS",
            format!(
                "--strict --registry {}",
                root().join(crate::cli::context::SECOND_DOMAIN).display()
            ),
        )
        .env("PARTITION", "")
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stdout}{stderr}");
    assert!(stdout.lines().all(|line| line.starts_with("::")), "{stdout}");
    assert!(stdout.contains("::error title=fail post%3Aone "), "{stdout}");
    let read = |name: &str| std::fs::read_to_string(context.path(name)).unwrap();
    assert!(read("outputs").contains("exit-code=1\n"));
    assert!(read("summary.md").starts_with("## ❌ not conformant"));
    for report in ["junit.xml", "report.json", "report.html", "events.jsonl"] {
        assert!(
            !read(&format!("runner/proofhouse-reports/{report}")).is_empty(),
            "{report}"
        );
    }
}

/// The name of the archive that the action takes on Linux on x86-64.
fn archive() -> String {
    format!(
        "proofhouse-{}-x86_64-unknown-linux-musl",
        env!("CARGO_PKG_VERSION")
    )
}

/// An archive of a release that holds a script in place of the binary; its SHA-256 in hexadecimal.
fn release(context: &TestContext) -> String {
    let name = archive();
    context.write(
        &format!("{name}/proofhouse"),
        "#!/bin/sh\necho the released one\n",
    );
    let shell =
        format!("chmod +x {name}/proofhouse && tar -czf released.tar.gz {name} && sha256sum released.tar.gz");
    let made = Command::new("sh")
        .args(["-c", &shell])
        .current_dir(context.path(""))
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    String::from_utf8(made.stdout)
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap()
        .to_owned()
}

/// Runs the script that installs, with stand-ins for what it would download with and build with. Each writes its arguments to a file.
fn install(context: &TestContext, checksums: &str, repository: &str) -> Output {
    context.write("source/.github/release-checksums.txt", checksums);
    context.write("runner/keep", "");
    std::fs::copy(root().join("Cargo.toml"), context.path("source/Cargo.toml")).unwrap();
    let stand_in = |name: &str, body: &str| {
        let script = format!(
            "#!/bin/bash\necho \"$@\" >>'{}'\n{body}",
            context.path(name).display()
        );
        context.write(&format!("bin/{name}"), &script);
        let path = context.path(&format!("bin/{name}"));
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    };
    stand_in("cargo", "");
    stand_in("rustup", "");
    let copies = "while [ \"$1\" != --output ]; do shift; done\n";
    let released = context.path("released.tar.gz");
    stand_in("curl", &format!("{copies}cp '{}' \"$2\"\n", released.display()));
    let path = std::env::var("PATH").unwrap();
    Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", &script(INSTALL)])
        .current_dir(context.path(""))
        .env("PATH", format!("{}:{path}", context.path("bin").display()))
        .env("SOURCE", context.path("source"))
        .env("REPOSITORY", repository)
        .env("RUNNER_OS", "Linux")
        .env("RUNNER_ARCH", "X64")
        .env("RUNNER_TEMP", context.path("runner"))
        .env("GITHUB_SERVER_URL", "https://git.example.com")
        .env("GITHUB_PATH", context.path("paths"))
        .output()
        .unwrap()
}

#[test]
fn the_action_takes_the_released_binary_of_its_version() {
    let context = TestContext::new();
    let checksum = release(&context);
    let name = archive();
    let output = install(
        &context,
        &format!("# some\n{checksum}  {name}.tar.gz\n"),
        "owner/proofhouse",
    );
    assert!(output.status.success(), "{output:?}");
    let read = |name: &str| std::fs::read_to_string(context.path(name)).unwrap_or_default();
    let version = env!("CARGO_PKG_VERSION");
    let url = format!("https://git.example.com/owner/proofhouse/releases/download/v{version}/{name}.tar.gz");
    assert!(read("curl").trim_end().ends_with(&url), "{}", read("curl"));
    assert_eq!(read("cargo"), "");
    let folder = read("paths");
    let told = Command::new(Path::new(folder.trim_end()).join("proofhouse"))
        .output()
        .unwrap();
    assert_eq!(told.stdout, b"the released one\n");
}

#[test]
fn the_action_refuses_a_binary_with_another_checksum() {
    let context = TestContext::new();
    release(&context);
    let line = format!("{}  {}.tar.gz\n", "0".repeat(64), archive());
    let output = install(&context, &line, "owner/proofhouse");
    assert!(!output.status.success(), "{output:?}");
    assert!(!context.path("runner/proofhouse/bin/proofhouse").exists());
    assert!(!context.path("paths").exists(), "{output:?}");
}

#[test]
fn the_action_builds_where_no_release_is_pinned() {
    let other = format!(
        "{}  proofhouse-0.0.1-x86_64-unknown-linux-musl.tar.gz\n",
        "0".repeat(64)
    );
    let same = format!("{}  {}.tar.gz\n", "0".repeat(64), archive());
    let published = std::fs::read_to_string(root().join(".github/release-checksums.txt")).unwrap();
    assert!(
        published
            .lines()
            .all(|line| line.starts_with('#') || line.contains(env!("CARGO_PKG_VERSION")))
    );
    for (checksums, repository) in [
        ("# none\n", "owner/proofhouse"),
        (&other, "owner/proofhouse"),
        (&same, ""),
    ] {
        let context = TestContext::new();
        let output = install(&context, checksums, repository);
        assert!(output.status.success(), "{output:?}");
        assert!(!context.path("curl").exists());
        let cargo = std::fs::read_to_string(context.path("cargo")).unwrap();
        assert!(cargo.starts_with("+1.95 install --locked --path "), "{cargo}");
    }
}
