//! This program once more, in a process of its own.

use std::process::{Command, Stdio};

use crate::job::{Job, Measured};

/// The command that does a job.
pub(crate) fn command(job: &Job) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg("--child").arg(serde_json::to_string(job).unwrap());
    command
}

/// Does a job elsewhere, and gives back what was measured there.
pub(crate) fn measured(job: &Job) -> Measured {
    let output = command(job).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{job:?} failed");
    serde_json::from_slice(&output.stdout).unwrap()
}
