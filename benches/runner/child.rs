//! This program once more, in a process of its own.

use std::process::{Command, Stdio};

use crate::job::{Job, Measured};
use crate::{bare, measure, serve, subject};

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

/// Does a job here.
pub(crate) fn main(job: &str) {
    let job: Job = serde_json::from_str(job).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let measured = runtime.block_on(async {
        match job {
            Job::Serve { tenants } => {
                serve::serve(tenants).await;
                Measured::default()
            }
            Job::Subject {
                manifest,
                data,
                checks,
                turns,
            } => subject::run(manifest, &data, checks, turns).await,
            Job::Bare {
                script,
                url,
                providers,
                turns,
            } => bare::run(&script, &url, providers, turns).await,
        }
    });
    let measured = Measured {
        peak: measure::peak(),
        ..measured
    };
    println!("{}", serde_json::to_string(&measured).unwrap());
}
