//! Runs that others publish say what they are wherever they decide, and decide nothing that the registry saw for itself.

use chrono::{DateTime, TimeDelta, Utc};
use proofhouse::model::{Level, Verdict};
use proofhouse::store::{ImportedFrom, RunStore, SqliteStore, Wait};
use serde_json::{Value, json};

use super::publishing::{Sent, publish, token};
use super::seed::Seed;
use super::{ask, text};

const BOOKING: &str = "booking.create_booking@0.1.0";

async fn read(seed: &Seed, path: &str) -> Value {
    serde_json::from_str(&text(&seed.site, &format!("/api/v1{path}")).await).unwrap()
}

async fn standing(seed: &Seed, provider: &str) -> (Value, Value) {
    let found = read(seed, &format!("/providers/{provider}")).await;
    let claims = found["claims"].as_array().unwrap().clone();
    let [claim] = claims.try_into().unwrap();
    (claim["standing"].clone(), claim["self_attested"].clone())
}

fn minutes_ago(minutes: i64) -> DateTime<Utc> {
    Utc::now() - TimeDelta::minutes(minutes)
}

/// Stores runs as if publishers had sent them long ago.
fn import(seed: &Seed, sent: &Sent, verdict: Verdict, from: ImportedFrom<'_>) {
    let store = SqliteStore::open(seed.folder()).unwrap();
    store
        .import(&sent.run, &sent.events(), verdict, from)
        .wait()
        .unwrap();
}

#[tokio::test]
async fn no_published_run_turns_a_verdict_of_the_registry() {
    let seed = Seed::new();
    seed.add_failing_run();
    let (_, token) = token(&seed, "bookio:*");
    let sent = Sent::started(&seed.bundle, "bookio:first", minutes_ago(5));
    assert_eq!(publish(&seed, &token, &sent.run, &sent.record()).await.0, 200);
    assert_eq!(
        standing(&seed, "bookio:first").await,
        (json!("not_conformant"), json!(false))
    );
    let badge = format!("/badge/bookio:first/{BOOKING}.svg");
    assert!(text(&seed.site, &badge).await.contains(">not conformant<"));
    let gate = read(
        &seed,
        &format!("/gate?provider=bookio:first&capability={BOOKING}"),
    )
    .await;
    assert_eq!(gate["answer"], "no", "{gate}");
    let matrix = read(&seed, &format!("/capabilities/{BOOKING}/matrix")).await;
    let row = matrix
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["provider"] == "bookio:first");
    assert_eq!(row.unwrap()["tests"]["happy_path"]["outcome"], "fail", "{matrix}");
    let feed = text(&seed.site, "/feed.atom").await;
    assert!(!feed.contains(sent.run.as_str()), "{feed}");
}

/// Neither do many of them, which fill the number of results that a standing is judged by, nor runs that were read from files.
#[tokio::test]
async fn many_published_runs_do_not_push_the_runs_of_the_registry_out() {
    let seed = Seed::new();
    seed.add_failing_run();
    for number in 0..70 {
        let sent = Sent::started(&seed.bundle, "bookio:first", minutes_ago(100 + number));
        let from = match number % 2 {
            0 => ImportedFrom::Files,
            _ => ImportedFrom::Publisher("Bookio"),
        };
        import(&seed, &sent, Verdict::Conformant, from);
    }
    assert_eq!(
        standing(&seed, "bookio:first").await,
        (json!("not_conformant"), json!(false))
    );
    let matrix = read(&seed, &format!("/capabilities/{BOOKING}/matrix")).await;
    let row = matrix
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["provider"] == "bookio:first");
    assert_eq!(row.unwrap()["tests"]["happy_path"]["outcome"], "fail", "{matrix}");
}

#[tokio::test]
async fn among_published_runs_the_one_that_was_received_last_decides() {
    let seed = Seed::empty();
    let (_, token) = token(&seed, "bookio:*");
    let green = Sent::started(&seed.bundle, "bookio:third", minutes_ago(5));
    let red = Sent::started(&seed.bundle, "bookio:third", minutes_ago(3_000)).failing();
    for sent in [&green, &red] {
        assert_eq!(publish(&seed, &token, &sent.run, &sent.record()).await.0, 200);
    }
    assert_eq!(standing(&seed, "bookio:third").await.0, json!("not_conformant"));
}

#[tokio::test]
async fn what_is_only_self_attested_says_so_at_every_place() {
    let seed = Seed::new();
    let (_, token) = token(&seed, "bookio:*");
    let sent = Sent::started(&seed.bundle, "bookio:third", minutes_ago(5));
    assert_eq!(publish(&seed, &token, &sent.run, &sent.record()).await.0, 200);
    assert_eq!(
        standing(&seed, "bookio:third").await,
        (json!("conformant"), json!(true))
    );
    for path in [
        format!("/badge/bookio:third/{BOOKING}.svg"),
        format!("/badge/bookio:third/{BOOKING}.json"),
        "/providers/bookio:third".to_owned(),
        "/providers".to_owned(),
        format!("/capabilities/{BOOKING}"),
        format!("/capabilities/{BOOKING}/matrix"),
        "/feed.atom".to_owned(),
        format!("/runs/{}", sent.run),
    ] {
        let page = text(&seed.site, &path).await;
        assert!(page.contains("self-attested"), "{path}: {page}");
    }
    let own = text(&seed.site, &format!("/badge/bookio:second/{BOOKING}.svg")).await;
    assert!(!own.contains("self-attested"), "{own}");
    let gate = read(
        &seed,
        &format!("/gate?provider=bookio:third&capability={BOOKING}"),
    )
    .await;
    assert_eq!(
        (&gate["answer"], &gate["self_attested"]),
        (&json!("yes"), &json!(true))
    );
    assert!(gate["notes"].to_string().contains("self-attested"), "{gate}");
    let ranked = read(&seed, &format!("/capabilities/{BOOKING}/providers")).await;
    let of = |name: &str| {
        let mut rows = ranked.as_array().unwrap().iter();
        let at = rows.position(|row| row["provider"] == name).unwrap();
        (at, ranked[at]["self_attested"].clone())
    };
    let (own, attested) = (of("bookio:second"), of("bookio:third"));
    assert_eq!((own.1, attested.1), (json!(false), json!(true)));
    assert!(
        own.0 < attested.0,
        "what the registry saw goes before what is attested: {ranked}"
    );
    let matrix = read(&seed, &format!("/capabilities/{BOOKING}/matrix")).await;
    assert!(matrix.to_string().contains("\"self_attested\":true"), "{matrix}");
    let providers = read(&seed, "/providers").await;
    let mut rows = providers.as_array().unwrap().iter();
    let third = rows.find(|row| row["provider"] == "bookio:third").unwrap();
    assert_eq!(third["self_attested"], 1, "{providers}");
}

/// A run that the operator merged from files is nobody's word: it says so, and is not taken for the registry's own.
#[tokio::test]
async fn a_run_that_was_merged_from_files_says_so() {
    let seed = Seed::empty();
    let sent = Sent::started(&seed.bundle, "bookio:third", minutes_ago(5));
    import(&seed, &sent, Verdict::Conformant, ImportedFrom::Files);
    for path in [
        format!("/badge/bookio:third/{BOOKING}.svg"),
        "/providers/bookio:third".to_owned(),
        format!("/runs/{}", sent.run),
        "/runs".to_owned(),
    ] {
        let page = text(&seed.site, &path).await;
        assert!(page.contains("from files"), "{path}: {page}");
    }
}

#[tokio::test]
async fn rows_outside_of_their_run_and_tests_that_the_suite_does_not_have_are_refused_with_the_place() {
    let seed = Seed::empty();
    let (_, token) = token(&seed, "bookio:*");
    let sent = || Sent::started(&seed.bundle, "bookio:third", minutes_ago(5));
    let mut late = sent();
    late.rows[0].when = "9999-12-31T23:59:59Z".parse().unwrap();
    let mut early = sent();
    early.rows[1].when = minutes_ago(60);
    let mut invented = sent();
    invented.rows[2].test = "was_never_written".parse().unwrap();
    let mut softened = sent();
    let must = softened
        .rows
        .iter_mut()
        .find(|row| row.level == Level::Must)
        .unwrap();
    must.level = Level::Should;
    let name = must.test.to_string();
    let mut of_later = sent();
    of_later.header.contracts[0].edition = Some(proofhouse::model::EditionRecord {
        name: "2099-01".to_owned(),
        digest: "00".repeat(32),
    });
    let mut other_rules = sent();
    other_rules.header.providers[0].claims[0].version = "9.9.9".parse().unwrap();
    for (sent, words) in [
        (late, "9999-12-31"),
        (early, "before the run started"),
        (invented, "was_never_written"),
        (softened, name.as_str()),
        (of_later, "2099-01"),
        (other_rules, "9.9.9"),
    ] {
        let (status, answer) = publish(&seed, &token, &sent.run, &sent.record()).await;
        assert_eq!(status, 422, "{words}: {answer}");
        let reasons = answer["reasons"].as_array().unwrap();
        assert!(
            reasons
                .iter()
                .any(|reason| reason.as_str().unwrap().contains(words)),
            "{words}: {answer}"
        );
    }
}

/// The header of a record is the publisher's. The essential tests, and with them the verdict, are the registry's.
#[tokio::test]
async fn the_verdict_of_a_published_run_is_judged_by_the_contract_of_the_registry() {
    let seed = Seed::empty();
    let (_, token) = token(&seed, "bookio:*");
    let mut sent = Sent::started(&seed.bundle, "bookio:third", minutes_ago(5));
    for row in &mut sent.rows {
        if row.level == Level::Must && row.test.as_str() != "rejects_past_time" {
            row.outcome = proofhouse::model::Outcome::Skip;
        }
    }
    let (status, answer) = publish(&seed, &token, &sent.run, &sent.record()).await;
    assert_eq!(
        (status, &answer["verdict"]),
        (200, &json!("unproven")),
        "{answer}"
    );
    let page = ask(&seed.site, &format!("/runs/{}", sent.run), None).await;
    assert!(page.text.contains("unproven"), "{}", page.text);
}
