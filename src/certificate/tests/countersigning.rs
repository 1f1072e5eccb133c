//! A registry's statement about its own run and the certificate of a provider that it names.

use super::*;
use crate::model::{Endpoint, RunId};

/// The registry's own run against the same place, an hour before it countersigns.
fn own_run() -> Sample {
    let mut own = sample(rows());
    own.header.run = RunId::new(own.header.started_at, 8);
    own
}

fn countersigned(own: &Sample, envelope: &Envelope) -> Result<Envelope, Vec<String>> {
    let evidence = Evidence {
        now: at(5400),
        assurance: Assurance::RegistryRun,
        valid: TimeDelta::days(300),
        ..evidence()
    };
    let statement = decided(own, &evidence).unwrap();
    let other = Statement::read(&envelope.payload).unwrap();
    let statement = countersign(statement, &own.fold().unwrap(), &other, &envelope.to_json())
        .map_err(|refusals| refusals.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    let mut envelope = Envelope::around(statement.to_bytes().unwrap());
    envelope.sign(&key(2));
    Ok(envelope)
}

#[test]
fn a_registry_vouches_for_its_own_run_and_the_provider_for_its_own() {
    let found = verified(&countersigned(&own_run(), &certificate()).unwrap());
    assert!(found.holds() && found.third_party, "{found:?}");
    let inner = found.countersigned.as_ref().unwrap();
    assert!(inner.holds() && !inner.third_party);
    let ends = |verification: &Verification| verification.about.as_ref().unwrap().not_after;
    assert_eq!(
        ends(&found),
        ends(inner),
        "it ends no later than what it rests on"
    );
    insta::assert_snapshot!("what_each_party_vouches_for", found.vouches().join("\n"));
}

#[test]
fn a_second_signature_under_the_text_of_a_provider_vouches_for_nothing() {
    let mut both = certificate();
    both.sign(&key(2));
    let mut alone = certificate();
    alone.signatures.clear();
    alone.sign(&key(2));
    for envelope in [both, alone] {
        let found = verified(&envelope);
        let (check, note) = broken(&found);
        assert_eq!(check, Check::Key);
        assert!(
            note.contains("countersigns with a statement about its own run"),
            "{note}"
        );
        assert!(!found.third_party && found.vouches().is_empty());
    }
}

#[test]
fn a_registry_does_not_vouch_for_what_its_own_run_did_not_ask() {
    let refused = |bend: &dyn Fn(&mut Sample)| {
        let mut own = own_run();
        bend(&mut own);
        countersigned(&own, &certificate()).unwrap_err().join("\n")
    };
    let elsewhere = refused(&|own| {
        own.header.providers[0].endpoint = Endpoint::Http {
            url: "https://elsewhere.example".to_owned(),
        };
    });
    assert!(elsewhere.contains("another place"), "{elsewhere}");
    let same = refused(&|own| own.header.run = sample(rows()).header.run);
    assert!(same.contains("a registry vouches for a run of its own"), "{same}");
    let transport = refused(&|own| {
        own.header.providers[0].endpoint = Endpoint::Mcp {
            url: own.header.providers[0].endpoint.target().to_owned(),
        };
    });
    assert!(transport.contains("another transport"), "{transport}");
    let dialect = refused(&|own| {
        own.header.providers[0].dialect = Some(DialectRecord {
            name: "salon".to_owned(),
            digest: "d1".repeat(32),
            source: "salon".to_owned(),
            constants: [].into(),
        });
    });
    assert!(dialect.contains("another dialect"), "{dialect}");
}

#[test]
fn another_tenant_by_a_constant_of_the_dialect_is_another_place() {
    let with = |mut sample: Sample, tenant: &str| {
        sample.header.providers[0].dialect = Some(DialectRecord {
            name: "salon".to_owned(),
            digest: "d1".repeat(32),
            source: "salon".to_owned(),
            constants: [("tenant".to_owned(), json!(tenant))].into(),
        });
        sample
    };
    let statement = decided(&with(sample(rows()), "aurora"), &evidence()).unwrap();
    let mut envelope = Envelope::around(statement.to_bytes().unwrap());
    envelope.sign(&key(1));
    assert!(countersigned(&with(own_run(), "aurora"), &envelope).is_ok());
    let other = countersigned(&with(own_run(), "borealis"), &envelope)
        .unwrap_err()
        .join("\n");
    assert!(other.contains("other constants"), "{other}");
}

#[test]
fn a_command_with_other_arguments_is_another_place() {
    let place = |argument: &str| Endpoint::Stdio {
        command: "python3".to_owned(),
        args: vec![argument.to_owned()],
        env: [].into(),
    };
    let asked = |argument| {
        let mut own = own_run();
        own.header.providers[0].endpoint = place(argument);
        own
    };
    let mut theirs = sample(rows());
    theirs.header.providers[0].endpoint = place("shop.py");
    let statement = decided(&theirs, &evidence()).unwrap();
    let mut envelope = Envelope::around(statement.to_bytes().unwrap());
    envelope.sign(&key(1));
    assert!(countersigned(&asked("shop.py"), &envelope).is_ok());
    assert!(countersigned(&asked("other.py"), &envelope).is_err());
}

/// A countersignature whose statement was bent before the registry signed it.
fn bent_countersignature(bend: impl FnOnce(&mut Value)) -> Verification {
    let envelope = countersigned(&own_run(), &certificate()).unwrap();
    let mut statement: Value = serde_json::from_slice(&envelope.payload).unwrap();
    bend(&mut statement);
    let mut envelope = Envelope::around(statement.to_string().into_bytes());
    envelope.sign(&key(2));
    verified(&envelope)
}

fn with_certificate(text: &str) -> Verification {
    use sha2::{Digest, Sha256};
    bent_countersignature(|statement| {
        let parts = statement["predicate"]["configuration"].as_array_mut().unwrap();
        let part = parts
            .iter_mut()
            .find(|part| part["name"] == "certificate")
            .unwrap();
        part["content"] = json!(STANDARD.encode(text));
        part["digest"]["sha256"] = json!(crate::model::hex(&Sha256::digest(text)));
    })
}

#[test]
fn the_certificate_in_it_is_the_one_that_it_names_and_holds() {
    let swapped = bent_countersignature(|statement| {
        let parts = statement["predicate"]["configuration"].as_array_mut().unwrap();
        let part = parts
            .iter_mut()
            .find(|part| part["name"] == "certificate")
            .unwrap();
        part["content"] = json!(STANDARD.encode("{}"));
    });
    assert_eq!(broken(&swapped).0, Check::Countersigned);
    let mut zeroed = certificate();
    zeroed.signatures[0].sig = Some([0; 64]);
    let mut again = certificate();
    again.sign(&key(2));
    let whole = countersigned(&own_run(), &certificate()).unwrap();
    for text in [
        "{}".to_owned(),
        zeroed.to_json(),
        again.to_json(),
        whole.to_json(),
    ] {
        let found = with_certificate(&text);
        assert_eq!(broken(&found).0, Check::Countersigned);
        assert!(found.vouches().is_empty());
    }
}

#[test]
fn a_verifier_that_does_not_know_the_provider_has_the_registrys_word_alone() {
    let envelope = countersigned(&own_run(), &certificate()).unwrap();
    let whole = trust_text();
    let (_, registry) = whole.split_once("  - name: Registry").unwrap();
    let trust = format!("format: proofhouse.trust/1\nkeys:\n  - name: Registry{registry}");
    let found = verified_at(&envelope.to_json(), &trust, at(7200));
    assert!(found.holds() && found.third_party);
    assert_eq!(found.vouches().len(), 1);
}

#[test]
fn a_provider_cannot_countersign() {
    let found = bent(|statement| {
        let part = json!({ "name": "certificate", "digest": { "sha256": "00" }, "content": "" });
        statement["predicate"]["configuration"]
            .as_array_mut()
            .unwrap()
            .push(part);
    });
    assert_eq!(broken(&found).0, Check::Countersigned);
}
