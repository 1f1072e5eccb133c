//! The JSON API: every documented route answers as it is described, and what makes no sense is a problem.

use axum::http::{StatusCode, header};
use proofhouse::model::RunId;
use proofhouse::web;
use serde_json::{Value, json};

use super::ask;
use super::seed::Seed;

const BOOKING: &str = "booking.create_booking@0.1.0";

async fn read(seed: &Seed, path: &str) -> Value {
    let page = ask(&seed.site, &format!("/api/v1{path}"), None).await;
    assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
    assert_eq!(page.headers[header::CONTENT_TYPE], "application/json", "{path}");
    serde_json::from_str(&page.text).unwrap()
}

/// A documented path with something that is there in place of each parameter, and the query that it needs.
fn filled(path: &str, operation: &Value, run: &RunId, certificate: &str) -> String {
    let mut path = path
        .replace("{capability}", BOOKING)
        .replace("{provider}", "bookio:first")
        .replace("{run}", run.as_str())
        .replace("{certificate}", certificate);
    let parameters = operation["parameters"].as_array().unwrap();
    let needed = parameters
        .iter()
        .filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
    for (at, parameter) in needed.enumerate() {
        let value = match parameter["name"].as_str().unwrap() {
            "provider" => "bookio:first",
            "capability" => BOOKING,
            other => panic!("{path} needs `{other}`"),
        };
        path.push(if at == 0 { '?' } else { '&' });
        path.extend([parameter["name"].as_str().unwrap(), "=", value]);
    }
    assert!(!path.contains('{'), "{path}");
    path
}

#[tokio::test]
async fn every_documented_route_answers_as_it_is_described() {
    let seed = Seed::new();
    let served = read(&seed, "/openapi.json").await;
    assert_eq!(served, web::openapi());
    let certificates = read(&seed, "/certificates").await;
    let certificate = certificates[0]["certificate"].as_str().unwrap();
    let mut asked = 0;
    for (path, item) in served["paths"].as_object().unwrap() {
        let operation = &item["get"];
        if operation["parameters"].is_null() {
            continue;
        }
        let path = filled(path, operation, &seed.runs[1], certificate);
        let answer = ask(&seed.site, &path, None).await;
        if operation["security"].is_array() {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}: {}", answer.text);
            continue;
        }
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        let mut schema = operation["responses"]["200"]["content"]["application/json"]["schema"].clone();
        schema["components"] = served["components"].clone();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let answer: Value = serde_json::from_str(&answer.text).unwrap();
        let wrong: Vec<_> = validator
            .iter_errors(&answer)
            .map(|error| error.to_string())
            .collect();
        assert!(wrong.is_empty(), "{path}: {wrong:?}");
        asked += 1;
    }
    assert!(asked >= 10, "{asked} routes are documented");
}

#[tokio::test]
async fn a_field_that_is_left_out_or_of_another_type_is_told_by_the_description() {
    let described = web::openapi();
    let mut schema = described["components"]["schemas"]["ProviderEntry"].clone();
    schema["components"] = described["components"].clone();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let entry = json!({ "provider": "a:b", "conformant": 1, "not_conformant": 0, "unproven": 0, "unknown": 0, "self_attested": 0 });
    assert!(validator.is_valid(&entry));
    for (field, value) in [("conformant", json!("1")), ("provider", Value::Null)] {
        let mut wrong = entry.clone();
        wrong[field] = value;
        assert!(!validator.is_valid(&wrong), "{wrong}");
        wrong.as_object_mut().unwrap().shift_remove(field);
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_a_problem_and_what_is_not_there_is_not_found() {
    let seed = Seed::new();
    let results = format!("/capabilities/{BOOKING}/results");
    for (path, status) in [
        (format!("{results}?outcom=fail"), 400),
        (format!("{results}?outcome=great"), 400),
        (format!("{results}?limit=0"), 400),
        (format!("{results}?limit=501"), 400),
        (format!("{results}?since=yesterday"), 400),
        (format!("{results}?before=x"), 400),
        (format!("{results}?provider=%3Cscript%3E"), 400),
        ("/gate?provider=bookio:first".to_owned(), 400),
        (
            format!("/gate?provider=bookio:first&capability={BOOKING}&min_pass_rate=0.9"),
            400,
        ),
        ("/capabilities/booking.nothing".to_owned(), 404),
        (format!("/capabilities/{BOOKING}/diff?to=9.9.9"), 404),
        ("/providers/bookio:nobody".to_owned(), 404),
        ("/runs/latest".to_owned(), 404),
        ("/certificates/0123456789abcdef".to_owned(), 404),
        ("/nothing".to_owned(), 404),
    ] {
        let page = ask(&seed.site, &format!("/api/v1{path}"), None).await;
        assert_eq!(page.status.as_u16(), status, "{path}: {}", page.text);
        assert_eq!(
            page.headers[header::CONTENT_TYPE],
            "application/problem+json",
            "{path}"
        );
        let problem: Value = serde_json::from_str(&page.text).unwrap();
        assert_eq!(problem["status"], status, "{path}");
        assert!(
            problem["detail"].as_str().is_some_and(|words| !words.is_empty()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn pages_of_results_go_on_where_the_last_one_ended() {
    let seed = Seed::new();
    let mut seen = Vec::new();
    let mut next = String::new();
    loop {
        let page = read(&seed, &format!("/capabilities/{BOOKING}/results?limit=7{next}")).await;
        seen.extend(page["items"].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(place) => next = format!("&before={place}"),
            None => break,
        }
    }
    let mut distinct: Vec<_> = seen.iter().map(ToString::to_string).collect();
    distinct.sort();
    distinct.dedup();
    assert_eq!((seen.len(), distinct.len()), (seed.results, seed.results));
}

#[tokio::test]
async fn a_provider_that_is_proven_often_hides_nobody() {
    let seed = Seed::new();
    seed.add_busy_provider(60);
    let matrix = read(&seed, &format!("/capabilities/{BOOKING}/matrix")).await;
    let rows = matrix.as_array().unwrap();
    let tests = seed.bundle.suites.tests(&BOOKING.parse().unwrap()).len();
    assert_eq!(rows.len(), 3, "{matrix}");
    for (row, provider) in rows.iter().zip(["bookio:busy", "bookio:first", "bookio:second"]) {
        assert_eq!(row["provider"], provider);
        assert_eq!(row["tests"].as_object().unwrap().len(), tests, "{row}");
    }
    assert_eq!(rows[1]["tests"]["happy_path"]["run"], seed.runs[3].as_str());
    let ranked = read(&seed, &format!("/capabilities/{BOOKING}/providers")).await;
    assert_eq!(ranked.as_array().unwrap().len(), 3, "{ranked}");
}

#[tokio::test]
async fn a_file_that_is_no_certificate_is_shown_as_one_that_does_not_hold() {
    let seed = Seed::new();
    let list = read(&seed, "/certificates").await;
    let id = list[0]["certificate"].as_str().unwrap();
    assert_eq!(
        list,
        json!([{
            "certificate": id, "holds": false, "third_party": false, "provider": null, "capability": null, "not_after": null,
        }])
    );
    let shown = read(&seed, &format!("/certificates/{id}")).await;
    assert_eq!(shown["verification"]["checks"][0]["check"], "envelope");
    assert_eq!(shown["verification"]["checks"][0]["holds"], false);
    assert!(shown["file"].as_str().unwrap().contains("alert(1)"));
}

#[tokio::test]
async fn results_are_narrowed_by_time() {
    let seed = Seed::new();
    let all = read(&seed, &format!("/capabilities/{BOOKING}/results?limit=500")).await;
    let times: Vec<&str> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["when"].as_str().unwrap())
        .collect();
    let newest = times[0];
    let count = |from: &str, word: &str| {
        let path = format!("/capabilities/{BOOKING}/results?limit=500&{word}={from}");
        let seed = &seed;
        async move { read(seed, &path).await["items"].as_array().unwrap().len() }
    };
    let at_newest = times.iter().filter(|time| **time == newest).count();
    assert!(at_newest > 0 && at_newest < times.len());
    assert_eq!(count(newest, "since").await, at_newest);
    assert_eq!(count(newest, "until").await, times.len() - at_newest);
}

#[tokio::test]
async fn a_gate_answers_with_its_reasons() {
    let seed = Seed::new();
    let answer = read(
        &seed,
        &format!("/gate?provider=bookio:second&capability={BOOKING}"),
    )
    .await;
    assert_eq!((&answer["answer"], &answer["exit"]), (&json!("yes"), &json!(0)));
    let old = read(
        &seed,
        &format!("/gate?provider=bookio:second&capability={BOOKING}&max_age_seconds=1"),
    )
    .await;
    assert_eq!(old["answer"], "unknown", "{old}");
    let nobody = read(
        &seed,
        &format!("/gate?provider=bookio:nobody&capability={BOOKING}"),
    )
    .await;
    assert_eq!(nobody["answer"], "unknown", "{nobody}");
}

#[tokio::test]
async fn a_run_that_is_kept_meanwhile_changes_the_standings() {
    let seed = Seed::new();
    let standing = async || read(&seed, "/providers/bookio:second").await["claims"][0]["standing"].clone();
    assert_eq!(standing().await, "conformant");
    seed.add_failing_run();
    assert_eq!(standing().await, "not_conformant");
}
