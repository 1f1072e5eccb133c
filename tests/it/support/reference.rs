//! The reference provider as a program of its own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The reference provider's binary, which `cargo test` builds beside this one.
pub(crate) fn reference_binary() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let folder = own.parent().and_then(|deps| deps.parent()).unwrap();
    let binary = folder.join(format!("reference-provider{}", std::env::consts::EXE_SUFFIX));
    assert!(
        binary.exists(),
        "{} is not built: `cargo build -p reference-provider` builds it",
        binary.display()
    );
    binary
}

/// A reference provider that keeps what it does in a folder. It is killed when this value goes away.
pub(crate) struct Serving {
    child: Child,
    /// Where it listens.
    pub(crate) url: String,
}

impl Serving {
    /// Starts it on a free port.
    pub(crate) fn start(folder: &Path) -> Self {
        let mut child = Command::new(reference_binary())
            .args(["serve", "--port", "0", "--data"])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let url = line.trim_end().strip_prefix("listening on ").unwrap().to_owned();
        Self { child, url }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // SIGKILL on Unix: nothing is tidied up.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
