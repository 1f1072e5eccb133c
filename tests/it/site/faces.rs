//! What the pages are like: what decides comes first, nothing is longer than it must be, and every count is the same everywhere.

use axum::http::StatusCode;
use proofhouse::app::History;
use proofhouse::model::Outcome;
use proofhouse::report::{self, Format};

use super::seed::Seed;
use super::{ask, text};

/// What stands between two texts, each time.
fn between<'a>(page: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    let parts = page.split(before).skip(1);
    parts.filter_map(|part| part.split(after).next()).collect()
}

/// The table of the results of a run, without its head.
fn results(page: &str) -> Vec<&str> {
    let section = page.split("id=\"results\"").nth(1).unwrap();
    let body = section.split("<tbody>").nth(1).unwrap_or_default();
    let body = body.split("</tbody>").next().unwrap();
    body.split("<tr>").skip(1).collect()
}

#[tokio::test]
async fn a_run_is_read_in_pages_that_begin_with_what_decides() {
    let seed = Seed::new();
    let start = format!("/runs/{}", seed.runs[1]);
    let (mut next, mut seen) = (Some(String::new()), Vec::new());
    while let Some(query) = next {
        let page = text(&seed.site, &format!("{start}{query}")).await;
        let rows = results(&page);
        assert!((1..=100).contains(&rows.len()), "{} rows on one page", rows.len());
        seen.extend(rows.into_iter().map(str::to_owned));
        let link = between(&page, "rel=\"next\" href=\"", "\"").first().map(|link| {
            let link = link.split('#').next().unwrap_or_default();
            link.replace("&amp;", "&")
        });
        next = link;
        assert!(seen.len() <= seed.results, "a row stands twice");
    }
    assert_eq!(seen.len(), seed.results / seed.runs.len());
    assert!(
        seen[0].contains("FAIL") && !seen[1].contains("FAIL"),
        "{}",
        seen[0]
    );
}

#[tokio::test]
async fn the_results_of_a_run_are_narrowed_and_one_alone_is_shown_whole() {
    let seed = Seed::new();
    let start = format!("/runs/{}", seed.runs[1]);
    let failed = text(&seed.site, &format!("{start}?outcome=fail")).await;
    assert_eq!(results(&failed).len(), 1);
    let second = text(&seed.site, &format!("{start}?provider=bookio:second")).await;
    assert!(results(&second).iter().all(|row| row.contains("bookio:second")));
    let page = text(
        &seed.site,
        &format!("{start}?provider=bookio:second&test=create_booking@0.1.0/happy_path"),
    )
    .await;
    assert_eq!(results(&page).len(), 1, "a whole name means one test");
    let section = page.split("id=\"results\"").nth(1).unwrap();
    assert!(section.contains("<article"), "it is shown whole");
    let none = text(&seed.site, &format!("{start}?test=no_such_test")).await;
    assert!(none.contains("No result passes the filters."));
}

#[tokio::test]
async fn causes_stand_before_the_rows_of_a_run_and_name_their_tests_once() {
    let seed = Seed::new();
    seed.add_failing_run();
    let runs = text(&seed.site, "/runs").await;
    let run = between(&runs, "href=\"/runs/", "\"")[0];
    let page = text(&seed.site, &format!("/runs/{run}")).await;
    let place = |part: &str| page.find(part).unwrap_or_else(|| panic!("no {part}"));
    assert!(place("id=\"causes\"") < place("id=\"providers\""));
    assert!(place("id=\"providers\"") < place("id=\"results\""));
    // One cause a provider, and none of its failures beside it.
    assert_eq!(page.matches(" fails ").count(), 2);
    assert!(!page.contains("id=\"failures\""), "a failure stands twice");
}

#[tokio::test]
async fn a_run_without_an_end_is_not_called_interrupted() {
    let seed = Seed::new();
    let page = text(&seed.site, &format!("/runs/{}", seed.runs[3])).await;
    assert!(
        page.contains("no verdict yet") && !page.contains("incomplete"),
        "{page}"
    );
    assert!(page.contains("<progress"), "{page}");
}

#[tokio::test]
async fn the_matrix_has_a_test_a_row_those_that_fail_first() {
    let seed = Seed::new();
    let tests = seed
        .bundle
        .suites
        .tests(&"booking.create_booking@0.1.0".parse().unwrap());
    seed.add_failing_test(tests.len() - 1);
    let page = text(&seed.site, "/capabilities/booking.create_booking@0.1.0/matrix").await;
    let rows = between(&page, "<tr id=\"test-", "</tr>");
    assert_eq!(rows.len(), tests.len());
    let last = tests[tests.len() - 1].id.name.as_str();
    assert!(rows[0].starts_with(&format!("{last}\"")), "{}", rows[0]);
    assert!(rows[0].contains("aria-label=\"fail\"") && rows[0].contains("✗"));
    assert!(rows[1].contains("aria-label=\"pass\""), "{}", rows[1]);
    let head = between(&page, "<thead>", "</thead>")[0];
    assert!(head.contains("bookio:first") && head.contains("bookio:second"));
    let totals = between(&page, "class=\"total\"", "</tr>")[0];
    let all = tests.len();
    assert!(
        totals.contains(&format!("{}/{all}", all - 1)) && totals.contains(&format!("{all}/{all}")),
        "{totals}"
    );
}

#[tokio::test]
async fn machines_ask_whether_the_site_lives_and_what_they_may_read() {
    let seed = Seed::new();
    for (path, words) in [
        ("/healthz", "ok"),
        ("/readyz", "ready"),
        ("/robots.txt", "Disallow: /api/"),
        ("/favicon.svg", "<svg"),
        ("/favicon.ico", "<svg"),
    ] {
        assert!(text(&seed.site, path).await.contains(words), "{path}");
    }
    std::fs::remove_file(seed.folder().join(proofhouse::store::DATABASE_FILE)).unwrap();
    assert_eq!(ask(&seed.site, "/healthz", None).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_store_that_cannot_be_read_is_not_ready_and_says_no_more() {
    let seed = Seed::new();
    rusqlite::Connection::open(seed.folder().join(proofhouse::store::DATABASE_FILE))
        .unwrap()
        .execute_batch("ALTER TABLE runs RENAME COLUMN harness TO hidden")
        .unwrap();
    let page = ask(&seed.site, "/readyz", None).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!page.text.contains("harness"), "{}", page.text);
}

/// One run over every format and page that counts it.
#[tokio::test]
async fn numbers_agree_on_every_page_and_in_every_format() {
    let seed = Seed::new();
    let run = seed.add_mixed_run();
    let history = History::open(seed.folder()).unwrap();
    let summary = history.judged_summary(&seed.bundle, &run).unwrap();
    let counts = summary.counts();
    assert!(
        counts.failed > 0 && counts.warnings > 0 && counts.blocked > 0 && counts.errors > 0,
        "{counts:?}"
    );
    let words = counts.in_words();
    for format in [Format::Table, Format::Markdown, Format::Html] {
        let mut out = Vec::new();
        let options = report::Options::default();
        report::write(format, &summary, &options, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains(&words), "{format:?} counts otherwise: {text}");
        assert!(text.contains("2 providers"), "{format:?}");
    }
    let page = text(&seed.site, &format!("/runs/{run}")).await;
    assert!(page.contains(&words) && page.contains("2 providers"), "{page}");
    let total = between(&page, "class=\"total\"", "</tr>")[0];
    for number in [
        counts.passed,
        counts.failed,
        counts.warnings,
        counts.errors,
        counts.blocked,
    ] {
        assert!(total.contains(&format!(">{number}<")), "{number}: {total}");
    }
    let list = text(&seed.site, "/runs").await;
    let row = between(&list, &format!("href=\"/runs/{run}\""), "</tr>")[0];
    assert!(row.contains(">2<"), "{row}");
    assert!(
        row.contains(&format!(">{} of {}<", counts.passed, counts.sum())),
        "{row}"
    );
    let json = report::json(&summary).unwrap();
    assert_eq!(json["totals"]["fail"], counts.failed + counts.warnings);
    assert_eq!(
        summary
            .results
            .iter()
            .filter(|row| row.outcome == Outcome::Pass)
            .count(),
        counts.passed
    );
    numbers_agree_on_pages_of_providers(&seed, &run).await;
}

/// The claims of the providers as every page counts them.
async fn numbers_agree_on_pages_of_providers(seed: &Seed, run: &proofhouse::model::RunId) {
    let history = History::open(seed.folder()).unwrap();
    let standings = history.standings(&seed.bundle, None, None).unwrap();
    let keeps = |claim: &&std::sync::Arc<proofhouse::app::ClaimStanding>| {
        claim.now.standing == proofhouse::standing::Standing::Conformant
    };
    let keeping = standings.iter().filter(keeps).count();
    let all = standings.len();
    let home = text(&seed.site, "/").await;
    assert!(
        home.contains(&format!("{keeping} of {all} providers keep it")),
        "{home}"
    );
    let capability = text(&seed.site, "/capabilities/booking.create_booking@0.1.0").await;
    assert!(
        capability.contains(&format!("{keeping} of {all} providers")),
        "{capability}"
    );
    let platform = text(&seed.site, "/platforms/bookio").await;
    assert!(
        platform.contains(&format!("{keeping} of {all} tenants")),
        "{platform}"
    );
    let list = text(&seed.site, "/providers").await;
    for claim in &standings {
        let provider = &claim.history.claim.provider;
        let own = usize::from(keeps(&claim));
        let page = text(&seed.site, &format!("/providers/{provider}")).await;
        assert!(page.contains(&format!("{own} of 1 claim")), "{page}");
        for table in [&list, &platform] {
            let row = between(table, &format!("href=\"/providers/{provider}\""), "</tr>")[0];
            assert!(row.contains(&format!(">{own}<")), "{row}");
        }
    }
    // A run beside itself has as many tests as it counts, and none of them differs.
    let same = text(&seed.site, &format!("/compare?a={run}&b={run}")).await;
    let summary = history.judged_summary(&seed.bundle, run).unwrap();
    assert!(
        same.contains(&format!("{} tests in both", summary.results.len())),
        "{same}"
    );
    let words = summary.counts().in_words();
    assert_eq!(same.matches(&words).count(), 2, "{words}: {same}");
}
