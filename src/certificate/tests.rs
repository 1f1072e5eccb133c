//! Each rule of the decision refuses, and each claim of the verification breaks.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::*;
use crate::diagnostic::Source;
use crate::event::{ContractRecord, DialectRecord};
use crate::model::{CapabilityRef, KnownAs, Outcome, ProviderId};
use crate::summary::sample::{Row, Sample, at, known, row};

mod countersigning;
mod lies;

const PROVIDER: &str = "bookio:salon-aurora";

fn capability() -> CapabilityRef {
    "booking.create_booking@0.1.0".parse().unwrap()
}

fn test(name: &str) -> String {
    format!("{}/{name}", capability())
}

fn expected() -> Expected {
    Expected {
        capability: capability(),
        contract_digest: "c0".repeat(32),
        suite_digest: "5e".repeat(32),
        must: ["happy_path", "rejects_past_time", "window"].map(test).into(),
        should: [test("alternatives")].into(),
        editions: vec![Requirements {
            edition: None,
            must: ["happy_path", "rejects_past_time", "window"].map(test).into(),
            essential: [test("happy_path")].into(),
        }],
        former: [].into(),
        rules: Vec::new(),
    }
}

fn rows() -> Vec<Row> {
    vec![
        row(PROVIDER, "happy_path"),
        row(PROVIDER, "rejects_past_time"),
        row(PROVIDER, "window").ends(Outcome::Skip),
        row(PROVIDER, "alternatives").should(),
    ]
}

fn sample(rows: Vec<Row>) -> Sample {
    let mut sample = Sample::of(rows);
    sample.header.contracts = vec![ContractRecord::new(
        capability(),
        expected().contract_digest,
        expected().suite_digest,
    )];
    for kind in &mut sample.middle {
        if let crate::event::RunEventKind::TestFinished(result) = kind
            && result.outcome == Outcome::Skip
        {
            result.message = Some("it takes a test clock, and the provider has none".to_owned());
        }
    }
    sample
}

fn evidence() -> Evidence {
    Evidence {
        record_digest: "e1".repeat(32),
        now: at(3600),
        max_age: TimeDelta::days(7),
        valid: TimeDelta::days(90),
        assurance: Assurance::SelfAttested,
    }
}

fn decided(sample: &Sample, evidence: &Evidence) -> Result<Statement, Vec<String>> {
    let provider: ProviderId = PROVIDER.parse().unwrap();
    let claim = Claim {
        provider: &provider,
        expected: &expected(),
    };
    decide(&sample.fold().unwrap(), claim, evidence)
        .map_err(|refusals| refusals.iter().map(ToString::to_string).collect())
}

fn refused(sample: &Sample) -> Vec<String> {
    decided(sample, &evidence()).unwrap_err()
}

#[test]
fn each_rule_refuses_for_itself() {
    let with = |bent: Row| {
        let mut rows = rows();
        rows[0] = bent;
        sample(rows)
    };
    let mut messages = Vec::new();
    messages.extend(refused(&sample(rows()).killed()));
    messages.extend(refused(&sample(rows()).interrupted()));
    messages.extend(refused(&with(row(PROVIDER, "happy_path").fails("wrong"))));
    messages.extend(refused(&with(row(PROVIDER, "happy_path").ends(Outcome::Error))));
    messages.extend(refused(&with(row(PROVIDER, "happy_path").ends(Outcome::Blocked))));
    messages.extend(refused(&with(row(PROVIDER, "happy_path").flaky())));
    messages.extend(refused(&with(row(PROVIDER, "another"))));
    messages.extend(refused(&with(row("bookio:other", "happy_path"))));
    let baseline = [known(KnownAs::Failing, PROVIDER, "happy_path")];
    messages.extend(refused(
        &with(row(PROVIDER, "happy_path").fails("wrong")).with_baseline(baseline),
    ));
    let mut filtered = sample(rows());
    filtered.header.selection.tests = vec!["happy_*".to_owned()];
    messages.extend(refused(&filtered));
    let mut reading = sample(rows());
    reading.header.selection.read_only = true;
    messages.extend(refused(&reading));
    let mut partial = sample(rows());
    partial.header.selection.partition = Some("1/2".parse().unwrap());
    messages.extend(refused(&partial));
    let mut contract = sample(rows());
    contract.header.contracts[0].digest = "dd".repeat(32);
    messages.extend(refused(&contract));
    let mut suite = sample(rows());
    suite.header.contracts[0].suite_digest = "dd".repeat(32);
    messages.extend(refused(&suite));
    let skipped = rows().into_iter().map(|row| row.ends(Outcome::Skip)).collect();
    messages.extend(refused(&sample(skipped)));
    let mut twice = sample(rows());
    twice.header.providers.push(twice.header.providers[0].clone());
    messages.extend(refused(&twice));
    messages.extend(refused(&sample(vec![row("bookio:other", "happy_path")])));
    let late = Evidence {
        now: at(60) + TimeDelta::days(8),
        ..evidence()
    };
    messages.extend(decided(&sample(rows()), &late).unwrap_err());
    let early = Evidence {
        now: at(-600),
        ..evidence()
    };
    messages.extend(decided(&sample(rows()), &early).unwrap_err());
    insta::assert_snapshot!("what_each_rule_says", messages.join("\n"));
}

#[test]
fn a_failed_ruling_is_a_warning_of_the_certificate() {
    let mut rows = rows();
    rows[3] = row(PROVIDER, "alternatives").should().fails("not the closest");
    let statement = decided(&sample(rows), &evidence()).unwrap();
    assert_eq!(statement.predicate.result, AttestedResult::Warned);
    assert_eq!(statement.predicate.warned_tests, [test("alternatives")]);
}

#[test]
fn the_short_form_vouches_for_no_more_than_the_certificate() {
    let short = |rows| {
        let statement = decided(&sample(rows), &evidence()).unwrap();
        let about = statement.predicate.proofhouse.as_ref().unwrap();
        let bytes = svr(&statement, about, &key(1).public()).unwrap();
        let short: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(
            short["subject"],
            serde_json::to_value(&statement.subject).unwrap()
        );
        short
    };
    let must = json!("PROOFHOUSE_MUST:booking.create_booking@0.1.0");
    let should = json!("PROOFHOUSE_SHOULD:booking.create_booking@0.1.0");
    let passed = short(rows());
    assert_eq!(passed["predicate"]["properties"], json!([must, should]));
    let verifier = format!("urn:proofhouse:verifier:1:{}", key(1).public().id());
    assert_eq!(passed["predicate"]["verifier"]["id"], verifier);
    let mut warned = rows();
    warned[3] = row(PROVIDER, "alternatives").should().fails("not the closest");
    assert_eq!(short(warned)["predicate"]["properties"], json!([must]));
}

fn key(seed: u8) -> PrivateKey {
    PrivateKey::from_seed(&[seed; 32])
}

fn trust_text() -> String {
    let indented = |seed| key(seed).public().to_pem().replace('\n', "\n      ");
    format!(
        "format: proofhouse.trust/1
keys:
  - name: Bookio
    public: |
      {}
    role: provider
    providers: [\"bookio:*\"]
    from: 2026-01-01
    until: 2027-06-01
  - name: Registry
    public: |
      {}
    role: registry
    from: 2026-01-01
    until: 2027-06-01
",
        indented(1).trim_end(),
        indented(2).trim_end()
    )
}

fn trusting(text: &str) -> Trust {
    Trust::read(&Source::new("trust.yaml", text)).unwrap()
}

fn certificate() -> Envelope {
    let statement = decided(&sample(rows()), &evidence()).unwrap();
    let mut envelope = Envelope::around(statement.to_bytes().unwrap());
    envelope.sign(&key(1));
    envelope
}

fn verified_at(text: &str, trust: &str, now: DateTime<Utc>) -> Verification {
    let registry = |asked: &CapabilityRef| (*asked == capability()).then(expected);
    verify(text, &trusting(trust), &registry, now)
}

fn verified(envelope: &Envelope) -> Verification {
    verified_at(&envelope.to_json(), &trust_text(), at(7200))
}

/// The only check that does not hold, with what it says.
fn broken(found: &Verification) -> (Check, String) {
    let mut wrong = found.checks.iter().filter(|checked| checked.holds == Some(false));
    let first = wrong.next().expect("a check that does not hold");
    assert_eq!(wrong.next(), None, "only one check does not hold");
    (first.check, first.note.clone())
}

/// A certificate whose statement was bent before it was signed.
fn bent(bend: impl FnOnce(&mut Value)) -> Verification {
    let mut statement: Value = serde_json::from_slice(&certificate().payload).unwrap();
    bend(&mut statement);
    let mut envelope = Envelope::around(statement.to_string().into_bytes());
    envelope.sign(&key(1));
    verified(&envelope)
}

#[test]
fn a_certificate_holds_after_a_test_was_renamed() {
    let text = certificate().to_json();
    let renamed = |former: &[(&str, &str)]| {
        let mut expected = expected();
        for (before, today) in former {
            let held = &mut expected.editions[0];
            for list in [
                &mut expected.must,
                &mut expected.should,
                &mut held.must,
                &mut held.essential,
            ] {
                if list.remove(&test(before)) {
                    list.insert(test(today));
                }
            }
            expected.former.insert(test(before), test(today));
        }
        let registry = |asked: &CapabilityRef| (*asked == capability()).then(|| expected.clone());
        verify(&text, &trusting(&trust_text()), &registry, at(7200))
    };
    let all = [
        ("happy_path", "books"),
        ("window", "repeat_in_window"),
        ("alternatives", "closest"),
    ];
    assert!(renamed(&all).holds());
    // Without the former names the same tests are others.
    let mut forgotten = expected();
    for list in [&mut forgotten.must, &mut forgotten.editions[0].must] {
        list.remove(&test("window"));
        list.insert(test("repeat_in_window"));
    }
    let registry = |_: &CapabilityRef| Some(forgotten.clone());
    let found = verify(&text, &trusting(&trust_text()), &registry, at(7200));
    let wrong: Vec<_> = found
        .checks
        .iter()
        .filter(|checked| checked.holds == Some(false))
        .map(|checked| checked.check)
        .collect();
    assert_eq!(wrong, [Check::Requirements, Check::Tests]);
}

#[test]
fn a_certificate_holds_with_every_check_told() {
    let found = verified(&certificate());
    assert!(found.holds());
    assert!(!found.third_party);
    let messages: Vec<_> = found
        .checks
        .iter()
        .map(|checked| format!("{:<12} {}", checked.check, checked.note))
        .collect();
    insta::assert_snapshot!("the_checks_of_a_certificate", messages.join("\n"));
}

#[test]
fn other_spellings_of_the_same_envelope_and_unknown_fields_hold() {
    let envelope = certificate();
    let text = json!({
        "payload": URL_SAFE.encode(&envelope.payload),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{ "keyid": "", "sig": URL_SAFE.encode(envelope.signatures[0].sig.unwrap()) }],
        "unknown": true,
    });
    assert!(verified_at(&text.to_string(), &trust_text(), at(7200)).holds());
    assert!(bent(|statement| statement["predicate"]["later"] = json!({ "x": 1 })).holds());
}

#[test]
fn one_flipped_byte_of_the_payload_breaks_the_signature_and_nothing_of_it_is_read() {
    let mut envelope = certificate();
    envelope.payload[40] ^= 1;
    let found = verified(&envelope);
    assert_eq!(broken(&found).0, Check::Signature);
    assert_eq!(found.about, None);
}

#[test]
fn another_payload_type_is_refused() {
    let mut envelope = certificate();
    envelope.payload_type = "application/json".to_owned();
    assert_eq!(broken(&verified(&envelope)).0, Check::PayloadType);
}

#[test]
fn a_bad_or_unknown_signature_beside_a_good_one_takes_nothing_from_it() {
    let bad = |seed: u8, sig| Signature {
        keyid: key(seed).public().id(),
        sig,
    };
    for beside in [
        bad(1, Some([7; 64])),
        bad(2, Some([7; 64])),
        bad(2, None),
        bad(9, Some([7; 64])),
    ] {
        let mut envelope = certificate();
        envelope.signatures.insert(0, beside);
        let found = verified(&envelope);
        assert!(found.holds() && !found.third_party);
    }
    let mut alone = certificate();
    alone.signatures = vec![bad(1, Some([0; 64]))];
    let (check, note) = broken(&verified(&alone));
    assert_eq!(check, Check::Signature);
    assert_eq!(
        note,
        "a signature that is said to be of `Bookio` does not hold, and there is no other"
    );
    alone.signatures.clear();
    alone.sign(&key(9));
    assert_eq!(broken(&verified(&alone)).0, Check::Signature);
}

#[test]
fn a_key_twice_in_what_was_signed_is_refused() {
    let text = String::from_utf8(certificate().payload).unwrap();
    let twice = text.replacen('{', r#"{"_type":"x","#, 1);
    let mut envelope = Envelope::around(twice.into_bytes());
    envelope.sign(&key(1));
    let (check, note) = broken(&verified(&envelope));
    assert_eq!(check, Check::Statement);
    assert!(note.contains("stands twice"), "{note}");
}

#[test]
fn a_statement_of_another_kind_or_of_a_later_version_is_refused() {
    for (pointer, value) in [
        ("/_type", json!("https://in-toto.io/Statement/v0.1")),
        ("/predicateType", json!("https://slsa.dev/provenance/v1")),
        ("/predicate/proofhouse/version", json!(3)),
    ] {
        let found = bent(|statement| *statement.pointer_mut(pointer).unwrap() = value);
        assert_eq!(broken(&found).0, Check::Statement, "{pointer}");
    }
}

#[test]
fn a_key_speaks_of_its_own_providers_within_its_time_and_for_itself() {
    let text = certificate().to_json();
    let with =
        |from: &str, to: &str| broken(&verified_at(&text, &trust_text().replace(from, to), at(7200))).0;
    assert_eq!(with("bookio:*", "other:*"), Check::Key);
    assert_eq!(with("from: 2026-01-01", "from: 2027-01-01"), Check::Key);
    assert_eq!(with("until: 2027-06-01", "until: 2026-02-01"), Check::Key);
    let found = bent(|statement| statement["predicate"]["proofhouse"]["assurance"] = json!("registry_run"));
    assert_eq!(broken(&found).0, Check::Key);
}

#[test]
fn it_holds_from_when_it_was_written_until_it_expires() {
    let text = certificate().to_json();
    let at_time = |now| verified_at(&text, &trust_text(), now);
    assert_eq!(broken(&at_time(at(3599))).0, Check::Expiry);
    let end = at(3600) + TimeDelta::days(90);
    assert!(at_time(end - TimeDelta::seconds(1)).holds());
    assert_eq!(broken(&at_time(end)).0, Check::Expiry);
    let found = bent(|statement| {
        statement["predicate"]["proofhouse"]["finishedOn"] = json!(at(3700));
    });
    assert_eq!(broken(&found).0, Check::Expiry);
}

#[test]
fn a_revoked_run_or_key_is_refused_with_its_reason() {
    let text = certificate().to_json();
    let run = Sample::of(rows()).header.run;
    let revoked = |list: &str, id: &str| {
        let trust = format!(
            "{}revoked:\n  {list}:\n    - id: {id}\n      reason: it was lost\n",
            trust_text()
        );
        broken(&verified_at(&text, &trust, at(7200)))
    };
    for (list, id) in [("runs", run.as_str().to_owned()), ("keys", key(1).public().id())] {
        let (check, note) = revoked(list, &id);
        assert_eq!(check, Check::Revocation);
        assert!(note.ends_with("it was lost"), "{note}");
    }
}

#[test]
fn the_subject_is_the_named_provider_by_its_descriptor() {
    let another = STANDARD.encode(r#"{"id":"bookio:other"}"#);
    let found = bent(|statement| {
        let parts = statement["predicate"]["configuration"].as_array_mut().unwrap();
        let part = parts.iter_mut().find(|part| part["name"] == "provider").unwrap();
        part["content"] = json!(another);
    });
    assert_eq!(broken(&found).0, Check::Subject);
    let found = bent(|statement| statement["subject"][0]["name"] = json!("provider:bookio:other"));
    assert_eq!(broken(&found).0, Check::Subject);
    let found = bent(|statement| {
        let first = statement["subject"][0].clone();
        statement["subject"].as_array_mut().unwrap().push(first);
    });
    assert_eq!(broken(&found).0, Check::Subject);
}

#[test]
fn each_digest_has_to_be_the_registrys() {
    for (part, check) in [
        ("contract", Check::Contract),
        ("suite", Check::Suite),
        ("requirements", Check::Requirements),
    ] {
        let found = bent(|statement| {
            let parts = statement["predicate"]["configuration"].as_array_mut().unwrap();
            let part = parts.iter_mut().find(|one| one["name"] == part).unwrap();
            part["digest"]["sha256"] = json!("00".repeat(32));
        });
        assert_eq!(broken(&found).0, check);
    }
    let found = bent(|statement| statement["predicate"]["proofhouse"]["required"] = json!(2));
    assert_eq!(broken(&found).0, Check::Requirements);
    let unknown = verify(
        &certificate().to_json(),
        &trusting(&trust_text()),
        &|_| None,
        at(7200),
    );
    assert_eq!(broken(&unknown).0, Check::Contract);
}

#[test]
fn the_tests_that_should_be_there_are_derived_anew() {
    let passed = |list: Value| bent(|statement| statement["predicate"]["passedTests"] = list);
    let both = passed(json!([test("happy_path"), test("rejects_past_time")]));
    assert!(both.holds());
    assert_eq!(broken(&passed(json!([test("happy_path")]))).0, Check::Tests);
    assert_eq!(
        broken(&passed(json!([
            test("happy_path"),
            test("rejects_past_time"),
            test("made_up")
        ])))
        .0,
        Check::Tests
    );
    assert_eq!(
        broken(&passed(json!([
            test("happy_path"),
            test("rejects_past_time"),
            test("window")
        ])))
        .0,
        Check::Tests
    );
    let found = bent(|statement| {
        statement["predicate"]["proofhouse"]["skippedTests"][0]["reason"] = json!(" ");
    });
    assert_eq!(broken(&found).0, Check::Tests);
    let found = bent(|statement| {
        statement["predicate"]["passedTests"] = json!([]);
        statement["predicate"]["proofhouse"]["skippedTests"] = json!(
            ["happy_path", "rejects_past_time", "window"]
                .map(|name| json!({ "name": test(name), "reason": "x" }))
        );
    });
    assert_eq!(broken(&found).0, Check::Tests);
}

#[test]
fn the_result_has_to_follow_from_the_lists() {
    let result = |result: &str| {
        let result = json!(result);
        bent(|statement| statement["predicate"]["result"] = result)
    };
    assert_eq!(broken(&result("WARNED")).0, Check::Result);
    assert_eq!(broken(&result("FAILED")).0, Check::Result);
    let found = bent(|statement| {
        statement["predicate"]["result"] = json!("FAILED");
        statement["predicate"]["failedTests"] = json!([test("alternatives")]);
    });
    assert_eq!(broken(&found).0, Check::Result);
}

#[test]
fn a_file_that_is_no_envelope_is_one_failed_check_and_the_others_are_not_looked_at() {
    let found = verified_at("{}", &trust_text(), at(0));
    assert_eq!(broken(&found).0, Check::Envelope);
    let unlooked = found.checks.iter().filter(|checked| checked.holds.is_none());
    assert_eq!(unlooked.count(), Check::ALL.len() - 1);
}

#[test]
fn a_trust_file_says_where_it_is_wrong() {
    let wrong = |text: &str| {
        Trust::read(&Source::new("trust.yaml", text))
            .unwrap_err()
            .render(false)
    };
    let text = trust_text();
    let messages = [
        wrong(&text.replace("role: registry", "role: registrar")),
        wrong(&text.replace("    until: 2027-06-01", "    untill: 2027-06-01")),
        wrong(&text.replacen("    providers: [\"bookio:*\"]\n", "", 1)),
        wrong(&text.replacen("from: 2026-01-01", "from: 2026-13-01", 1)),
        wrong(&text.replace("trust/1", "trust/2")),
    ];
    insta::assert_snapshot!("mistakes_of_a_trust_file", messages.join("\n"));
}
