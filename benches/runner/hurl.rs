//! The same calls by `hurl`, where it is installed: a tool of others that sends what files say and holds answers against it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::measure;
use crate::script::{Part, Recorded, Script, slug};

/// As many files at once as were fastest on two cores.
const FILES_AT_ONCE: &str = "8";

/// `hurl`, with the files of some providers.
pub(crate) struct Hurl {
    folder: PathBuf,
    starts: u32,
}

/// What one start took, in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Took {
    pub(crate) wall: f64,
    pub(crate) cpu: f64,
    /// 1 if an answer was another than the recorded one.
    pub(crate) strange: u64,
}

/// How it ends when an answer is another than a file says.
const OTHER_ANSWER: i32 = 4;

impl Hurl {
    /// Writes a file for each provider; None where `hurl` is not installed.
    pub(crate) fn of(script: &Path, url: &str, providers: usize, folder: &Path) -> Option<Self> {
        let asked = Command::new("hurl")
            .arg("--version")
            .stdout(Stdio::null())
            .status();
        if !asked.is_ok_and(|status| status.success()) {
            return None;
        }
        let script: Script = serde_json::from_slice(&std::fs::read(script).unwrap()).unwrap();
        let folder = folder.join(format!("hurl-{providers}"));
        std::fs::create_dir_all(&folder).unwrap();
        for tenant in 0..providers {
            let base = format!("{url}/p/{}", slug(tenant));
            let text = file(&base, &script.short, script.part(tenant));
            std::fs::write(folder.join(format!("{}.hurl", slug(tenant))), text).unwrap();
        }
        Some(Self { folder, starts: 0 })
    }

    /// Proves them all, by a process of its own.
    pub(crate) fn run(&mut self) -> Took {
        // What tells the customers of this start from those of others. A word: it would read digits as a number.
        self.starts += 1;
        let short = format!("h{:03}x{:04x}", self.starts, std::process::id() & 0xffff);
        let (start, before) = (Instant::now(), measure::cpu_of_children());
        let status = Command::new("hurl")
            .args(["--test", "--jobs", FILES_AT_ONCE, "--variable"])
            .arg(format!("short={short}"))
            .arg(&self.folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        let is_strange = status.code() == Some(OTHER_ANSWER);
        assert!(status.success() || is_strange, "hurl ended with {status}");
        Took {
            wall: start.elapsed().as_secs_f64(),
            cpu: measure::cpu_of_children() - before,
            strange: u64::from(is_strange),
        }
    }
}

/// The calls to one provider, one after the other.
fn file(base: &str, short: &str, part: &Part) -> String {
    let mut text = String::new();
    for calls in std::iter::once(&part.first).chain(&part.tests) {
        let mut bookings = BTreeMap::new();
        for call in calls {
            entry(&mut text, base, short, call, &mut bookings);
        }
    }
    text
}

/// One call: what is sent, the answer's `ok`, and the booking that later calls of the test speak of.
fn entry<'s>(
    text: &mut String,
    base: &str,
    short: &str,
    call: &'s Recorded,
    bookings: &mut BTreeMap<&'s str, String>,
) {
    let url = format!("{base}{}", call.path);
    match &call.body {
        None => {
            let _ = writeln!(text, "GET {url}");
        }
        Some(body) => {
            let mut body = body.replace(short, "{{short}}");
            for (recorded, variable) in &*bookings {
                body = body.replace(recorded, &format!("{{{{{variable}}}}}"));
            }
            let _ = writeln!(text, "POST {url}\nContent-Type: application/json\n{body}");
        }
    }
    text.push_str("HTTP *\n");
    if let Some(recorded) = &call.booking
        && !bookings.contains_key(recorded.as_str())
    {
        let variable = format!("booking{}", bookings.len());
        let _ = writeln!(text, "[Captures]\n{variable}: jsonpath \"$.booking_id\"");
        bookings.insert(recorded, variable);
    }
    if let Some(ok) = call.ok {
        let _ = writeln!(text, "[Asserts]\njsonpath \"$.ok\" == {ok}");
    }
    text.push('\n');
}
