//! The binary in a folder of its own: what it prints, and how it ends.

use std::fmt;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// The parts of the output that differ between runs, with placeholders of the same width, so that columns stay aligned.
pub(crate) const FILTERS: [(&str, &str); 12] = [
    (r"\b\d{8}-\d{6}-[0-9a-f]{8}\b", "[------- the run -------]"),
    (r"\b\d{4}-\d\d-\d\d \d\d:\d\d\b", "[---- when ----]"),
    (r"\b\d\d-\d\d \d\d:\d\d\b", "[ when  ]"),
    // The column of milliseconds is as wide as the widest number.
    (r" +\d+  \[ when  \]", "  [ms]  [ when  ]"),
    (r" +ms  when", "    ms  when"),
    (r"\(seed \d+\)", "(seed [seed])"),
    (r"plan [0-9a-f]{12}", "plan [digest]"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:[port]"),
    (r"proofhouse 0\.\d+\.\d+", "proofhouse [version]"),
    (r"\b20\d\d-\d\d-\d\d\b", "[  day   ]"),
    // A comparison has two columns of them.
    (
        r"(?m)^((?:pass|fail|-) +(?:pass|fail|-) +\S+ +\S+) +\d+ +\d+$",
        "$1  [ms]  [ms]",
    ),
    (r" +ms +ms\n", "    ms    ms\n"),
];

/// The contracts and suites of a domain that the binary knows nothing of.
pub(crate) const SECOND_DOMAIN: &str = "tests/fixtures/second-domain";

/// A folder in which the binary is run. It goes away with this value.
pub(crate) struct TestContext {
    folder: tempfile::TempDir,
}

/// The exit code and the output of the binary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    command: String,
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "$ {}\nexit code: {}\n----- stdout -----\n{}----- stderr -----\n{}",
            self.command, self.code, self.stdout, self.stderr
        )
    }
}

impl Ended {
    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// The outcome of a test of the only provider, by `tool/test`, from the JSON on standard output.
    pub(crate) fn outcome(&self, test: &str) -> String {
        let report = self.json();
        let results = report["results"].as_array().unwrap();
        let name = |row: &Value| {
            let capability = row["capability"].as_str().unwrap();
            let tool = capability.rsplit('.').next().unwrap();
            format!("{tool}/{}", row["test"].as_str().unwrap())
        };
        let row = results.iter().find(|row| name(row) == test);
        row.unwrap_or_else(|| panic!("no {test}: {self}"))["outcome"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

impl TestContext {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, with the folders above it.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Changes a file. What is changed must be there, so that a test cannot outlive its file.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path(name)).unwrap();
        assert!(text.contains(from), "{name} has no {from:?}");
        self.write(name, &text.replacen(from, to, 1));
    }

    /// A copy of the second domain, to be changed, at `registry`.
    pub(crate) fn copy_second_domain(&self) {
        copy(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join(SECOND_DOMAIN),
            &self.path("registry"),
        );
    }

    /// A copy of the bundled contracts and suites, to be changed, at `registry`.
    pub(crate) fn copy_bundled(&self) {
        for folder in ["capabilities", "suites"] {
            copy(
                &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
                &self.path("registry").join(folder),
            );
        }
    }

    /// A manifest of one provider of parcels at a URL, with more keys for its entry.
    pub(crate) fn manifest(&self, url: &str, more: &str) {
        let capabilities = "[parcels.quote_delivery, parcels.order_pickup, parcels.cancel_pickup]";
        self.write(
            "providers.yaml",
            &format!(
                "providers:\n  - id: post:one\n    transport: http\n    url: {url}\n    capabilities: {capabilities}\n{more}"
            ),
        );
    }

    /// The binary, ready to run: no terminal, no colour, nothing of the user's.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_proofhouse"));
        let second = Path::new(env!("CARGO_MANIFEST_DIR")).join(SECOND_DOMAIN);
        command
            .args(
                arguments
                    .split_whitespace()
                    .map(|argument| argument.replace("SECOND_DOMAIN", second.to_str().unwrap())),
            )
            .current_dir(self.folder.path())
            .env("PROOFHOUSE_DATA", self.path("data"))
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
        for inherited in [
            "CLICOLOR",
            "CLICOLOR_FORCE",
            "COLUMNS",
            "GITHUB_STEP_SUMMARY",
            "LINES",
            "RUST_BACKTRACE",
        ] {
            command.env_remove(inherited);
        }
        command
    }

    /// Runs the binary with arguments that hold no spaces. `SECOND_DOMAIN` stands for the folder of that domain.
    pub(crate) fn run(&self, arguments: &str) -> Ended {
        self.finish(arguments, &mut self.command(arguments))
    }

    /// Runs a command that was made ready for `arguments`.
    pub(crate) fn finish(&self, arguments: &str, command: &mut Command) -> Ended {
        let output = command.output().unwrap();
        let temporary = self.folder.path().to_str().unwrap();
        let second = Path::new(env!("CARGO_MANIFEST_DIR")).join(SECOND_DOMAIN);
        let text = |bytes: Vec<u8>| {
            String::from_utf8(bytes)
                .unwrap()
                .replace(temporary, "[temp]")
                .replace(second.to_str().unwrap(), "SECOND_DOMAIN")
        };
        Ended {
            command: format!("proofhouse {arguments}"),
            code: output.status.code().unwrap(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Runs the binary several times and shows it all.
    pub(crate) fn show(&self, commands: &[&str]) -> String {
        commands
            .iter()
            .map(|arguments| self.run(arguments).to_string())
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// The first line that a process prints; it need not go on. What it prints after that is not read.
pub(crate) fn first_line(process: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    line
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A snapshot with everything filtered that differs from one run to the next.
macro_rules! cli_snapshot {
    ($name:literal, $shown:expr) => {
        insta::with_settings!({ filters => $crate::cli::context::FILTERS }, {
            insta::assert_snapshot!($name, $shown);
        });
    };
}

pub(crate) use cli_snapshot;
