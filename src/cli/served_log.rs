//! What `proofhouse serve` prints to standard error: lines of words, or objects of JSON for a program that collects them.

use std::io::{self, Write as _};

use serde::Serialize;
use serde_json::{Value, json};

use super::args::LogFormat;
use super::output::Printer;
use crate::app::RunOverview;
use crate::model::{Clock, SystemClock, printable_json};
use crate::web::LoggedRequest;

/// The log of a site.
#[derive(Clone)]
pub(super) struct ServedLog {
    printer: Printer,
    format: LogFormat,
}

impl ServedLog {
    pub(super) fn new(printer: &Printer, format: LogFormat) -> Self {
        Self {
            printer: printer.clone(),
            format,
        }
    }

    /// Logs what went as it should.
    pub(super) fn note(&self, text: &str) {
        match self.format {
            LogFormat::Text => self.printer.note(text),
            LogFormat::Json => self.object("info", "note", &json!({ "message": text })),
        }
    }

    /// Logs what the operator should look at.
    pub(super) fn warning(&self, text: &str) {
        match self.format {
            LogFormat::Text => self.printer.warning(text),
            LogFormat::Json => self.object("warning", "note", &json!({ "message": text })),
        }
    }

    /// Logs a request.
    pub(super) fn request(&self, request: &LoggedRequest) {
        match self.format {
            LogFormat::Text => self.printer.note(&request.to_string()),
            LogFormat::Json => self.object("info", "request", request),
        }
    }

    /// Logs a run that ended.
    pub(super) fn run(&self, run: &RunOverview) {
        match self.format {
            LogFormat::Text => {
                let verdict = run.verdict.description();
                self.printer.note(&format!("run {}: {verdict}", run.run));
            }
            LogFormat::Json => {
                let seconds = run.finished_at.map(|end| (end - run.started_at).num_seconds());
                let totals = &run.totals;
                let told = json!({
                    "run": run.run.to_string(),
                    "verdict": run.verdict.as_str(),
                    "providers": run.providers,
                    "seconds": seconds,
                    "pass": totals.pass,
                    "fail": totals.fail,
                    "error": totals.error,
                    "blocked": totals.blocked,
                    "skip": totals.skip,
                });
                self.object("info", "run", &told);
            }
        }
    }

    fn object(&self, level: &str, kind: &str, told: &impl Serialize) {
        if self.printer.quiet() && level == "info" {
            return;
        }
        let at = SystemClock
            .now()
            .to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        let mut object = json!({ "at": at, "level": level, "kind": kind });
        if let (Value::Object(object), Ok(Value::Object(told))) = (&mut object, serde_json::to_value(told)) {
            object.extend(told);
        }
        // Text of JSON has no line breaks of its own, and what a terminal would obey stands in it as escapes.
        let _ = writeln!(io::stderr(), "{}", printable_json(&object.to_string()));
    }
}
