//! The first hour: a manifest made by asking the provider, and defaults from a file.

use super::context::TestContext;
use crate::support::parcels::{Parcels, Slip};
use crate::support::reference::Serving;

const TENANT: &str = "salon-aurora";

#[test]
fn a_manifest_is_made_of_what_the_provider_offers_and_runs_at_once() {
    let context = TestContext::new();
    let folder = tempfile::tempdir().unwrap();
    let provider = Serving::start(folder.path());
    let url = format!("{}/p/{TENANT}/mcp", provider.url);
    let made = context.run(&format!("init {url} --id bookio:{TENANT} --output mine.yaml"));
    assert_eq!(made.code, 0, "{made}");
    assert!(made.stdout.contains("  booking.create_booking\n"), "{made}");
    let text = std::fs::read_to_string(context.path("mine.yaml")).unwrap();
    assert!(
        text.contains("transport: mcp") && text.contains("- booking.list_services"),
        "{text}"
    );
    let planned = context.run("run --providers mine.yaml --dry-run");
    assert_eq!(planned.code, 0, "{planned}");
    let again = context.run(&format!("init {url} --id bookio:{TENANT} --output mine.yaml"));
    assert_eq!(again.code, 2, "a file is never written over: {again}");
}

#[test]
fn nothing_is_written_where_the_provider_is_not_there_or_the_claim_is_none() {
    let context = TestContext::new();
    let away = context.run("init http://127.0.0.1:9 --id post:one --capability booking.list_services");
    assert_ne!(away.code, 0, "{away}");
    assert!(away.stderr.contains("could not connect"), "{away}");
    let parcels = Parcels::start(Slip::None);
    let init = format!(
        "init {} --registry SECOND_DOMAIN --id post:one",
        parcels.server.url()
    );
    let wrong = context.run(&format!("{init} --capability parcels.quote_delivry"));
    assert_eq!(wrong.code, 3, "{wrong}");
    assert!(wrong.stderr.contains("quote_delivery"), "{wrong}");
    let missing = context.run("init --id post:one");
    assert_eq!(missing.code, 2, "{missing}");
    assert!(!context.path("providers.yaml").exists());
    let made = context.run(&format!("{init} --capability parcels.quote_delivery"));
    assert_eq!(made.code, 0, "{made}");
    assert!(context.path("providers.yaml").exists());
}

#[test]
fn a_file_of_defaults_holds_for_commands_and_is_shown() {
    let context = TestContext::new();
    let parcels = Parcels::start(Slip::None);
    context.manifest(&parcels.server.url(), "");
    let registry = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/second-domain");
    let file = format!(
        "registry = {:?}\nquiet = true\n\n[run]\nproviders = \"providers.yaml\"\nno-store = true\n",
        registry.display().to_string()
    );
    context.write("proofhouse.toml", &file);
    let run = context.run("run");
    assert_eq!(run.code, 0, "{run}");
    assert!(!context.path("data").exists(), "{run}");
    let shown = context.run("--show-config");
    assert_eq!(shown.code, 0, "{shown}");
    for line in [
        "proofhouse run --no-store",
        "proofhouse --quiet",
        "providers.yaml",
    ] {
        assert!(shown.stdout.contains(line), "{line}: {shown}");
    }
    context.write("proofhouse.toml", "[run]\nprovider = \"a:*\"\nfail_fast = true\n");
    let wrong = context.run("runs list");
    assert_eq!(wrong.code, 3, "{wrong}");
    assert!(
        wrong
            .stderr
            .contains("`fail_fast` is no flag of `proofhouse run`")
            && wrong.stderr.contains("fail-fast"),
        "{wrong}"
    );
}

#[test]
fn a_variable_sets_a_flag_and_a_slip_of_its_name_is_told() {
    let context = TestContext::new();
    let parcels = Parcels::start(Slip::None);
    context.manifest(&parcels.server.url(), "");
    context.write(
        "proofhouse.toml",
        "[run]\nproviders = \"providers.yaml\"\nlanes = 1\n",
    );
    let registry = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/second-domain");
    let with = |arguments: &str, variables: &[(&str, &str)]| {
        let mut command = context.command(arguments);
        command.env("PROOFHOUSE_REGISTRY", &registry);
        command.envs(variables.iter().copied());
        context.finish(arguments, &mut command)
    };
    let set = [
        ("PROOFHOUSE_RUN_FORMAT", "json"),
        (
            "PROOFHOUSE_RUN_TEST",
            "quote_delivery/happy_path\nquote_delivery/no_such_test*",
        ),
        ("PROOFHOUSE_RUN_LANES", "2"),
    ];
    let run = with("run --test quote_delivery/happy_path", &set);
    assert_eq!(run.code, 0, "{run}");
    assert_eq!(run.outcome("quote_delivery/happy_path"), "pass");
    let shown = with("--show-config", &set);
    for line in [
        "proofhouse run --lanes=1  (not used: the variable PROOFHOUSE_RUN_LANES counts)",
        "proofhouse run --lanes=2  (PROOFHOUSE_RUN_LANES)",
        "proofhouse run --test=quote_delivery/happy_path  (PROOFHOUSE_RUN_TEST)",
    ] {
        assert!(shown.stdout.contains(line), "{line}: {shown}");
    }
    let slip = with("run", &[("PROOFHOUSE_LANES", "2")]);
    assert!(
        slip.stderr
            .contains("PROOFHOUSE_LANES sets nothing; did you mean PROOFHOUSE_RUN_LANES?"),
        "{slip}"
    );
    let wrong = with("run", &[("PROOFHOUSE_RUN_LANES", "many")]);
    assert_eq!(wrong.code, 2, "{wrong}");
    assert!(
        wrong
            .stderr
            .contains("`--lanes` comes from the variable PROOFHOUSE_RUN_LANES"),
        "{wrong}"
    );
    let of_file = {
        context.write("proofhouse.toml", "[run]\nlanes = 0\n");
        with("run --providers providers.yaml", &[])
    };
    assert!(
        of_file
            .stderr
            .contains("`--lanes` comes from [temp]/proofhouse.toml"),
        "{of_file}"
    );
}
