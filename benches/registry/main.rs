//! How fast the registry's pages are over a store of a million results, against the bare reading of the rows that they show.
//!
//! `cargo bench --bench registry` makes the store, asks each kind of page many times, and prints the median and the 99th percentile in
//! milliseconds, each also as a multiple of the bare reading. `PROOFHOUSE_BENCH_ROWS` sets how many results are kept.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on ends, and prints what it found"
)]

#[path = "../runner/page.rs"]
mod page;
mod store;

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use page::Row;
use proofhouse::app::{Bundle, History, ResultFilter};
use proofhouse::web;
use tower::ServiceExt;

/// What each page is held against.
const ROWS: &str = "reading its rows";

/// How often each page is asked for.
const ROUNDS: usize = 400;

fn main() {
    let rows = std::env::var("PROOFHOUSE_BENCH_ROWS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1_000_000);
    let bundle = Arc::new(Bundle::load(None).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let seeded = store::fill(folder.path(), &bundle, rows);
    println!(
        "{} results of {} runs kept in {:.0} s",
        seeded.rows,
        seeded.runs.len(),
        started.elapsed().as_secs_f64()
    );
    let history = History::open(folder.path()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let bare = bare(&history);
    println!("bare reading of 41 rows: median {bare:.2} ms\n");
    println!(
        "{:<44} {:>9} {:>9} {:>9} {:>9}",
        "page", "first", "median", "p99", "p99/bare"
    );
    let site = web::router(web::State {
        bundle,
        history,
        certificates: None,
        log: None,
        uploads: None,
        base_url: None,
        access: None,
        proxies: web::TrustedProxies::default(),
        hosts: web::Hosts::Any,
        notify: Arc::new(|what| panic!("{what}")),
    });
    let capability = "/capabilities/booking.create_booking@0.1.0";
    let provider = "bookio:shop-007";
    let mut slowest = (0.0_f64, 0.0_f64);
    for (name, path) in [
        ("capability", capability.to_owned()),
        (
            "capability, of one provider",
            format!("{capability}?provider={provider}"),
        ),
        ("capability, of one test", format!("{capability}?test=happy_path")),
        ("capability, failures", format!("{capability}?outcome=fail")),
        (
            "capability, no such outcome",
            format!("{capability}?outcome=error"),
        ),
        (
            "capability, failures of a provider and test",
            format!("{capability}?provider={provider}&test=happy_path&outcome=fail"),
        ),
        (
            "capability, long ago",
            format!("{capability}?until={}", seeded.early),
        ),
        (
            "capability, next page",
            format!("{capability}?before={}", seeded.cursor),
        ),
        ("home", "/".to_owned()),
        ("search", "/search?q=booking".to_owned()),
        ("test", format!("{capability}/tests/happy_path")),
        ("platform", "/platforms/bookio".to_owned()),
        ("providers, sorted", "/providers?sort=not_conformant".to_owned()),
        (
            "two providers",
            format!("/compare?a={provider}&b=bookio:shop-008"),
        ),
        (
            "two runs",
            format!("/compare?a={}&b={}", seeded.runs[0], seeded.runs[1]),
        ),
        ("matrix", format!("{capability}/matrix")),
        ("provider", format!("/providers/{provider}")),
        ("providers", "/providers".to_owned()),
        ("runs", "/runs".to_owned()),
        ("run", format!("/runs/{}", seeded.runs[0])),
        ("badge", format!("/badge/{provider}/booking.create_booking.svg")),
        ("feed", "/feed.atom".to_owned()),
    ] {
        let mut times: Vec<f64> = (0..=ROUNDS)
            .map(|_| runtime.block_on(ask(&site, &path)))
            .collect();
        let first = times.remove(0);
        times.sort_by(f64::total_cmp);
        let at = |share: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "a place in a short list"
            )]
            let place = (times.len() as f64 * share) as usize;
            times[place.min(times.len() - 1)]
        };
        println!(
            "{name:<44} {first:>9.1} {:>9.2} {:>9.2} {:>9.1}",
            at(0.5),
            at(0.99),
            at(0.99) / bare
        );
        slowest.0 = slowest.0.max(first);
        slowest.1 = slowest.1.max(at(0.99));
    }
    let of = |what: &str| format!("{what} of the registry's slowest page, {rows} results");
    page::publish(&[
        Row::new(of("first answer"), ROWS, format!("{:.1}", slowest.0 / bare)),
        Row::new(of("99th percentile"), ROWS, format!("{:.1}", slowest.1 / bare)),
    ]);
}

/// One answer, whole, in milliseconds.
async fn ask(site: &Router, path: &str) -> f64 {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let started = Instant::now();
    let response = site.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    to_bytes(response.into_body(), 64 << 20).await.unwrap();
    started.elapsed().as_secs_f64() * 1_000.0
}

/// What the rows of a page alone take, in milliseconds.
fn bare(history: &History) -> f64 {
    let filter = ResultFilter {
        capability: Some("booking.create_booking".parse().unwrap()),
        version: Some("0.1.0".parse().unwrap()),
        limit: 41,
        ..ResultFilter::default()
    };
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            assert_eq!(history.recent(&filter).unwrap().len(), 41);
            started.elapsed().as_secs_f64() * 1_000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
