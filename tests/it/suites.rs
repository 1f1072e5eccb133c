//! The bundled contracts and suites: they load, and mistakes in them are shown where they are.

use std::path::Path;
use std::sync::Arc;

use proofhouse::capability::Registry;
use proofhouse::diagnostic::Source;
use proofhouse::model::Level;
use proofhouse::suite::Suites;

fn registry() -> Registry {
    Registry::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("capabilities"))
        .unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

fn sources(folder: &str) -> Vec<Arc<Source>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(root.parent().unwrap())
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                found.push(Source::new(name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort_by(|left, right| left.name().cmp(right.name()));
    found
}

#[test]
fn the_bundled_suites_load() {
    let suites = Suites::load(&sources("suites"), &registry())
        .unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    assert!(suites.iter().count() > 15);
}

/// A test of the bundled domain with these lines, among the bundled fixtures.
fn load(lines: &str) -> Result<Suites, String> {
    let mut all = sources("suites/booking/_shared");
    let head = "format: proofhouse.test/1\ntest: tried\ncapability: booking.create_booking\n\
                versions: [\"0.1.0\"]\ntitle: Tried\nverifies: [reserves]\n";
    let steps = if lines.contains("steps:") {
        ""
    } else {
        "steps: [{ call: list_services, input: {}, expect: { ok: true } }]\n"
    };
    let level = if lines.contains("level:") {
        ""
    } else {
        "level: must\n"
    };
    let text = format!("{head}{level}{lines}\n{steps}");
    all.push(Source::new("suites/booking/create_booking/tried.yaml", text));
    for source in &mut all {
        let name = source.name().rsplit('/').next().unwrap().to_owned();
        if name != "tried.yaml" {
            *source = Source::new(format!("suites/booking/_shared/{name}"), source.text());
        }
    }
    Suites::load(&all, &registry()).map_err(|problems| problems.to_string())
}

#[test]
fn a_fixture_of_all_domains_is_found_by_each_and_has_a_name_of_its_own() {
    let fixture = |place: &str, name: &str| {
        let text = format!(
            "format: proofhouse.fixture/1\nfixture: {name}\ntitle: A word\nshare: test\nsteps: []\nbind: {{ word: x }}\n"
        );
        Source::new(format!("{place}/{name}.yaml"), text)
    };
    let test = |domain: &str, tool: &str| {
        let text = format!(
            "format: proofhouse.test/1\ntest: tried\ncapability: {domain}.{tool}\nversions: [\"0.1.0\"]\ntitle: Tried\n\
             level: must\nverifies: [output-schema]\nuse: [word]\n\
             steps: [{{ call: {tool}, input: {{}}, expect: {{ ok: true }} }}]\n"
        );
        Source::new(format!("suites/{domain}/{tool}/tried.yaml"), text)
    };
    let mut all = vec![
        test("booking", "list_services"),
        test("crm", "list_customers"),
        fixture("suites/_shared", "word"),
    ];
    let digest = |sources: &[Arc<Source>]| {
        let suites = Suites::load(sources, &registry()).unwrap();
        suites
            .digest(&"crm.list_customers@0.1.0".parse().unwrap())
            .unwrap()
            .to_owned()
    };
    let mut other = all.clone();
    other[2] = Source::new(
        "suites/_shared/word.yaml",
        other[2].text().replace("word: x", "word: y"),
    );
    assert_ne!(digest(&all), digest(&other));
    all.push(fixture("suites/crm/_shared", "word"));
    let wrong = Suites::load(&all, &registry()).unwrap_err().to_string();
    assert!(
        wrong.contains("suites/crm/_shared/word.yaml:2:10")
            && wrong.contains("all domains have a fixture `word` already"),
        "{wrong}"
    );
    all.pop();
    all.remove(2);
    assert!(Suites::load(&all, &registry()).is_err());
}

#[test]
fn a_race_rows_and_a_peer_that_make_no_sense_are_refused() {
    let call = "call: list_services, input: {}, expect: { ok: true }";
    let lines = [
        format!("steps: [{{ race: {{ each: {{ callers: 1, {call} }} }} }}]"),
        format!("steps: [{{ race: {{ each: {{ callers: 33, {call} }} }} }}]"),
        format!("steps: [{{ race: {{ calls: [{{ {call} }}] }} }}]"),
        format!("steps: [{{ race: {{ each: {{ callers: 2, {call} }}, calls: [{{ {call} }}] }} }}]"),
        format!("steps: [{{ {call}, at: peer }}]"),
        format!("steps: [{{ wait: \"duration('1s')\", at: peer, id: waited }}, {{ {call} }}]"),
        "use_each: [slot]".to_owned(),
        "use_each: [services]\ncases: [{ id: one }]".to_owned(),
        "use_each: [slot]\ncases: [{ id: one, when: slot != null }]".to_owned(),
        "peer: [booking]\nexclusive: true".to_owned(),
        "peer: [booking]\nsteps: [{ that: [{ check: peer.third_slot != null, otherwise: no }] }]".to_owned(),
        "must_since: \"0.2.0\"".to_owned(),
    ];
    let told: String = lines
        .iter()
        .map(|lines| format!("{}\n", load(lines).unwrap_err()))
        .collect();
    insta::assert_snapshot!("races_rows_and_peers_that_make_no_sense", told);
}

#[test]
fn a_test_is_must_from_the_version_on_that_it_names() {
    for (since, level) in [
        ("0.2.0", Level::Should),
        ("0.1.0", Level::Must),
        ("0.0.9", Level::Must),
    ] {
        let suites = load(&format!("level: should\nmust_since: \"{since}\"")).unwrap();
        assert_eq!(suites.iter().next().unwrap().level, level, "{since}");
    }
}
