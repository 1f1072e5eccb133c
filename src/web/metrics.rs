//! The counts of requests for a monitor, in the text form of Prometheus, and the log of them.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{Request, State as Given};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{State, live, text};

/// The upper ends of the times that are counted together, in milliseconds.
const UP_TO: [u64; 7] = [5, 20, 50, 100, 500, 2_000, 10_000];

/// The requests by the first digit of their status.
static BY_CLASS: [AtomicU64; 6] = [const { AtomicU64::new(0) }; 6];
/// The requests by the time to the head of their answer; the last one is without an end.
static BY_TIME: [AtomicU64; UP_TO.len() + 1] = [const { AtomicU64::new(0) }; UP_TO.len() + 1];
static MICROSECONDS: AtomicU64 = AtomicU64::new(0);

/// Middleware that counts each request, and logs it if the site keeps a log.
pub(super) async fn counted(Given(state): Given<State>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let logged = state.access.as_ref().map(|access| {
        let address = request.uri().path_and_query().map(ToString::to_string);
        let line = format!("{} {}", request.method(), address.unwrap_or_default());
        (access, line)
    });
    let response = next.run(request).await;
    let took = began.elapsed();
    let status = response.status().as_u16();
    if let Some(class) = BY_CLASS.get(usize::from(status / 100)) {
        class.fetch_add(1, Ordering::Relaxed);
    }
    let at = UP_TO.iter().position(|end| took.as_millis() <= u128::from(*end));
    if let Some(times) = BY_TIME.get(at.unwrap_or(UP_TO.len())) {
        times.fetch_add(1, Ordering::Relaxed);
    }
    MICROSECONDS.fetch_add(
        u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        Ordering::Relaxed,
    );
    if let Some((access, line)) = logged {
        access(&format!(
            "{} {status} {} ms",
            text::one_line(&line),
            took.as_millis()
        ));
    }
    response
}

pub(super) async fn show() -> Response {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    let head = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")];
    (head, written().unwrap_or_default()).into_response()
}

fn written() -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    writeln!(
        out,
        "# HELP proofhouse_requests_total Requests by the class of their status."
    )?;
    writeln!(out, "# TYPE proofhouse_requests_total counter")?;
    for (class, count) in BY_CLASS.iter().enumerate().skip(1) {
        let count = count.load(Ordering::Relaxed);
        writeln!(out, "proofhouse_requests_total{{class=\"{class}xx\"}} {count}")?;
    }
    writeln!(
        out,
        "# HELP proofhouse_request_seconds Time from a request to the head of its answer."
    )?;
    writeln!(out, "# TYPE proofhouse_request_seconds histogram")?;
    let mut sum = 0;
    for (at, count) in BY_TIME.iter().enumerate() {
        sum += count.load(Ordering::Relaxed);
        match UP_TO.get(at) {
            Some(end) => {
                let (seconds, thousandths) = (end / 1_000, end % 1_000);
                writeln!(
                    out,
                    "proofhouse_request_seconds_bucket{{le=\"{seconds}.{thousandths:03}\"}} {sum}"
                )?;
            }
            None => writeln!(out, "proofhouse_request_seconds_bucket{{le=\"+Inf\"}} {sum}")?,
        }
    }
    let micros = MICROSECONDS.load(Ordering::Relaxed);
    let (seconds, rest) = (micros / 1_000_000, micros % 1_000_000);
    writeln!(out, "proofhouse_request_seconds_sum {seconds}.{rest:06}")?;
    writeln!(out, "proofhouse_request_seconds_count {sum}")?;
    writeln!(out, "# HELP proofhouse_live_streams Visitors who follow a run.")?;
    writeln!(out, "# TYPE proofhouse_live_streams gauge")?;
    writeln!(out, "proofhouse_live_streams {}", live::open())?;
    Ok(out)
}
