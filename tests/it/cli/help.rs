//! Help texts and completions of the binary.

use super::context::{TestContext, cli_snapshot};

#[test]
fn every_command_explains_itself() {
    let context = TestContext::new();
    let shown = context.show(&[
        "--help",
        "run --help",
        "prove --help",
        "runs --help",
        "runs list --help",
        "schedule check --help",
        "capabilities rows --help",
        "runs show --help",
        "runs compare --help",
        "runs prune --help",
        "store --help",
        "gate --help",
        "serve --help",
        "merge --help",
        "cleanup --help",
        "capabilities --help",
        "capabilities list --help",
        "capabilities show --help",
        "capabilities lint --help",
        "capabilities lock --help",
        "capabilities schema --help",
        "suites --help",
        "suites list --help",
        "suites check --help",
        "suites schema --help",
    ]);
    cli_snapshot!("help", shown);
}

#[test]
fn no_arguments_and_half_a_command_show_the_help_and_are_wrong_usage() {
    let context = TestContext::new();
    for arguments in ["", "runs", "capabilities", "suites"] {
        let ended = context.run(arguments);
        assert_eq!(ended.code, 2, "{ended}");
        assert!(
            ended.stdout.is_empty() && ended.stderr.contains("Usage: proofhouse"),
            "{ended}"
        );
    }
}

#[test]
fn shells_and_the_manual_know_every_command_and_option() {
    let context = TestContext::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ended = context.run(&format!("completions {shell}"));
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{shell}");
        for word in ["min-pass-rate", "partition", "junit", "capabilities"] {
            assert!(ended.stdout.contains(word), "{shell} knows no {word}");
        }
    }
    let page = context.run("man");
    assert!(
        page.code == 0 && page.stdout.contains(".TH proofhouse 1"),
        "{page}"
    );
    assert_eq!(context.run("man --output pages").code, 0);
    let gate = std::fs::read_to_string(context.path("pages/proofhouse-gate.1")).unwrap();
    assert!(gate.contains("min\\-pass\\-rate"), "{gate}");
    assert!(context.path("pages/proofhouse-runs-show.1").exists());
    context.write("file", "");
    assert_eq!(context.run("man --output file").code, 2);
}

#[test]
fn the_version_and_the_release_of_the_time_zones_stand_on_standard_output() {
    let context = TestContext::new();
    let version = concat!("proofhouse ", env!("CARGO_PKG_VERSION"), "\n");
    let ended = context.run("-V");
    assert_eq!(
        (ended.code, ended.stdout.as_str(), ended.stderr.as_str()),
        (0, version, "")
    );
    let ended = context.run("--version");
    assert_eq!(
        (ended.code, ended.stdout, ended.stderr.as_str()),
        (
            0,
            format!("{version}time zones: IANA database {}\n", time_zones::release()),
            ""
        )
    );
}
