//! The counts of requests for a monitor, in the text form of Prometheus, and the log of them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State as Given};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use parking_lot::Mutex;

use super::access::LoggedRequest;
use super::client::Client;
use super::exposition::{head, seconds};
use super::{State, live, run_counts, text, work};

/// The upper ends of the times that are counted together, in milliseconds.
const UP_TO: [u64; 7] = [5, 20, 50, 100, 500, 2_000, 10_000];

/// The requests by the first digit of their status.
static BY_CLASS: [AtomicU64; 6] = [const { AtomicU64::new(0) }; 6];
/// The requests by the time to the head of their answer; the last one is without an end.
static BY_TIME: [AtomicU64; UP_TO.len() + 1] = [const { AtomicU64::new(0) }; UP_TO.len() + 1];
static MICROSECONDS: AtomicU64 = AtomicU64::new(0);

/// Requests of one route by the first digit of their status, and the microseconds that all of them took.
#[derive(Clone, Copy, Default)]
struct OfRoute {
    by_class: [u64; 6],
    microseconds: u64,
}

/// The requests by route. Its names are those of the router, so there are not more of them than that has.
static BY_ROUTE: Mutex<BTreeMap<String, OfRoute>> = Mutex::new(BTreeMap::new());

/// The route of what the router does not know.
const NO_ROUTE: &str = "none";

/// Middleware that counts each request, and logs it if the site keeps a log.
pub(super) async fn counted(Given(state): Given<State>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let logged = state.access.as_ref().map(|access| {
        let address = request.uri().path_and_query().map(ToString::to_string);
        let logged = LoggedRequest {
            method: request.method().to_string(),
            path: text::one_line(&address.unwrap_or_default()),
            route: route.as_ref().map(|route| route.as_str().to_owned()),
            client: request.extensions().get().map(|Client(client)| *client),
            status: 0,
            milliseconds: 0,
        };
        (access, logged)
    });
    let response = next.run(request).await;
    let took = began.elapsed();
    let status = response.status().as_u16();
    count(route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str), status, took);
    if let Some((access, logged)) = logged {
        access(&LoggedRequest {
            status,
            milliseconds: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            ..logged
        });
    }
    response
}

fn count(route: &str, status: u16, took: Duration) {
    let class = usize::from(status / 100);
    if let Some(class) = BY_CLASS.get(class) {
        class.fetch_add(1, Ordering::Relaxed);
    }
    let at = UP_TO.iter().position(|end| took.as_millis() <= u128::from(*end));
    if let Some(times) = BY_TIME.get(at.unwrap_or(UP_TO.len())) {
        times.fetch_add(1, Ordering::Relaxed);
    }
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    MICROSECONDS.fetch_add(micros, Ordering::Relaxed);
    let mut routes = BY_ROUTE.lock();
    if !routes.contains_key(route) {
        routes.insert(route.to_owned(), OfRoute::default());
    }
    if let Some(of_route) = routes.get_mut(route) {
        of_route.microseconds = of_route.microseconds.saturating_add(micros);
        if let Some(class) = of_route.by_class.get_mut(class) {
            *class += 1;
        }
    }
}

pub(super) async fn show() -> Response {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    let head = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")];
    (head, written().unwrap_or_default()).into_response()
}

fn written() -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    head(
        &mut out,
        "proofhouse_requests_total",
        "counter",
        "Requests by the class of their status.",
    )?;
    for (class, count) in BY_CLASS.iter().enumerate().skip(1) {
        let count = count.load(Ordering::Relaxed);
        writeln!(out, "proofhouse_requests_total{{class=\"{class}xx\"}} {count}")?;
    }
    head(
        &mut out,
        "proofhouse_request_seconds",
        "histogram",
        "Time from a request to the head of its answer.",
    )?;
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
    writeln!(out, "proofhouse_request_seconds_sum {}", seconds(micros))?;
    writeln!(out, "proofhouse_request_seconds_count {sum}")?;
    routes(&mut out)?;
    work::write_metrics(&mut out)?;
    run_counts::write_metrics(&mut out)?;
    head(
        &mut out,
        "proofhouse_live_streams",
        "gauge",
        "Visitors who follow a run.",
    )?;
    writeln!(out, "proofhouse_live_streams {}", live::open())?;
    Ok(out)
}

/// The requests by route.
fn routes(out: &mut String) -> std::fmt::Result {
    let routes = BY_ROUTE.lock().clone();
    head(
        out,
        "proofhouse_route_requests_total",
        "counter",
        "Requests by route and the class of their status.",
    )?;
    for (route, of_route) in &routes {
        for (class, count) in of_route
            .by_class
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
        {
            writeln!(
                out,
                "proofhouse_route_requests_total{{route=\"{route}\",class=\"{class}xx\"}} {count}"
            )?;
        }
    }
    head(
        out,
        "proofhouse_route_seconds",
        "summary",
        "Time from a request to the head of its answer, by route.",
    )?;
    for (route, of_route) in &routes {
        let sum = seconds(of_route.microseconds);
        let count: u64 = of_route.by_class.iter().sum();
        writeln!(out, "proofhouse_route_seconds_sum{{route=\"{route}\"}} {sum}")?;
        writeln!(out, "proofhouse_route_seconds_count{{route=\"{route}\"}} {count}")?;
    }
    Ok(())
}
