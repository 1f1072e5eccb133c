//! A registry with very many providers in one record: each page and each answer stays of bounded size.

use axum::http::{StatusCode, header};
use chrono::{TimeDelta, Utc};
use proofhouse::model::Verdict;
use proofhouse::store::{ImportedFrom, RunStore, SqliteStore, Wait};
use serde_json::Value;

use super::ask;
use super::publishing::Sent;
use super::seed::Seed;

const BOOKING: &str = "booking.create_booking@0.1.0";
const MANY: usize = 2_500;

/// One record of very many providers, each with one result, as somebody may merge it from files.
fn crowded() -> (Seed, String) {
    let seed = Seed::empty();
    let mut sent = Sent::started(&seed.bundle, "bookio:third", Utc::now() - TimeDelta::minutes(5));
    let entry = sent.header.providers.remove(0);
    let row = sent.rows[0].clone();
    sent.rows.clear();
    for tenant in 0..MANY {
        let mut entry = entry.clone();
        entry.id = format!("bookio:t{tenant:05}").parse().unwrap();
        let mut row = row.clone();
        row.provider.clone_from(&entry.id);
        sent.header.providers.push(entry);
        sent.rows.push(row);
    }
    sent.header.planned = MANY;
    let store = SqliteStore::open(seed.folder()).unwrap();
    store
        .import(&sent.run, &sent.events(), Verdict::Unproven, ImportedFrom::Files)
        .wait()
        .unwrap();
    (seed, sent.run.to_string())
}

fn next_of(link: &str) -> String {
    let (query, rest) = link.trim_start_matches('<').split_once('>').unwrap();
    assert_eq!(rest, "; rel=\"next\"");
    query.to_owned()
}

#[tokio::test]
async fn no_page_grows_with_the_number_of_providers() {
    let (seed, run) = crowded();
    for path in [
        "/providers".to_owned(),
        "/providers?sort=unproven".to_owned(),
        "/platforms/bookio".to_owned(),
        format!("/capabilities/{BOOKING}"),
        format!("/capabilities/{BOOKING}/matrix"),
        format!("/runs/{run}"),
    ] {
        let page = ask(&seed.site, &path, None).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let rows = page.text.matches("<tr>").count();
        assert!(rows < 400, "{path} has {rows} rows");
        assert!(
            page.text.contains("rel=\"next\""),
            "{path} has no page that follows"
        );
    }
    for path in [
        "/feed.atom".to_owned(),
        format!("/badge/bookio:t00001/{BOOKING}.svg"),
    ] {
        assert_eq!(
            ask(&seed.site, &path, None).await.status,
            StatusCode::OK,
            "{path}"
        );
    }
}

#[tokio::test]
async fn lists_of_the_api_are_read_page_by_page_without_gaps_or_repeats() {
    let (seed, run) = crowded();
    for path in [
        "/api/v1/providers".to_owned(),
        format!("/api/v1/capabilities/{BOOKING}/matrix"),
    ] {
        let (mut query, mut seen, mut pages) = ("?limit=500".to_owned(), Vec::new(), 0);
        loop {
            let page = ask(&seed.site, &format!("{path}{query}"), None).await;
            let items: Vec<Value> = serde_json::from_str(&page.text).unwrap();
            assert!(items.len() <= 500, "{path}: {}", items.len());
            seen.extend(
                items
                    .iter()
                    .map(|item| item["provider"].as_str().unwrap().to_owned()),
            );
            pages += 1;
            match page.headers.get(header::LINK) {
                Some(link) => query = next_of(link.to_str().unwrap()),
                None => break,
            }
        }
        assert_eq!((seen.len(), pages), (MANY, MANY.div_ceil(500)), "{path}");
        assert!(seen.is_sorted_by(|left, right| left < right), "{path}");
    }
    let report = ask(&seed.site, &format!("/api/v1/runs/{run}"), None).await;
    assert_eq!(report.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", report.text);
    for wrong in ["limit=0", "limit=501", "after=x", "before=bookio:a"] {
        let page = ask(&seed.site, &format!("/api/v1/providers?{wrong}"), None).await;
        assert!(page.status.is_client_error(), "{wrong}: {}", page.status);
    }
}

/// Claims that are not judged yet are judged beside the requests, and are there soon.
#[tokio::test]
async fn a_ranking_that_takes_long_is_shown_as_far_as_it_is_known_and_then_whole() {
    let (seed, _) = crowded();
    let path = format!("/api/v1/capabilities/{BOOKING}/providers?from={}", MANY - 1);
    for _ in 0..600 {
        let page = ask(&seed.site, &path, None).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let items: Vec<Value> = serde_json::from_str(&page.text).unwrap();
        if items.len() == 1 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    panic!("the ranking is never whole");
}
