//! The site, asked without a network: what it shows, what it refuses, and that nothing a provider sent is more than text.

mod agents;
mod api;
mod attested;
mod compare;
mod faces;
mod large;
mod pages;
mod postgres;
mod publishing;
mod seed;
mod transparency;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use proofhouse::store::DATABASE_FILE;
use tower::ServiceExt;

use seed::{HOSTILE, PROVIDERS, Seed};

struct Page {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

async fn ask(site: &Router, path: &str, tag: Option<&str>) -> Page {
    let mut request = Request::get(path);
    if let Some(tag) = tag {
        request = request.header(header::IF_NONE_MATCH, tag);
    }
    let response = site
        .clone()
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 64 << 20).await.unwrap();
    Page {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

async fn text(site: &Router, path: &str) -> String {
    let page = ask(site, path, None).await;
    assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
    page.text
}

fn addresses(seed: &Seed) -> Vec<String> {
    let mut addresses: Vec<String> = [
        "/",
        "/capabilities/booking.create_booking",
        "/capabilities/booking.create_booking@0.1.0",
        "/capabilities/booking.create_booking@0.1.0/diff?to=0.2.0",
        "/capabilities/booking.create_booking@0.1.0/matrix",
        "/providers",
        "/providers/bookio:first",
        "/platforms/bookio",
        "/compare",
        "/compare?a=bookio:first&b=bookio:second",
        "/compare?a=booking.create_booking@0.1.0&b=booking.create_booking@0.2.0",
        "/runs",
        "/certificates",
        "/kill-matrix",
        "/kill-matrix?tool=create_booking",
        "/capabilities/booking.create_booking@0.1.0/tests/happy_path",
        "/search?q=booking",
        "/badge/bookio:first/booking.create_booking@0.1.0.svg",
        "/feed.atom",
        "/style.css",
        "/favicon.svg",
        "/robots.txt",
    ]
    .map(str::to_owned)
    .to_vec();
    addresses.push(format!("/compare?a={}&b={}", seed.runs[0], seed.runs[1]));
    addresses.extend(seed.runs.iter().map(|run| format!("/runs/{run}")));
    addresses
}

#[tokio::test]
async fn every_page_has_its_policy_and_a_tag_that_spares_the_second_answer() {
    let seed = Seed::new();
    for path in addresses(&seed) {
        let page = ask(&seed.site, &path, None).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        // Only the page of the run that goes on has a script, which is the site's own file.
        let goes_on = path.ends_with(seed.runs[seed.runs.len() - 1].as_str());
        assert_eq!(policy.contains("script-src 'self'"), goes_on, "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(page.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert!(page.headers.contains_key(header::CACHE_CONTROL), "{path}");
        let tag = page.headers[header::ETAG].to_str().unwrap();
        let again = ask(&seed.site, &path, Some(tag)).await;
        assert_eq!(
            (again.status, again.text.as_str()),
            (StatusCode::NOT_MODIFIED, ""),
            "{path}"
        );
        let other = ask(&seed.site, &path, Some("\"other\"")).await;
        assert_eq!(other.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn nothing_that_a_provider_sent_is_markup_or_a_link() {
    let seed = Seed::new();
    let mut shown = 0;
    for path in addresses(&seed) {
        let page = text(&seed.site, &path).await;
        assert!(
            !page
                .replace(r#"<script src="/live.js" defer></script>"#, "")
                .contains("<script")
                && !page.contains("<img src=x"),
            "{path}"
        );
        assert!(
            !page.contains("href=\"javascript") && !page.contains("href=\"http"),
            "{path}"
        );
        assert!(!page.contains('\u{202e}'), "{path}");
        shown += usize::from(page.contains("&lt;script&gt;"));
    }
    assert!(
        HOSTILE.contains("<script>") && shown >= 3,
        "the seed is shown on {shown} pages"
    );
}

#[tokio::test]
async fn a_failure_is_explained_with_its_calls_and_how_to_repeat_it() {
    let seed = Seed::new();
    let page = text(&seed.site, &format!("/runs/{}", seed.runs[1])).await;
    for part in [
        "what was expected",
        "call 1 of 1",
        "curl -sS -i",
        "--seed 7",
        "output.booking_id = ",
    ] {
        assert!(page.contains(part), "{part} is not on the page of the run");
    }
    assert!(!page.contains("http-equiv=\"refresh\"") && !page.contains("live.js"));
}

#[tokio::test]
async fn a_run_without_an_end_is_followed_and_loads_itself_again_without_scripts() {
    let seed = Seed::new();
    let run = &seed.runs[seed.runs.len() - 1];
    let page = text(&seed.site, &format!("/runs/{run}")).await;
    assert!(page.contains("<noscript><meta http-equiv=\"refresh\""), "{page}");
    assert!(
        page.contains(&format!("data-live=\"/runs/{run}/live\"")),
        "{page}"
    );
    let progress = followed(&seed, run.as_str()).await;
    assert!(
        progress.contains("event: progress") && progress.contains("tests have ended"),
        "{progress}"
    );
    let ended = followed(&seed, seed.runs[0].as_str()).await;
    assert!(
        ended.contains("event: ended") && !ended.contains("progress"),
        "{ended}"
    );
}

/// The first event of the stream of a run.
async fn followed(seed: &Seed, run: &str) -> String {
    let request = Request::get(format!("/runs/{run}/live"))
        .body(Body::empty())
        .unwrap();
    let response = seed.site.clone().oneshot(request).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    let mut frames = response.into_body().into_data_stream();
    let first = futures_util::StreamExt::next(&mut frames).await.unwrap().unwrap();
    String::from_utf8(first.to_vec()).unwrap()
}

/// The address of the run and the words of each row, in order.
fn rows(page: &str) -> Vec<String> {
    let table = page.split("id=\"runs\"").nth(1).unwrap();
    let body = table.split("<tbody>").nth(1).unwrap_or_default();
    let body = body.split("</tbody>").next().unwrap();
    body.split("<tr>").skip(1).map(str::to_owned).collect()
}

#[tokio::test]
async fn results_page_without_gaps_or_repeats() {
    let seed = Seed::new();
    let start = "/capabilities/booking.create_booking@0.1.0";
    let mut next = Some("?history=all".to_owned());
    let mut seen = Vec::new();
    while let Some(query) = next {
        let page = text(&seed.site, &format!("{start}{query}")).await;
        seen.extend(rows(&page));
        next = page
            .split("rel=\"next\" href=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .map(|link| link.split('#').next().unwrap().replace("&amp;", "&"));
        assert!(seen.len() <= seed.results, "a row stands twice");
    }
    assert_eq!(seen.len(), seed.results);
    let mut distinct = seen.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), seen.len());
}

#[tokio::test]
async fn results_are_narrowed_by_provider_test_and_outcome() {
    let seed = Seed::new();
    let start = "/capabilities/booking.create_booking@0.1.0";
    let failed = rows(&text(&seed.site, &format!("{start}?provider=&test=&outcome=fail")).await);
    assert_eq!(failed.len(), 1);
    assert!(failed[0].contains("FAIL"), "{failed:?}");
    let one = rows(
        &text(
            &seed.site,
            &format!("{start}?provider=bookio:second&test=happy_path"),
        )
        .await,
    );
    assert!(!one.is_empty());
    assert!(
        one.iter()
            .all(|row| row.contains("bookio:second") && row.contains("happy_path")),
        "{one:?}"
    );
}

#[tokio::test]
async fn the_page_of_a_capability_has_the_contract_in_its_order() {
    let seed = Seed::new();
    let page = text(&seed.site, "/capabilities/booking.create_booking@0.1.0").await;
    let parts = [
        "<h1>create_booking</h1>",
        ">Semantics<",
        ">Invariants<",
        "verified by",
        ">When to use<",
        ">Prerequisites<",
        ">Input schema<",
        ">Output schema<",
        ">Errors<",
        ">Providers<",
        ">Recent conformance runs<",
    ];
    let places: Vec<_> = parts
        .iter()
        .map(|part| page.find(part).unwrap_or_else(|| panic!("{part} is missing")))
        .collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[tokio::test]
async fn a_change_of_standing_is_on_the_page_of_the_provider_and_in_the_feed() {
    let seed = Seed::new();
    let page = text(&seed.site, "/providers/bookio:first").await;
    assert!(
        page.contains("not conformant") && page.contains("<polyline"),
        "{page}"
    );
    let feed = text(&seed.site, "/feed.atom").await;
    assert!(
        feed.contains(&format!("urn:proofhouse:{}:bookio:first", seed.runs[1])),
        "{feed}"
    );
    assert!(
        feed.contains(&format!("<link href=\"/runs/{}\"/>", seed.runs[1])),
        "{feed}"
    );
    // Without a version, the first published one.
    for version in ["@0.1.0", ""] {
        let badge = format!("/badge/bookio:second/booking.create_booking{version}.svg");
        let badge = text(&seed.site, &badge).await;
        assert!(
            badge.contains(">conformant<") && badge.contains(">create_booking v0.1.0<"),
            "{badge}"
        );
    }
    let other = text(
        &seed.site,
        "/badge/bookio:second/booking.create_booking@0.2.0.svg",
    )
    .await;
    assert!(other.contains(">unknown<"), "{other}");
}

/// A clock that was wrong once must not keep a badge green.
#[tokio::test]
async fn a_run_from_the_future_counts_for_nothing_anywhere_and_says_so() {
    let seed = Seed::new();
    seed.add_failing_run();
    let ahead = seed.add_run_from_the_future();
    let badge = text(
        &seed.site,
        "/badge/bookio:second/booking.create_booking@0.1.0.svg",
    )
    .await;
    assert!(badge.contains(">not conformant<"), "{badge}");
    let gate = "/api/v1/gate?provider=bookio:second&capability=booking.create_booking@0.1.0";
    let gate = text(&seed.site, gate).await;
    assert!(gate.contains("\"answer\":\"no\""), "{gate}");
    assert!(
        gate.contains(&format!("run {ahead} does not count: it started in the future")),
        "{gate}"
    );
    let page = text(&seed.site, "/providers/bookio:second").await;
    assert!(page.contains(&format!("run {ahead} does not count")), "{page}");
    let feed = text(&seed.site, "/feed.atom").await;
    assert!(!feed.contains(ahead.as_str()), "{feed}");
    let ranking = text(
        &seed.site,
        "/api/v1/capabilities/booking.create_booking@0.1.0/providers",
    )
    .await;
    assert!(!ranking.contains("\"conformant\""), "{ranking}");
    let matrix = text(
        &seed.site,
        "/api/v1/capabilities/booking.create_booking@0.1.0/matrix",
    )
    .await;
    assert!(!matrix.contains(ahead.as_str()), "{matrix}");
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let seed = Seed::new();
    for path in [
        "/nothing",
        "/capabilities/booking.nothing",
        "/capabilities/%3Cscript%3E",
        "/capabilities/booking.create_booking@9.9.9",
        "/capabilities/booking.create_booking@0.1.0/tests/nothing",
        "/capabilities/booking.create_booking@0.1.0/tests/%3Cscript%3E",
        "/kill-matrix?tool=%3Cscript%3E",
        "/sitemap.xml",
        "/capabilities/booking.create_booking@0.1.0?outcome=great",
        "/capabilities/booking.create_booking@0.1.0?before=x",
        "/capabilities/booking.create_booking@0.1.0/diff?to=9.9.9",
        "/providers/bookio:nobody",
        "/providers/%3Cscript%3E",
        "/runs/latest",
        "/runs/20200101-000000-00000000",
        "/badge/bookio:first/booking.create_booking",
    ] {
        let page = ask(&seed.site, path, None).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!page.text.contains("<script"), "{path}");
        assert!(
            page.headers.contains_key(header::CONTENT_SECURITY_POLICY),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_site_without_runs_says_so() {
    let seed = Seed::empty();
    for path in [
        "/",
        "/runs",
        "/providers",
        "/capabilities/booking.create_booking",
        "/feed.atom",
    ] {
        text(&seed.site, path).await;
    }
    let badge = text(&seed.site, "/badge/bookio:first/booking.create_booking.svg").await;
    assert!(badge.contains(">unknown<") && PROVIDERS.len() > 1, "{badge}");
}

#[tokio::test]
async fn what_goes_wrong_at_the_site_is_told_to_whoever_runs_it_and_to_nobody_else() {
    let seed = Seed::new();
    rusqlite::Connection::open(seed.folder().join(DATABASE_FILE))
        .unwrap()
        .execute_batch("ALTER TABLE runs RENAME COLUMN harness TO hidden")
        .unwrap();
    for (path, words) in [
        ("/runs", "could not be made"),
        ("/api/v1/runs", "the answer could not be made"),
    ] {
        let page = ask(&seed.site, path, None).await;
        assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        assert!(
            page.text.contains(words) && !page.text.contains("harness"),
            "{}",
            page.text
        );
        let told = std::mem::take(&mut *seed.told.lock().unwrap());
        let [line] = told.as_slice() else {
            panic!("{told:?}")
        };
        assert!(
            line.starts_with(&format!("GET {path}: ")) && line.contains("harness"),
            "{line}"
        );
    }
    ask(&seed.site, "/nothing", None).await;
    assert_eq!(*seed.told.lock().unwrap(), [""; 0]);
}
