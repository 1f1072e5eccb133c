//! The pages that lead to others: home, search, tests, providers; and what programs read of the site as a whole.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use chrono::{TimeDelta, Utc};
use proofhouse::web;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt as _;

use super::publishing::{Sent, publish, token};
use super::seed::Seed;
use super::{ask, rows, text};

const BOOKING: &str = "/capabilities/booking.create_booking@0.1.0";

#[tokio::test]
async fn the_home_page_says_how_many_keep_each_capability_and_what_changed() {
    let seed = Seed::new();
    let page = text(&seed.site, "/").await;
    assert!(page.contains("role=\"search\""));
    // The first provider failed in the second run only.
    assert!(page.contains("2 of 2 providers keep it"), "{page}");
    assert!(page.contains("no provider yet"), "{page}");
    let changes = page.split("id=\"changes\"").nth(1).unwrap();
    assert!(changes.contains("href=\"/providers/bookio:first\""), "{changes}");
    assert!(changes.contains("not conformant"), "{changes}");
    seed.add_failing_run();
    let page = text(&seed.site, "/").await;
    assert!(page.contains("0 of 2 providers keep it"), "{page}");
}

#[tokio::test]
async fn a_search_finds_capabilities_tests_rules_and_providers() {
    let seed = Seed::new();
    for (question, address) in [
        ("create_booking", "/capabilities/booking.create_booking@0.1.0"),
        ("haircut", "/capabilities/booking.create_booking@"),
        ("bookio:sec", "/providers/bookio:second"),
        (
            "past time",
            "/capabilities/booking.create_booking@0.1.0/tests/rejects_past_time",
        ),
        (
            "future-start",
            "/capabilities/booking.create_booking@0.1.0#rule-future-start",
        ),
    ] {
        let page = text(&seed.site, &format!("/search?q={}", question.replace(' ', "+"))).await;
        assert!(page.contains(&format!("href=\"{address}")), "{question}: {page}");
    }
    let nothing = text(&seed.site, "/search?q=xylophone").await;
    assert!(nothing.contains("Nothing has these words."), "{nothing}");
    let hostile = text(&seed.site, "/search?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").await;
    assert!(!hostile.contains("<script"), "{hostile}");
}

#[tokio::test]
async fn a_test_has_a_page_with_its_steps_who_passes_and_what_it_kills() {
    let seed = Seed::new();
    let page = text(&seed.site, &format!("{BOOKING}/tests/rejects_past_time")).await;
    for part in [
        "#rule-future-start",
        "Calls <code>create_booking</code>",
        "it is refused",
        "2 of 2 providers pass it.",
        "href=\"/providers/bookio:first\"",
        "accepts_past",
        "<circle",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[tokio::test]
async fn the_page_of_a_capability_begins_with_who_keeps_it_and_folds_its_schemas() {
    let seed = Seed::new();
    let page = text(&seed.site, BOOKING).await;
    let place = |part: &str| page.find(part).unwrap_or_else(|| panic!("no {part}"));
    assert!(place("2 of 2 providers") < place(">Semantics<"), "{page}");
    let schema = &page[place(">Input schema<")..place(">Output schema<")];
    assert!(schema.contains("<details>"), "{schema}");
}

#[tokio::test]
async fn a_busy_provider_leaves_room_for_the_others_one_row_a_provider_and_test() {
    let seed = Seed::new();
    seed.add_busy_provider(3);
    let page = text(&seed.site, BOOKING).await;
    let rows = rows(&page);
    for provider in ["bookio:busy", "bookio:first", "bookio:second"] {
        assert!(
            rows.iter().any(|row| row.contains(provider)),
            "{provider}: {rows:?}"
        );
    }
    let pair = |row: &String| {
        let links = row.split("href=\"").skip(1);
        let links = links.filter_map(|link| link.split('"').next());
        links
            .filter(|link| !link.starts_with("/runs/"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let mut pairs: Vec<_> = rows.iter().map(pair).collect();
    let all = pairs.len();
    pairs.sort();
    pairs.dedup();
    assert_eq!(pairs.len(), all, "a provider and test stand twice");
}

#[tokio::test]
async fn a_provider_has_its_name_address_and_history() {
    let seed = Seed::new();
    let page = text(&seed.site, "/providers/bookio:first").await;
    assert!(page.contains("<code>http://127.0.0.1:4700</code>"), "{page}");
    assert!(
        page.contains("1 of 1 claim <span class=\"good\">conformant</span>"),
        "{page}"
    );
    // One sign for each run that counts, the oldest first.
    let strip: Vec<_> = page.matches("✓").chain(page.matches("✗")).collect();
    assert_eq!(strip.len(), 3, "{page}");
    assert!(page.find('✗') < page.rfind('✓'), "{page}");
}

#[tokio::test]
async fn a_site_that_knows_its_address_names_it_in_badges_feed_and_map() {
    let seed = Seed::at("https://registry.example");
    let provider = text(&seed.site, "/providers/bookio:first").await;
    assert!(
        provider.contains("(https://registry.example/badge/bookio:first/booking.create_booking@0.1.0.svg)"),
        "{provider}"
    );
    let feed = text(&seed.site, "/feed.atom").await;
    assert!(
        feed.contains("<link href=\"https://registry.example/runs/"),
        "{feed}"
    );
    let map = text(&seed.site, "/sitemap.xml").await;
    for path in ["/", BOOKING, "/providers/bookio:second"] {
        assert!(
            map.contains(&format!("<loc>https://registry.example{path}</loc>")),
            "{path}"
        );
    }
    assert!(
        text(&seed.site, "/robots.txt")
            .await
            .contains("Sitemap: https://registry.example/sitemap.xml")
    );
}

#[tokio::test]
async fn the_page_of_a_provider_has_a_plot_a_claim_and_those_of_tests_on_demand() {
    let seed = Seed::new();
    let plots = |page: &str| page.matches("<svg class=\"plot\"").count();
    let page = text(&seed.site, "/providers/bookio:first").await;
    assert_eq!(plots(&page), 1, "{page}");
    let link = "?latency=booking.create_booking@0.1.0";
    assert!(page.contains(&format!("href=\"{link}#latency\"")), "{page}");
    let by_test = text(&seed.site, &format!("/providers/bookio:first{link}")).await;
    let tests = seed
        .bundle
        .suites
        .tests(&"booking.create_booking@0.1.0".parse().unwrap());
    assert_eq!(plots(&by_test), tests.len(), "{by_test}");
    let none = text(&seed.site, "/providers/bookio:first?latency=%3Cscript%3E").await;
    assert!(plots(&none) == 1 && !none.contains("<script"), "{none}");
}

#[tokio::test]
async fn providers_are_sorted_by_a_column_of_their_table() {
    let seed = Seed::new();
    let tests = seed
        .bundle
        .suites
        .tests(&"booking.create_booking@0.1.0".parse().unwrap());
    seed.add_failing_test(tests.len());
    let order = |page: &str| {
        let body = page.split("<tbody>").nth(1).unwrap().to_owned();
        body.find("bookio:first") < body.find("bookio:second")
    };
    let by_name = text(&seed.site, "/providers").await;
    assert!(
        order(&by_name) && by_name.contains("href=\"?sort=not_conformant\""),
        "{by_name}"
    );
    let failing = text(&seed.site, "/providers?sort=not_conformant").await;
    assert!(!order(&failing), "{failing}");
    assert!(failing.contains("aria-sort=\"descending\""), "{failing}");
    assert!(order(&text(&seed.site, "/providers?sort=conformant").await));
    let unknown = ask(&seed.site, "/providers?sort=%3Cscript%3E", None).await;
    assert_eq!(unknown.status.as_u16(), 404);
    assert!(!unknown.text.contains("<script"), "{}", unknown.text);
}

/// What a clean-up settles after a run is on its page, however lately the page was shown.
#[tokio::test]
async fn a_run_that_was_shown_is_shown_anew_when_its_record_has_news() {
    let seed = Seed::new();
    let run = &seed.runs[0];
    let path = format!("/runs/{run}");
    let first = text(&seed.site, &path).await;
    assert_eq!(text(&seed.site, &path).await, first);
    let connection =
        rusqlite::Connection::open(seed.folder().join(proofhouse::store::DATABASE_FILE)).unwrap();
    connection
        .execute(
            "UPDATE runs SET verdict = 'failed', publisher = 'Somebody' WHERE id = ?1",
            [run.as_str()],
        )
        .unwrap();
    let again = text(&seed.site, &path).await;
    assert!(again.contains("self-attested by Somebody"), "{again}");
}

/// What a page says of itself to whoever links to it.
#[tokio::test]
async fn a_site_that_knows_its_address_says_on_every_page_what_the_page_is() {
    let seed = Seed::at("https://registry.example");
    for (path, words) in [
        ("/", "providers that are proven"),
        (BOOKING, "2 of 2 providers keep it"),
        ("/providers/bookio:first", "1 of 1 claim conformant"),
        ("/platforms/bookio", "2 of 2 tenants"),
        (
            "/capabilities/booking.create_booking@0.1.0/tests/happy_path",
            "2 of 2 providers pass it",
        ),
        ("/kill-matrix", "fault"),
        ("/runs", "runs"),
    ] {
        let page = text(&seed.site, path).await;
        let head = page.split("</head>").next().unwrap();
        for part in [
            format!("<link rel=\"canonical\" href=\"https://registry.example{path}\">"),
            format!("<meta property=\"og:url\" content=\"https://registry.example{path}\">"),
            "<meta property=\"og:title\" content=\"".to_owned(),
            "<meta property=\"og:site_name\" content=\"proofhouse\">".to_owned(),
            "<meta name=\"twitter:card\" content=\"summary\">".to_owned(),
        ] {
            assert!(head.contains(&part), "{path}: {part}: {head}");
        }
        let says = head
            .split("property=\"og:description\" content=\"")
            .nth(1)
            .unwrap();
        let says = says.split('"').next().unwrap();
        assert!(says.contains(words), "{path}: {says}");
        assert!(!says.contains('`') && says.len() < 400, "{path}: {says}");
    }
    let run = text(&seed.site, &format!("/runs/{}", seed.runs[1])).await;
    let head = run.split("</head>").next().unwrap();
    assert!(head.contains("og:description\" content=\"failed"), "{head}");
    // A filtered page is the page itself to a crawler.
    let narrowed = text(&seed.site, &format!("{BOOKING}?outcome=fail")).await;
    assert!(
        narrowed.contains(&format!(
            "rel=\"canonical\" href=\"https://registry.example{BOOKING}\""
        )),
        "{narrowed}"
    );
    let unknown = Seed::new();
    let page = text(&unknown.site, BOOKING).await;
    assert!(!page.contains("canonical") && !page.contains("og:url"), "{page}");
    assert!(page.contains("<meta name=\"description\""), "{page}");
}

#[tokio::test]
async fn a_provider_shows_where_it_is_and_what_its_manifest_says_of_it() {
    let seed = Seed::new();
    seed.tell_about_providers();
    let page = text(&seed.site, "/providers/bookio:first").await;
    for words in ["Brno", "Europe/Prague", "barber", "late evenings"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("<script"), "{page}");
    let found = text(&seed.site, "/search?q=barber").await;
    assert!(!found.contains("<script"), "{found}");
}

#[tokio::test]
async fn the_page_of_a_capability_shows_who_keeps_which_rule() {
    let seed = Seed::new();
    let (_, token) = token(&seed, "others:*");
    let sent = Sent::started(&seed.bundle, "others:third", Utc::now() - TimeDelta::minutes(5));
    assert_eq!(publish(&seed, &token, &sent.run, &sent.record()).await.0, 200);
    let page = text(&seed.site, BOOKING).await;
    let matrix = page.split("id=\"rules\"").nth(1).unwrap_or_default();
    let rows: Vec<_> = matrix.split("<tr").skip(2).collect();
    assert!(
        rows.iter()
            .any(|row| row.contains("#rule-future-start") && row.contains("✓")),
        "{matrix}"
    );
}

#[tokio::test]
async fn requests_are_counted_for_a_monitor_and_logged_line_by_line() {
    let seed = Seed::new();
    let count = |page: &str, name: &str| {
        let line = page.lines().find(|line| line.starts_with(name)).unwrap();
        line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()
    };
    let before = text(&seed.site, "/metrics").await;
    ask(&seed.site, "/nothing?x=%0aforged", None).await;
    let after = text(&seed.site, "/metrics").await;
    let missing = "proofhouse_requests_total{class=\"4xx\"}";
    // Other tests of this process ask too.
    assert!(count(&after, missing) > count(&before, missing), "{after}");
    let (all, sum) = (
        "proofhouse_request_seconds_bucket{le=\"+Inf\"}",
        "proofhouse_request_seconds_count",
    );
    assert_eq!(count(&after, all), count(&after, sum));
    assert!(
        count(
            &after,
            "proofhouse_route_requests_total{route=\"none\",class=\"4xx\"}"
        ) > 0
    );
    ask(&seed.site, "/capabilities/booking.create_booking", None).await;
    let after = text(&seed.site, "/metrics").await;
    let route = "{route=\"/capabilities/{name}\"}";
    assert!(count(&after, &format!("proofhouse_route_seconds_count{route}")) > 0);
    assert!(count(&after, "proofhouse_work_seconds_count{kind=\"page\"}") > 0);
    assert!(
        !after.contains("booking"),
        "a label is the route, not what is asked for: {after}"
    );
    let asked = seed.asked.lock().unwrap();
    let [first, second, ..] = asked.as_slice() else {
        panic!("{asked:?}")
    };
    assert!(first.starts_with("GET /metrics 200 "), "{first}");
    assert!(second.starts_with("GET /nothing?x=%0aforged 404 "), "{second}");
}

#[tokio::test]
async fn who_follows_a_run_is_told_when_the_site_stops() {
    let seed = Seed::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let state = seed.state.clone();
    let served =
        tokio::spawn(async move { web::serve(state, listener, async { drop(stopped.await) }).await });
    let mut stream = TcpStream::connect(address).await.unwrap();
    let run = &seed.runs[seed.runs.len() - 1];
    let request = format!("GET /runs/{run}/live HTTP/1.1\r\nHost: a\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut piece = vec![0; 4096];
    let mut told = String::new();
    while !told.contains("event: progress") {
        let read = stream.read(&mut piece).await.unwrap();
        assert!(read > 0, "{told}");
        told.push_str(&String::from_utf8_lossy(&piece[..read]));
    }
    stop.send(()).unwrap();
    let rest = tokio::time::timeout(Duration::from_secs(2), async {
        let mut rest = String::new();
        stream.read_to_string(&mut rest).await.unwrap();
        rest
    });
    // Its connection ends whole, with the last chunk, and before the site would cut it.
    let rest = rest.await.expect("the stream is cut, not ended");
    assert!(rest.contains("retry:") && rest.ends_with("0\r\n\r\n"), "{rest:?}");
    served.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_page_is_shrunk_for_who_takes_it_and_has_a_tag_of_its_own() {
    let seed = Seed::new();
    let get = async |offer: Option<&str>, tag: Option<&str>| {
        let mut request = Request::get("/runs");
        if let Some(offer) = offer {
            request = request.header(header::ACCEPT_ENCODING, offer);
        }
        if let Some(tag) = tag {
            request = request.header(header::IF_NONE_MATCH, tag);
        }
        let asked = seed.site.clone().oneshot(request.body(Body::empty()).unwrap());
        let (parts, body) = asked.await.unwrap().into_parts();
        (parts, to_bytes(body, 1 << 20).await.unwrap())
    };
    let (plain, whole) = get(None, None).await;
    let (shrunk, small) = get(Some("br, gzip"), None).await;
    assert_eq!(shrunk.headers[header::CONTENT_ENCODING], "gzip");
    assert!(!plain.headers.contains_key(header::CONTENT_ENCODING));
    assert!(
        plain.headers[header::VARY]
            .to_str()
            .unwrap()
            .contains("accept-encoding")
    );
    assert!(
        small.len() < whole.len() / 2 && small.starts_with(&[0x1f, 0x8b]),
        "{}",
        small.len()
    );
    assert_ne!(plain.headers[header::ETAG], shrunk.headers[header::ETAG]);
    let tag = shrunk.headers[header::ETAG].to_str().unwrap();
    let (again, nothing) = get(Some("gzip"), Some(tag)).await;
    assert_eq!((again.status.as_u16(), nothing.len()), (304, 0));
}
