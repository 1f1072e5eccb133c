//! Standard output that does not take what is written: a full disk is told, a closed pipe is none of our business.

use std::fs::OpenOptions;
use std::io::Read;
use std::process::Stdio;

use super::context::TestContext;
use crate::support::parcels::{Parcels, Slip};

const COMMANDS: [&str; 9] = [
    "--help",
    "suites list --registry SECOND_DOMAIN",
    "suites show quote_delivery/happy_path --registry SECOND_DOMAIN",
    "capabilities list --registry SECOND_DOMAIN",
    "dialects list",
    "completions bash",
    "run --registry SECOND_DOMAIN --providers providers.yaml --dry-run",
    "run --registry SECOND_DOMAIN --providers providers.yaml --test quote_delivery/happy_path",
    "runs list",
];

fn ready() -> (TestContext, Parcels) {
    let context = TestContext::new();
    let parcels = Parcels::start(Slip::None);
    context.manifest(&parcels.server.url(), "");
    let run = context
        .run("run --registry SECOND_DOMAIN --providers providers.yaml --test quote_delivery/happy_path");
    assert_eq!(run.code, 0, "{run}");
    (context, parcels)
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_once_and_no_command_ends_well() {
    let (context, _parcels) = ready();
    for arguments in COMMANDS {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let ended = context.command(arguments).stdout(full).output().unwrap();
        let stderr = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(6), "{arguments}: {stderr}");
        assert_eq!(
            stderr.matches("No space left on device").count(),
            1,
            "{arguments}: {stderr}"
        );
    }
}

#[test]
fn a_closed_pipe_changes_no_exit_code_and_is_not_told() {
    let (context, _parcels) = ready();
    for arguments in COMMANDS {
        let mut child = context
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{arguments}: {stderr}");
        assert!(!stderr.contains("error"), "{arguments}: {stderr}");
    }
}
