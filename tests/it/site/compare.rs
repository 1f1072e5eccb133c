//! Two runs, two providers and two versions side by side, and the tenants of a platform.

use axum::http::StatusCode;
use proofhouse::app::History;

use super::seed::{HOSTILE, Seed};
use super::{ask, text};

const VERSIONS: &str = "/compare?a=booking.create_booking@0.1.0&b=booking.create_booking@0.2.0";
const PROVIDERS: &str = "/compare?a=bookio:first&b=bookio:second";

/// The rows of the table that follows a heading, as markup.
fn rows_under<'a>(page: &'a str, id: &str) -> Vec<&'a str> {
    let part = page.split(&format!("id=\"{id}\"")).nth(1).unwrap_or_default();
    let body = part.split("<tbody>").nth(1).unwrap_or_default();
    let body = body.split("</tbody>").next().unwrap();
    body.split("<tr").skip(1).collect()
}

#[tokio::test]
async fn two_runs_stand_side_by_side_what_became_worse_first() {
    let seed = Seed::new();
    let run = seed.add_mixed_run();
    let (before, after) = (&seed.runs[0], run.as_str());
    let page = text(&seed.site, &format!("/compare?a={before}&b={after}")).await;
    let history = History::open(seed.folder()).unwrap();
    let compared = history.compare(before.as_str(), after).unwrap();
    let changed = compared.changes().count();
    assert_eq!(changed, 6, "the mixed run differs in six tests");
    assert!(page.contains("6 tests ended otherwise"), "{page}");
    let rows = rows_under(&page, "worse");
    assert_eq!(rows.len(), 6, "{rows:?}");
    // A test that fails decides more than one that could not be asked.
    assert!(
        rows[0].contains("FAIL") && rows[0].contains("pass"),
        "{}",
        rows[0]
    );
    assert!(
        rows[0].contains(&format!("/runs/{after}?provider=")),
        "{}",
        rows[0]
    );
    let back = text(&seed.site, &format!("/compare?a={after}&b={before}")).await;
    assert_eq!(rows_under(&back, "better").len(), 6, "{back}");
    assert!(!back.contains("id=\"worse\""), "{back}");
    let same = text(&seed.site, &format!("/compare?a={before}&b={before}")).await;
    assert!(same.contains("no test ended otherwise"), "{same}");
}

#[tokio::test]
async fn two_providers_stand_side_by_side_where_they_differ_first() {
    let seed = Seed::new();
    let page = text(&seed.site, PROVIDERS).await;
    assert!(page.contains("They differ in no test"), "{page}");
    seed.add_failing_test(0);
    let page = text(&seed.site, PROVIDERS).await;
    let standings = rows_under(&page, "standing");
    assert_eq!(standings.len(), 1, "{standings:?}");
    assert!(
        standings[0].contains("not conformant") && standings[0].contains(">conformant<"),
        "{}",
        standings[0]
    );
    let rows = rows_under(&page, "tests");
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert!(
        rows[0].contains("FAIL") && rows[0].contains("pass"),
        "{}",
        rows[0]
    );
}

#[tokio::test]
async fn two_versions_stand_side_by_side_with_who_keeps_them() {
    let seed = Seed::new();
    let page = text(&seed.site, VERSIONS).await;
    assert!(
        page.contains("/capabilities/booking.create_booking@0.2.0"),
        "{page}"
    );
    assert!(page.contains("Changes: "), "{page}");
    let rows = rows_under(&page, "standing");
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(
        rows[0].contains("bookio:first") && rows[0].contains(">conformant<"),
        "{}",
        rows[0]
    );
}

#[tokio::test]
async fn what_cannot_be_compared_is_told_and_the_form_is_shown_again() {
    let seed = Seed::new();
    let empty = text(&seed.site, "/compare").await;
    assert!(
        empty.contains("name=\"a\"") && empty.contains("name=\"b\""),
        "{empty}"
    );
    let one = text(&seed.site, "/compare?a=bookio:first").await;
    assert!(one.contains("value=\"bookio:first\""), "{one}");
    let run = &seed.runs[0];
    for (a, b, words) in [
        ("bookio:first", run.as_str(), "a provider and a run"),
        (
            "bookio:first",
            "booking.create_booking",
            "a provider and a capability",
        ),
        (
            "booking.create_booking@0.1.0",
            "booking.cancel_booking@0.1.0",
            "two capabilities",
        ),
        ("bookio:first", "bookio:nobody", "no run of bookio:nobody is kept"),
        ("latest", run.as_str(), "no run latest"),
        ("%22%3E%3Cscript%3E", run.as_str(), "neither"),
        (run.as_str(), "20200101-000000-00000000", "no run"),
    ] {
        let page = ask(&seed.site, &format!("/compare?a={a}&b={b}"), None).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{a} {b}");
        assert!(page.text.contains(words), "{words}: {}", page.text);
        assert!(page.text.contains("name=\"a\""), "{}", page.text);
        assert!(!page.text.contains("<script"), "{}", page.text);
    }
    assert!(HOSTILE.contains("<script"));
}

#[tokio::test]
async fn pages_lead_to_what_they_can_be_compared_with() {
    let seed = Seed::new();
    let run = text(&seed.site, &format!("/runs/{}", seed.runs[1])).await;
    assert!(
        run.contains(&format!("/compare?a={}&amp;b={}", seed.runs[0], seed.runs[1])),
        "the run before is not offered: {run}"
    );
    let provider = text(&seed.site, "/providers/bookio:first").await;
    assert!(provider.contains("/compare?a=bookio:first"), "{provider}");
    assert!(provider.contains("/platforms/bookio"), "{provider}");
}

#[tokio::test]
async fn a_platform_has_its_tenants_and_how_they_stand() {
    let seed = Seed::new();
    seed.add_failing_test(0);
    let page = text(&seed.site, "/platforms/bookio").await;
    let rows = rows_under(&page, "tenants");
    assert_eq!(rows.len(), 2, "{rows:?}");
    for (row, tenant) in rows.iter().zip(["first", "second"]) {
        assert!(
            row.contains(&format!("href=\"/providers/bookio:{tenant}\"")),
            "{row}"
        );
    }
    assert!(page.contains("1 of 2 tenants"), "{page}");
    let matrix = rows_under(&page, "capabilities");
    assert!(matrix[0].contains("booking.create_booking@0.1.0"), "{matrix:?}");
    assert!(matrix[0].contains("✗") && matrix[0].contains("✓"), "{matrix:?}");
    let list = text(&seed.site, "/providers").await;
    assert!(list.contains("href=\"/platforms/bookio\""), "{list}");
    for none in ["/platforms/nobody", "/platforms/book", "/platforms/%3Cscript%3E"] {
        let page = ask(&seed.site, none, None).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{none}");
        assert!(!page.text.contains("<script"), "{none}");
    }
}
