//! Signers that are trusted and lie, and trust files that would trust or revoke otherwise than they say.

use super::*;

fn trust_until(until: &str) -> String {
    trust_text().replace("until: 2027-06-01", &format!("until: {until}"))
}

fn ending(not_after: &str) -> String {
    let mut statement: Value = serde_json::from_slice(&certificate().payload).unwrap();
    statement["predicate"]["proofhouse"]["notAfter"] = json!(not_after);
    let mut envelope = Envelope::around(statement.to_string().into_bytes());
    envelope.sign(&key(1));
    envelope.to_json()
}

#[test]
fn it_ends_within_the_trust_of_its_key_and_within_a_year() {
    let check = |trust: &str, not_after| broken(&verified_at(&ending(not_after), trust, at(7200))).0;
    assert_eq!(
        check(&trust_until("2027-06-01"), "2027-06-01T00:00:01Z"),
        Check::Key
    );
    assert_eq!(
        check(&trust_until("2027-01-01"), "2027-02-19T00:00:00Z"),
        Check::Key
    );
    assert_eq!(
        check(&trust_until("2120-01-01"), "2027-11-23T00:00:00Z"),
        Check::Expiry
    );
    assert_eq!(
        check(&trust_until("2120-01-01"), "2099-01-01T00:00:00Z"),
        Check::Expiry
    );
    let last = ending("2027-06-01T00:00:00Z");
    assert!(verified_at(&last, &trust_until("2027-06-01"), at(7200)).holds());
    let year = ending("2027-11-22T00:00:00Z");
    assert!(verified_at(&year, &trust_until("2120-01-01"), at(7200)).holds());
}

#[test]
fn no_run_is_certified_for_more_than_a_year_or_past_the_trust_of_the_key() {
    let of = |days| Evidence {
        valid: TimeDelta::days(days),
        ..evidence()
    };
    assert!(decided(&sample(rows()), &of(366)).is_ok());
    let refused = decided(&sample(rows()), &of(367)).unwrap_err();
    assert_eq!(refused, ["it would hold for 367 days, 366 are allowed"]);

    let trust = trusting(&trust_text());
    let provider: ProviderId = PROVIDER.parse().unwrap();
    let role = |seed, until| trust.role(&key(seed).public(), &provider, at(0), until);
    let end = "2027-06-01T00:00:00Z".parse().unwrap();
    assert_eq!(role(1, end), Ok(Some(Role::Provider)));
    assert_eq!(role(2, end), Ok(Some(Role::Registry)));
    assert_eq!(role(9, end), Ok(None));
    let objection = role(1, end + TimeDelta::seconds(1)).unwrap_err();
    assert!(
        objection.contains("is trusted from 2026-01-01 to 2027-06-01"),
        "{objection}"
    );
    let other: ProviderId = "other:one".parse().unwrap();
    assert!(trust.role(&key(1).public(), &other, at(0), end).is_err());
}

#[test]
fn an_id_in_another_spelling_does_not_escape_its_revocation() {
    let run = Sample::of(rows()).header.run;
    let trust = format!(
        "{}revoked:\n  runs:\n    - id: {run}\n      reason: it was lost\n",
        trust_text()
    );
    for spelled in [
        run.as_str().to_uppercase().replace("00000007", "0000000A"),
        format!(" {run}"),
        format!("{run}0"),
        run.as_str().replace("030000", "030001"),
        run.as_str().replace('7', "\u{ff17}"),
    ] {
        let mut statement: Value = serde_json::from_slice(&certificate().payload).unwrap();
        statement["predicate"]["proofhouse"]["run"] = json!(spelled);
        let mut envelope = Envelope::around(statement.to_string().into_bytes());
        envelope.sign(&key(1));
        let found = verified_at(&envelope.to_json(), &trust, at(7200));
        assert_eq!(broken(&found).0, Check::Statement, "{spelled}");
    }
    for (field, spelled) in [
        ("provider", "bookio:Salon-aurora"),
        ("provider", "b\u{43e}okio:salon-aurora"),
        ("capability", "booking.create_booking@v0.1.0"),
    ] {
        let found = bent(|statement| statement["predicate"]["proofhouse"][field] = json!(spelled));
        assert_eq!(broken(&found).0, Check::Statement, "{spelled}");
    }
}

#[test]
fn the_signature_of_a_revoked_key_beside_a_good_one_takes_nothing_from_it() {
    let mut envelope = certificate();
    envelope.sign(&key(3));
    let old = key(3).public();
    let entry = trust_file(
        "Old",
        &old,
        &["bookio:*".to_owned()],
        "2026-01-01".parse().unwrap(),
        "2027-06-01".parse().unwrap(),
    );
    let entry = entry.split_once("keys:\n").unwrap().1;
    let trust = format!(
        "{}{entry}revoked:\n  keys:\n    - id: {}\n      reason: it was lost\n",
        trust_text(),
        old.id()
    );
    assert!(verified_at(&envelope.to_json(), &trust, at(7200)).holds());
    envelope.signatures.remove(0);
    assert_eq!(
        broken(&verified_at(&envelope.to_json(), &trust, at(7200))).0,
        Check::Revocation
    );
}

#[test]
fn a_key_that_is_trusted_for_two_times_signs_in_both() {
    let entry = trust_text();
    let first = entry
        .split_once("keys:\n")
        .unwrap()
        .1
        .split_once("  - name: Registry")
        .unwrap()
        .0;
    let early = first.replace("until: 2027-06-01", "until: 2026-02-01");
    let trust = entry.replace("keys:\n", &format!("keys:\n{early}"));
    assert!(verified_at(&certificate().to_json(), &trust, at(7200)).holds());
}

#[test]
fn a_trust_file_that_trusts_nobody_for_what_it_says_is_refused() {
    let wrong = |text: &str| {
        Trust::read(&Source::new("trust.yaml", text))
            .unwrap_err()
            .render(false)
    };
    for glob in [
        "Bookio:*",
        "bookio :*",
        "b\u{43e}okio:*",
        "bookio\u{ff1a}*",
        "bookio:*\u{200b}",
    ] {
        let message = wrong(&trust_text().replace("bookio:*", glob));
        assert!(
            message.contains("is in no id of a provider") && message.contains("trust.yaml:"),
            "{message}"
        );
    }
    let never = wrong(&trust_text().replacen("until: 2027-06-01", "until: 2026-01-01", 1));
    assert!(never.contains("is trusted at no time"), "{never}");
}

/// A contract with a rule of every kind.
fn ruled() -> Expected {
    let one = |name: &str, needs_more, optional| ExpectedTest {
        id: test(name),
        needs_more,
        optional,
    };
    let rule = |id: &str, tests: Vec<ExpectedTest>| ExpectedRule {
        id: id.to_owned(),
        tests,
    };
    Expected {
        rules: vec![
            rule("answers", vec![one("happy_path", false, false)]),
            rule("past", vec![one("rejects_past_time", false, false)]),
            rule(
                "repeats",
                vec![one("window", true, true), one("newer", false, false)],
            ),
            rule("untested", vec![one("newer", false, false)]),
        ],
        ..expected()
    }
}

fn claiming(level: &str, rules: &[(&str, &str, Option<&str>)], passed: &[&str]) -> Verification {
    let mut statement: Value = serde_json::from_slice(&certificate().payload).unwrap();
    let listed: Vec<_> = rules
        .iter()
        .map(|(id, state, reason)| match reason {
            Some(reason) => json!({ "id": id, "state": state, "reason": reason }),
            None => json!({ "id": id, "state": state }),
        })
        .collect();
    let about = &mut statement["predicate"]["proofhouse"];
    about["level"] = json!(level);
    about["rules"] = json!(listed);
    let left = ["happy_path", "rejects_past_time", "window"]
        .into_iter()
        .filter(|name| !passed.contains(name));
    let left: Vec<_> = left
        .map(|name| json!({ "name": test(name), "reason": "x" }))
        .collect();
    about["skippedTests"] = json!(left);
    statement["predicate"]["passedTests"] = json!(passed.iter().map(|name| test(name)).collect::<Vec<_>>());
    let mut envelope = Envelope::around(statement.to_string().into_bytes());
    envelope.sign(&key(1));
    verify(
        &envelope.to_json(),
        &trusting(&trust_text()),
        &|_| Some(ruled()),
        at(7200),
    )
}

#[test]
fn a_level_is_believed_as_far_as_the_rules_and_tests_carry_it() {
    const BOTH: &[&str] = &["happy_path", "rejects_past_time"];
    let proven = |id| (id, "proven", None);
    let untested = |id, reason| (id, "not_tested", Some(reason));
    let (answers, past) = (proven("answers"), proven("past"));
    let honest = [answers, past, untested("repeats", "slow")];
    assert!(claiming("basic", &honest, BOTH).holds());
    let lie = |level, rules: &[_], passed: &[_], words: &str| {
        let (check, note) = broken(&claiming(level, rules, passed));
        assert_eq!(check, Check::Level);
        assert!(note.contains(words), "{note}");
    };
    // A test of it that does not wait is not in the edition; the rule itself can be tested at once.
    lie("standard", &honest, BOTH, "basic follows from its rules");
    lie("full", &honest, BOTH, "it says full");
    lie(
        "basic",
        &[answers, proven("past")][..1],
        BOTH,
        "it says nothing of the rule past",
    );
    lie(
        "full",
        &[answers, past, proven("repeats")],
        BOTH,
        "none of its tests passed",
    );
    lie(
        "standard",
        &[
            answers,
            past,
            ("repeats", "not_applicable", None),
            untested("untested", "slow"),
        ],
        BOTH,
        "basic follows",
    );
    lie(
        "basic",
        &[
            answers,
            ("past", "not_applicable", None),
            untested("repeats", "slow"),
        ],
        BOTH,
        "does not make it optional",
    );
    lie(
        "basic",
        &[answers, past, proven("past"), untested("repeats", "slow")],
        BOTH,
        "is listed twice",
    );
    lie(
        "basic",
        &[answers, past, proven("made-up"), untested("repeats", "slow")],
        BOTH,
        "no rule made-up",
    );
}
