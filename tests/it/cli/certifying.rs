//! Certificates, from the key to the verification.

use super::context::{TestContext, cli_snapshot};
use crate::support::parcels::{Parcels, Slip};

const RUN: &str = "run --quiet --registry SECOND_DOMAIN --providers providers.yaml";
const CERTIFY: &str = "certify latest --registry SECOND_DOMAIN --key post.key --output post.intoto.json \
                       --capability parcels.order_pickup@0.1.0";
const VERIFY: &str = "verify post.intoto.json --registry SECOND_DOMAIN --trust trust.yaml";

fn read(context: &TestContext, name: &str) -> String {
    std::fs::read_to_string(context.path(name)).unwrap()
}

fn trust(context: &TestContext, providers: &str) {
    let public = read(context, "post.key.pub").replace('\n', "\n      ");
    context.write(
        "trust.yaml",
        &format!(
            "format: proofhouse.trust/1\nkeys:\n  - name: Post\n    public: |\n      {}\n    role: provider\n    \
             providers: [\"{providers}\"]\n    from: 2020-01-01\n    until: 2120-01-01\n",
            public.trim_end()
        ),
    );
}

#[test]
fn a_conformant_run_becomes_a_certificate_that_holds() {
    let context = TestContext::new();
    let parcels = Parcels::start(Slip::None);
    context.manifest(&parcels.server.url(), "");
    assert_eq!(context.run(RUN).code, 0);
    let made = context.run("keys new --output post.key");
    assert_eq!(made.code, 0);
    assert!(!made.to_string().contains("PRIVATE"), "{made}");
    trust(&context, "post:*");
    let certified = context.run(&format!("{CERTIFY} --svr post.svr.json"));
    assert_eq!(certified.code, 0, "{certified}");
    let verified = context.run(VERIFY);
    assert_eq!(verified.code, 0, "{verified}");
    let short = context.run(&VERIFY.replace("post.intoto.json", "post.svr.json"));
    assert_eq!(short.code, 1, "the short form is no certificate: {short}");
    let json = context.run(&format!("{VERIFY} --format json")).json();
    assert_eq!(json["holds"], true);
    assert_eq!(json["about"]["provider"], "post:one");
    assert_eq!(json["about"]["assurance"], "self_attested");

    let expired = context.run(&format!("{VERIFY} --at 2110-01-01T00:00:00Z"));
    assert_eq!(expired.code, 1);
    trust(&context, "other:*");
    assert_eq!(
        context.run(VERIFY).code,
        1,
        "a key speaks of its own providers only"
    );
    let other_registry = context.run("verify post.intoto.json --trust trust.yaml");
    assert_eq!(
        other_registry.code, 1,
        "the bundled registry has no such contract"
    );
}

const COUNTERSIGN: &str = "certify latest --registry SECOND_DOMAIN --key registry.key --output both.intoto.json \
                           --countersign post.intoto.json --trust trust.yaml";
const VERIFY_BOTH: &str = "verify both.intoto.json --registry SECOND_DOMAIN --trust trust.yaml";

/// A provider's certificate, and a registry with a key that the trust file names.
fn certified_and_known_to_a_registry() -> (TestContext, Parcels) {
    let context = TestContext::new();
    let parcels = Parcels::start(Slip::None);
    context.manifest(&parcels.server.url(), "");
    context.run(RUN);
    context.run("keys new --output post.key");
    context.run("keys new --output registry.key");
    trust(&context, "post:*");
    let public = read(&context, "registry.key.pub").replace('\n', "\n      ");
    let trusted = read(&context, "trust.yaml")
        + &format!(
            "  - name: Registry\n    public: |\n      {}\n    role: registry\n    from: 2020-01-01\n    until: 2120-01-01\n",
            public.trim_end()
        );
    context.write("trust.yaml", &trusted);
    assert_eq!(context.run(CERTIFY).code, 0);
    (context, parcels)
}

#[test]
fn a_registry_countersigns_what_its_own_run_proves() {
    let (context, parcels) = certified_and_known_to_a_registry();
    let same_run = context.run(COUNTERSIGN);
    assert_eq!(same_run.code, 1, "{same_run}");
    parcels.now(Slip::AcceptsPastDays);
    context.run(RUN);
    assert_eq!(context.run(COUNTERSIGN).code, 1, "its own run finds a fault");
    parcels.now(Slip::None);
    context.run(RUN);
    let untrusting = COUNTERSIGN.replace(" --trust trust.yaml", "");
    assert_eq!(context.run(&untrusting).code, 2);
    assert!(!context.path("both.intoto.json").exists(), "nothing is written");
    let signed = context.run(COUNTERSIGN);
    assert_eq!(signed.code, 0, "{signed}");
    let shown = context.run(VERIFY_BOTH);
    assert_eq!(shown.code, 0, "{shown}");
    let json = context.run(&format!("{VERIFY_BOTH} --format json")).json();
    assert_eq!(
        (
            &json["holds"],
            &json["third_party"],
            &json["countersigned"]["holds"]
        ),
        (&true.into(), &true.into(), &true.into())
    );
    let (own, theirs) = (&json["about"]["run"], &json["countersigned"]["about"]["run"]);
    assert_ne!(own, theirs);
    assert_eq!(json["about"]["assurance"], "registry_run");
    for run in [own, theirs] {
        assert!(shown.to_string().contains(run.as_str().unwrap()), "{shown}");
    }
}

#[test]
fn a_registry_refuses_a_forged_certificate_and_says_why() {
    let (context, _parcels) = certified_and_known_to_a_registry();
    context.run(RUN);
    let text = read(&context, "post.intoto.json");
    let signature = text
        .split("\"sig\": \"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let zeroed = text.replace(signature, &("A".repeat(86) + "=="));
    context.write("post.intoto.json", &zeroed);
    let refused = context.run(COUNTERSIGN);
    assert_eq!(refused.code, 1, "{refused}");
    assert!(
        refused.to_string().contains("does not hold: signature"),
        "{refused}"
    );

    // Signed by the provider, and about a place that the registry did not ask.
    let (context, _theirs) = certified_and_known_to_a_registry();
    let ours = Parcels::start(Slip::None);
    context.manifest(&ours.server.url(), "");
    context.run(RUN);
    let refused = context.run(COUNTERSIGN);
    assert_eq!(refused.code, 1, "{refused}");
    assert!(refused.to_string().contains("another place"), "{refused}");
    assert!(!context.path("both.intoto.json").exists(), "nothing is written");
}

#[test]
fn a_key_signs_nothing_that_ends_after_its_trust() {
    let (context, _parcels) = certified_and_known_to_a_registry();
    let late = context.run(&format!("{CERTIFY} --valid 500d"));
    assert_eq!(late.code, 1, "{late}");
    let trusted = read(&context, "trust.yaml");
    let soon = (chrono::Utc::now() + chrono::TimeDelta::days(10))
        .format("%Y-%m-%d")
        .to_string();
    context.write("trust.yaml", &trusted.replace("2120-01-01", &soon));
    let late = context.run(&format!("{CERTIFY} --trust trust.yaml"));
    assert_eq!(late.code, 1, "{late}");
    assert!(
        late.to_string()
            .contains("the key may not sign it: `Post` is trusted from"),
        "{late}"
    );
    let within = context.run(&format!("{CERTIFY} --trust trust.yaml --valid 8d"));
    assert_eq!(within.code, 0, "{within}");
}

/// A trust file that asks for a log, with the public key that `log new` printed.
fn trust_with_log(context: &TestContext, key: &str) {
    let trusted = read(context, "trust.yaml");
    context.write("logged.yaml", &format!("{trusted}logs:\n  - {}\n", key.trim()));
}

#[test]
fn a_certificate_in_the_log_is_proven_without_a_network_and_the_log_is_never_rewritten() {
    let (context, _parcels) = certified_and_known_to_a_registry();
    context.run(RUN);
    let none = context.run("log checkpoint");
    assert_eq!(none.code, 2, "{none}");
    let made = context.run("log new --name registry.example/log --key registry.key");
    assert_eq!(made.code, 0, "{made}");
    trust_with_log(&context, &made.stdout);
    let verify = |file: &str| {
        context.run(&format!(
            "verify {file} --registry SECOND_DOMAIN --trust logged.yaml"
        ))
    };
    let unlogged = verify("post.intoto.json");
    assert_eq!(unlogged.code, 1, "{unlogged}");
    assert!(
        unlogged.to_string().contains("no proof of a log is beside it"),
        "{unlogged}"
    );

    let add = "log add post.intoto.json --registry SECOND_DOMAIN --trust logged.yaml --key";
    assert_eq!(
        context.run(&format!("{add} post.key")).code,
        2,
        "the key of the log signs it"
    );
    let added = context.run(&format!("{add} registry.key"));
    assert_eq!(added.code, 0, "{added}");
    let logged = verify("post.intoto.json");
    assert_eq!(logged.code, 0, "{logged}");
    assert!(
        logged
            .to_string()
            .contains("entry 0 of 1 in registry.example/log"),
        "{logged}"
    );
    let earlier = context.run("log checkpoint");
    context.write("earlier.txt", &earlier.stdout);

    let signed = context.run(&format!("{COUNTERSIGN} --log-key registry.key"));
    assert_eq!(signed.code, 0, "{signed}");
    let both = verify("both.intoto.json");
    assert_eq!(both.code, 0, "{both}");
    let proof = read(&context, "post.intoto.json.tlog-proof");
    context.write("both.intoto.json.tlog-proof", &proof);
    let swapped = verify("both.intoto.json");
    assert_eq!(swapped.code, 1, "{swapped}");
    assert!(
        swapped.to_string().contains("the proof is of another entry"),
        "{swapped}"
    );

    let shown = context.run(&format!("{VERIFY_BOTH} --format json")).json();
    let latest = shown["about"]["run"].as_str().unwrap();
    let revoked = context.run(&format!(
        "log revoke --run {latest} --reason wrong --key registry.key"
    ));
    assert_eq!(revoked.code, 0, "{revoked}");
    assert_eq!(
        context
            .run("log revoke --run latest --reason wrong --key registry.key")
            .code,
        2
    );
    let held = context.run("log verify --from earlier.txt");
    assert_eq!(held.code, 0, "{held}");
    assert!(held.to_string().contains("3 entries"), "{held}");

    let entries = context.path("data/log/entries");
    let text = std::fs::read_to_string(&entries).unwrap();
    std::fs::write(&entries, text.replacen("post:one", "post:two", 1)).unwrap();
    let rewritten = context.run("log verify --from earlier.txt");
    assert_eq!(rewritten.code, 1, "{rewritten}");
    assert!(rewritten.to_string().contains("rewritten"), "{rewritten}");
}

#[test]
fn a_certificate_of_an_earlier_release_holds_and_a_second_signature_under_it_does_not() {
    let context = TestContext::new();
    for name in [
        "version_2.intoto.json",
        "version_2_two_signatures.intoto.json",
        "trust.yaml",
    ] {
        let file = format!(
            "{}/tests/fixtures/certificates/{name}",
            env!("CARGO_MANIFEST_DIR")
        );
        context.write(name, &std::fs::read_to_string(file).unwrap());
    }
    let verify = |name: &str| {
        context.run(&format!(
            "verify {name}.intoto.json --trust trust.yaml --at 2026-12-24T12:00:00Z"
        ))
    };
    let one = verify("version_2");
    assert_eq!(one.code, 0, "{one}");
    let two = verify("version_2_two_signatures");
    assert_eq!(two.code, 1, "{two}");
    assert!(two.to_string().contains("a second signature vouches"), "{two}");
}

#[test]
fn what_speaks_against_a_certificate_is_said() {
    let context = TestContext::new();
    let parcels = Parcels::start(Slip::AcceptsPastDays);
    context.manifest(&parcels.server.url(), "");
    context.run("keys new --output post.key");
    context.run(RUN);
    let mut shown = vec![context.run(CERTIFY).to_string()];
    context.run(&format!("{RUN} --test rejects_past_day"));
    shown.push(context.run(CERTIFY).to_string());
    shown.push(context.show(&[
        "keys new --output post.key",
        "keys show providers.yaml",
        "certify latest --registry SECOND_DOMAIN --key post.key.pub --output x.json --capability parcels.order_pickup@0.1.0",
        "verify nowhere.json --trust providers.yaml",
    ]));
    let shown = shown.join("\n");
    assert!(!context.path("post.intoto.json").exists(), "nothing is written");
    cli_snapshot!("certificate_refused", shown);
}

#[cfg(unix)]
#[test]
fn a_private_key_is_its_owners_and_one_that_others_may_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let context = TestContext::new();
    context.run("keys new --output post.key");
    let path = context.path("post.key");
    let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let refused = context.run("keys show post.key");
    assert_eq!(refused.code, 3);
    assert!(refused.to_string().contains("mode is 640"), "{refused}");
}
