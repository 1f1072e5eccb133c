//! The manifest of providers: what is read from it, and how its mistakes are told.

#![allow(
    clippy::unwrap_used,
    reason = "what a test needs and cannot have ends the test"
)]

use std::path::Path;
use std::sync::Arc;

use proofhouse::diagnostic::{Problems, Source};
use proofhouse::model::{AuthSource, CapabilityId, CapabilityRef, Endpoint, EnvValue, Version};
use proofhouse::provider::{Manifest, Unknown};
use proofhouse::transport::{ClientOptions, Revision, ServerRequests};
use serde_json::json;

fn fixture(name: &str) -> Arc<Source> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/manifests")
        .join(name);
    Source::new(name, std::fs::read_to_string(path).unwrap())
}

fn problems(name: &str) -> String {
    Manifest::parse(&fixture(name)).unwrap_err().render(false)
}

fn said(text: &str) -> String {
    Manifest::parse(&Source::new("providers.yaml", text))
        .unwrap_err()
        .render(false)
}

/// A registry with two capabilities at 0.1.0.
fn lookup(id: &CapabilityId, version: Option<&Version>) -> Result<CapabilityRef, Unknown> {
    let first: Version = "0.1.0".parse().unwrap();
    let published = ["booking.create_booking", "booking.list_services"].contains(&id.as_str());
    if published && version.is_none_or(|version| *version == first) {
        return Ok(CapabilityRef {
            id: id.clone(),
            version: first,
        });
    }
    Err(Unknown {
        suggestion: (!published).then(|| "booking.create_booking".to_owned()),
    })
}

#[test]
fn what_a_provider_says_of_itself_is_read_and_its_mistakes_are_told() {
    let entry = |keys: &str| {
        format!("providers:\n  - id: a:b\n    transport: http\n    url: http://127.0.0.1:1\n{keys}")
    };
    let good =
        entry("    place: Brno, Czechia\n    time_zone: Europe/Prague\n    tags: [barber, late evenings]\n");
    let manifest = Manifest::parse(&Source::new("providers.yaml", good)).unwrap();
    let about = serde_json::to_value(&manifest.entries[0].about).unwrap();
    assert_eq!(
        about,
        json!({ "place": "Brno, Czechia", "time_zone": "Europe/Prague", "tags": ["barber", "late evenings"] })
    );
    let none = Manifest::parse(&Source::new("providers.yaml", entry(""))).unwrap();
    assert!(none.entries[0].about.is_empty());
    let many: Vec<_> = (0..21).map(|number| format!("tag {number}")).collect();
    for (keys, words) in [
        ("    place: 7\n".to_owned(), "`place` must be text"),
        (
            format!("    place: {}\n", "x".repeat(201)),
            "more than 200 characters",
        ),
        (
            "    place: \"a\\u001bb\"\n".to_owned(),
            "without control characters",
        ),
        (
            "    time_zone: Europe/Brno\n".to_owned(),
            "must be the name of a time zone",
        ),
        ("    tags: barber\n".to_owned(), "`tags`"),
        ("    tags: [a, a]\n".to_owned(), "stands twice"),
        (
            format!("    tags: [{}]\n", "y".repeat(41)),
            "more than 40 characters",
        ),
        (format!("    tags: [{}]\n", many.join(", ")), "more than 20"),
        ("    tag: [a]\n".to_owned(), "`tags`"),
    ] {
        let told = said(&entry(&keys));
        assert!(told.contains(words), "{words}: {told}");
    }
}

#[test]
fn every_key_of_an_entry_is_read() {
    let manifest = Manifest::parse(&fixture("valid.yaml")).unwrap();
    let [first, second, mcp, stdio] = manifest.entries.as_slice() else {
        panic!("four entries")
    };

    assert_eq!(
        (first.id.as_str(), first.name.as_deref()),
        ("bookio:salon-aurora", Some("Salon Aurora"))
    );
    let url = "http://127.0.0.1:4700/p/salon-aurora".to_owned();
    assert_eq!(first.endpoint, Endpoint::Http { url }, "the trailing slash goes");
    assert_eq!(
        first.auth,
        Some(AuthSource::Bearer {
            env: "BOOKIO_TOKEN".to_owned()
        })
    );
    assert_eq!(first.max_per_second, Some(20.0));
    let claims: Vec<_> = first
        .capabilities
        .iter()
        .flatten()
        .map(ToString::to_string)
        .collect();
    assert_eq!(claims, ["booking.create_booking", "booking.list_services@0.2.0"]);
    let fixtures: Vec<_> = first
        .fixtures
        .iter()
        .map(|(name, fixture)| (name.as_str(), &fixture.value))
        .collect();
    assert_eq!(
        fixtures,
        [("service_id", &json!("svc-7")), ("capacity", &json!(2))]
    );
    assert_eq!(
        &manifest.source().text()[first.fixtures["capacity"].span.clone()],
        "capacity"
    );
    assert_eq!(
        &manifest.source().text()[first.span.clone()],
        "bookio:salon-aurora"
    );

    let header = AuthSource::Header {
        header: "X-Api-Key".to_owned(),
        env: "BOOKIO_KEY".to_owned(),
    };
    assert_eq!(
        (second.auth.as_ref(), second.max_per_second),
        (Some(&header), None)
    );
    assert_eq!(
        mcp.endpoint,
        Endpoint::Mcp {
            url: "https://north.example.com/mcp/?team=7".to_owned()
        }
    );
    assert_eq!(
        (mcp.client, stdio.client),
        (
            ClientOptions {
                revision: Revision::of("2025-06-18"),
                server_requests: ServerRequests::Refuse
            },
            ClientOptions::default()
        )
    );
    assert_eq!(
        mcp.auth,
        Some(AuthSource::Basic {
            env: "NORTH_LOGIN".to_owned()
        })
    );
    assert_eq!(mcp.capabilities, None);
    let Endpoint::Stdio { command, args, env } = &stdio.endpoint else {
        panic!("stdio")
    };
    assert_eq!(
        (command.as_str(), args.as_slice()),
        ("./my-provider", ["--stdio".to_owned()].as_slice())
    );
    assert_eq!(env["API_KEY"], EnvValue::FromEnv("MY_KEY".to_owned()));
    assert_eq!(env["MODE"], EnvValue::Plain("test".to_owned()));
}

#[test]
fn every_mistake_is_told_at_once() {
    insta::assert_snapshot!("manifest_mistakes", problems("mistakes.yaml"));
}

#[test]
fn keys_of_another_transport_are_mistakes() {
    insta::assert_snapshot!(
        "manifest_keys_of_another_transport",
        problems("keys_of_another_transport.yaml")
    );
}

#[test]
fn a_credential_is_refused_and_never_shown() {
    let told = problems("credentials.yaml");
    assert!(!told.contains("hunter2"), "{told}");
    insta::assert_snapshot!("manifest_credentials", told);
}

#[test]
fn auth_has_exactly_one_form() {
    insta::assert_snapshot!("manifest_auth_forms", problems("auth_forms.yaml"));
}

#[test]
fn two_entries_that_mean_the_same_are_told_with_both_places() {
    insta::assert_snapshot!("manifest_doubles", problems("doubles.yaml"));
}

#[test]
fn claims_are_looked_up_and_a_stranger_is_told_with_what_was_meant() {
    let manifest = Manifest::parse(&fixture("unknown_claims.yaml")).unwrap();
    let problems: Problems = manifest.resolve(&lookup).unwrap_err();
    insta::assert_snapshot!("manifest_unknown_claims", problems.render(false));
}

#[test]
fn a_claim_without_a_version_means_the_first_published() {
    let text = "providers:\n  - { id: a:b, transport: http, url: http://x, capabilities: [booking.create_booking] }\n  - { id: a:c, transport: http, url: http://x }\n";
    let manifest = Manifest::parse(&Source::new("providers.yaml", text)).unwrap();
    let claims = manifest.resolve(&lookup).unwrap();
    let named = claims[0].capabilities.as_ref().unwrap();
    assert_eq!(named[0].to_string(), "booking.create_booking@0.1.0");
    assert_eq!(
        (claims[1].entry.id.as_str(), &claims[1].capabilities),
        ("a:c", &None)
    );
}

#[test]
fn a_manifest_without_providers_is_a_mistake() {
    let rows = [
        "",
        "[]",
        "providers: []",
        "providers:",
        "provider: []",
        "providers: [",
        "providers: []\nproviders: []",
    ];
    insta::assert_snapshot!("manifest_without_providers", rows.map(said).join("\n\n"));
}

#[test]
fn ten_thousand_entries_are_read() {
    let entry = |number: usize| {
        format!(
            "  - id: bookio:salon-{number}\n    transport: http\n    url: http://127.0.0.1:4700/p/salon-{number}\n    \
             capabilities: [booking.create_booking, booking.list_services]\n    fixtures: {{ service_id: svc-{number} }}\n"
        )
    };
    let text = format!("providers:\n{}", (0..10_000).map(entry).collect::<String>());
    let manifest = Manifest::parse(&Source::new("many.yaml", text)).unwrap();
    assert_eq!(manifest.resolve(&lookup).unwrap().len(), 10_000);
}

#[test]
fn a_flood_of_mistakes_is_cut() {
    let text = format!("providers:\n{}", "  - {}\n".repeat(5_000));
    let problems = Manifest::parse(&Source::new("many.yaml", text)).unwrap_err();
    assert!(problems.iter().count() <= 102);
    assert_eq!(
        problems.iter().last().unwrap().message(),
        "there are more mistakes, which are not shown"
    );
    let huge = " ".repeat(9 * 1024 * 1024);
    assert_eq!(
        Manifest::parse(&Source::new("huge.yaml", huge))
            .unwrap_err()
            .to_string(),
        "huge.yaml: the file is larger than 8 MiB"
    );
}
