//! The bundled contracts and suites: they load, and mistakes in them are shown where they are.

use std::path::Path;
use std::sync::Arc;

use proofhouse::capability::Registry;
use proofhouse::diagnostic::Source;
use proofhouse::model::Level;
use proofhouse::suite::{StepKind, Suites};

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
fn no_bundled_suite_runs_over_a_list_for_each_element_of_another() {
    let suites =
        Suites::load(&sources("suites"), &registry()).unwrap_or_else(|problems| panic!("{problems}"));
    let warnings: Vec<_> = suites.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn a_check_of_each_with_each_is_warned_of_at_its_place() {
    let text = "format: proofhouse.test/1\ntest: pairs\ncapability: booking.list_services\nversions: [\"0.1.0\"]\n\
                title: Pairs\nlevel: must\nverifies: [stable-ids]\nsteps:\n  - id: first\n    call: list_services\n    \
                input: {}\n    expect: { ok: true }\n  - call: list_services\n    input: {}\n    expect:\n      ok: true\n      \
                that:\n        - check: output.services.all(s, first.output.services.exists(f, f.id == s.id))\n          \
                otherwise: an id is gone\n";
    let source = Source::new("suites/booking/list_services/pairs.yaml", text.to_owned());
    let suites = Suites::load(&[source], &registry()).unwrap_or_else(|problems| panic!("{problems}"));
    let warnings: Vec<_> = suites.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "suites/booking/list_services/pairs.yaml:18:18: it runs over `first` for each element of another list"
        ]
    );
}

#[test]
fn the_bundled_suites_load() {
    let suites = Suites::load(&sources("suites"), &registry())
        .unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    assert!(suites.iter().count() > 15);
}

/// The bundled files that tests share: fixtures and expectations.
fn shared() -> Vec<Arc<Source>> {
    let mut all = sources("suites");
    all.retain(|source| source.name().contains("/_shared/") || source.name().contains("/_expectations/"));
    all
}

/// A test of the bundled domain with these lines, among the bundled fixtures and expectations, and these files.
fn load_with(lines: &str, more: &[(&str, &str)]) -> Result<Suites, String> {
    let mut all = shared();
    all.extend(more.iter().map(|(name, text)| Source::new(*name, *text)));
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
    Suites::load(&all, &registry()).map_err(|problems| problems.to_string())
}

fn load(lines: &str) -> Result<Suites, String> {
    load_with(lines, &[])
}

#[test]
fn a_test_that_can_pass_without_telling_anything_is_refused() {
    let call = "call: list_services, input: {}, expect: { ok: true }";
    let left_out = |more: &str| {
        format!("steps: [{{ {call}, if_offered: true{more} }}, {{ when: 'now == now', {call} }}]")
    };
    let wrong = load(&left_out("")).unwrap_err();
    assert!(
        wrong.contains("can pass without a step that tells right from wrong"),
        "{wrong}"
    );
    assert!(load(&left_out(", tells: true")).is_ok());
    let judges_nothing = format!("steps: [{{ let: {{ one: 1 }}, tells: true }}, {{ {call} }}]");
    let wrong = load(&judges_nothing).unwrap_err();
    assert!(wrong.contains("judges nothing of the provider"), "{wrong}");
}

#[test]
fn a_fixture_that_is_only_tried_is_read() {
    let wrong = load("try: [booking] # booking").unwrap_err();
    assert!(wrong.contains("no step reads `booking`"), "{wrong}");
    let need = "{ need: { check: booking != null, otherwise: skip, reason: none } }";
    let call = "{ call: list_services, input: {}, expect: { ok: true } }";
    assert!(load(&format!("try: [booking]\nsteps: [{need}, {call}]")).is_ok());
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

fn expectation(name: &str, tool: &str, expect: &str) -> String {
    format!(
        "format: proofhouse.expectation/1\nexpectation: {name}\ntitle: Tried\ntool: {tool}\nexpect: {expect}\n"
    )
}

#[test]
fn a_shared_expectation_comes_first_and_what_stands_beside_it_is_added_or_replaces() {
    let call = |expect: &str| format!("steps: [{{ call: list_services, input: {{}}, expect: {expect} }}]");
    let text = expectation(
        "listed",
        "booking.list_services",
        "{ ok: true, that: [{ check: has(output.services), otherwise: none }] }",
    );
    let files = [("suites/_expectations/listed.yaml", text.as_str())];
    let expected = |expect: &str| {
        let suites = load_with(&call(expect), &files).unwrap();
        let test = suites.iter().next().unwrap().clone();
        match &test.body().steps[0].kind {
            StepKind::Call(call) => (call.expect.ok, call.expect.that.len()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(expected("{ like: listed }"), (Some(true), 1));
    let more = "{ like: listed, ok: false, that: [{ check: \"true\", otherwise: no }] }";
    assert_eq!(expected(more), (Some(false), 2));
}

#[test]
fn the_digest_of_a_suite_covers_the_expectations_that_it_shares() {
    let digest = |words: &str| {
        let inner = expectation(
            "inner",
            "booking.list_services",
            &format!("{{ ok: true, otherwise: {words} }}"),
        );
        let outer = expectation("outer", "booking.list_services", "{ like: inner }");
        let steps = "steps: [{ call: list_services, input: {}, expect: { like: outer } }]";
        let files = [
            ("suites/_expectations/inner.yaml", inner.as_str()),
            ("suites/booking/_expectations/outer.yaml", outer.as_str()),
        ];
        let suites = load_with(steps, &files).unwrap();
        let digest = suites.digest(&"booking.create_booking@0.1.0".parse().unwrap());
        digest.unwrap().to_owned()
    };
    assert_eq!(digest("one"), digest("one"));
    assert_ne!(digest("one"), digest("other"));
}

#[test]
fn what_tests_share_is_refused_where_it_makes_no_sense() {
    let call = "steps: [{ call: list_services, input: {}, expect: { like: tried } }]";
    let files = |tool: &str, expect: &str| expectation("tried", tool, expect);
    let cases = [
        (call, files("booking.list_services", "{ like: slots_liste }")),
        (call, files("booking.list_services", "{ like: tried }")),
        (call, files("booking.list_services", "{}")),
        (call, files("booking.cancel_booking", "{ ok: true }")),
        (
            call,
            files("booking.list_services", "{ ok: true, rule: reserves }"),
        ),
        (
            "use: [free_slot as slot]",
            files("booking.list_services", "{ ok: true }"),
        ),
        (
            "use: [services as others]",
            files("booking.list_services", "{ ok: true }"),
        ),
        (
            "use: [free_slot as]",
            files("booking.list_services", "{ ok: true }"),
        ),
        (
            "use: [free_slot as other, slot_of_same_service as other]",
            files("booking.list_services", "{ ok: true }"),
        ),
    ];
    let told: String = cases
        .iter()
        .map(|(lines, text)| {
            let wrong = load_with(lines, &[("suites/_expectations/tried.yaml", text.as_str())]);
            format!("{}\n", wrong.unwrap_err())
        })
        .collect();
    insta::assert_snapshot!("shared_files_that_make_no_sense", told);
}

#[test]
fn one_fixture_is_made_several_times_under_several_names() {
    let suites = load("use: [free_slot as second_slot, free_slot as third_slot]").unwrap();
    let test = suites.iter().next().unwrap();
    let names: Vec<_> = test
        .body()
        .fixtures
        .iter()
        .map(|fixture| (fixture.name.as_str(), fixture.definition.as_str()))
        .collect();
    assert_eq!(names, [("second_slot", "free_slot"), ("third_slot", "free_slot")]);
}

#[test]
fn a_renamed_test_is_found_by_the_names_that_it_had_and_by_no_other() {
    let suites =
        load("renamed_from: [{ name: tested, in: \"0.2.0\" }, { name: first, in: \"0.3.0\" }]").unwrap();
    let id = |name: &str| format!("booking.create_booking@0.1.0/{name}").parse().unwrap();
    for name in ["tried", "tested", "first"] {
        assert_eq!(suites.current_id(&id(name)), id("tried"), "{name}");
    }
    assert_eq!(suites.current_id(&id("other")), id("other"));
    let elsewhere = "booking.cancel_booking@0.1.0/tested".parse().unwrap();
    assert_eq!(suites.current_id(&elsewhere), elsewhere);
}

#[test]
fn a_former_name_means_one_test() {
    let happy = sources("suites");
    let happy = happy
        .iter()
        .find(|source| source.name() == "suites/booking/create_booking/happy_path.yaml")
        .unwrap();
    let files = [(happy.name(), happy.text())];
    let told: String = ["happy_path", "tried", "Tried"]
        .iter()
        .map(|name| {
            let lines = format!("renamed_from: [{{ name: {name}, in: \"0.2.0\" }}]");
            format!("{}\n", load_with(&lines, &files).unwrap_err())
        })
        .collect();
    insta::assert_snapshot!("former_names_that_make_no_sense", told);
}

#[test]
fn a_line_asks_for_the_table_that_a_test_of_its_own_would_make() {
    let head = "format: proofhouse.tables/1\ncapability: booking.list_bookings\nfrom: { limit: 10 }\n";
    let load = |lines: &str| {
        let mut all = shared();
        let text = format!("{head}{lines}");
        all.push(Source::new("suites/booking/list_bookings/_tables.yaml", text));
        Suites::load(&all, &registry()).map_err(|problems| problems.to_string())
    };
    let suites = load(
        "rejects_null_fields: { versions: [\"0.1.0\"] }\n\
         rejects_invalid_input: { versions: [\"0.1.0\"], verifies: [refused-input], expect: { error: [invalid_input] } }\n",
    )
    .unwrap();
    let told: Vec<_> = suites
        .iter()
        .map(|test| {
            let rows = test.body().cases.len();
            assert!(rows > 2, "{rows}");
            let StepKind::Call(call) = &test.body().steps[0].kind else {
                panic!("{:?}", test.body().steps)
            };
            assert!(call.invalid_input);
            (
                test.id.to_string(),
                test.level,
                test.verifies.clone(),
                call.expect.errors.clone(),
            )
        })
        .collect();
    let id = |name: &str| format!("booking.list_bookings@0.1.0/{name}");
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        told,
        [
            (
                id("rejects_invalid_input"),
                Level::Must,
                texts(&["refused-input"]),
                texts(&["invalid_input"])
            ),
            (
                id("rejects_null_fields"),
                Level::Should,
                texts(&["input-schema"]),
                texts(&[])
            ),
        ]
    );
    let wrong = load("").unwrap_err();
    assert!(wrong.contains("the file asks for no table"), "{wrong}");
    let wrong =
        load("accepts_boundaries: { versions: [\"0.1.0\"], except: { no_such_row: x } }\n").unwrap_err();
    assert!(wrong.contains("no row is called `no_such_row`"), "{wrong}");
}

#[test]
fn a_search_for_pairs_and_the_kinds_of_a_test_belong_together() {
    let search = |name: &str, pairs: &str| {
        format!(
            "{name}:\n  - search:\n      over: {{ day: \"[1]\", service: \"['a', 'b']\" }}\n      call: check_availability\n      \
             input: {{ service_id: \"${{ service }}\", date: '2027-03-02' }}\n      expect: {{ ok: true }}\n      \
             pick: output.slots\n      {pairs}\n      none: none\n"
        )
    };
    let lease = "lease: { from: candidate.start_at, to: candidate.end_at }";
    let pairs = |within: &str| format!("{lease}\n      pairs: {{ within: {within} }}");
    let call = "  - { call: list_services, input: {}, expect: { ok: true } }";
    let kinds = "kinds: [same_start, contains]";
    let steps = search("steps", &pairs("day"));
    let good = load(&format!("{kinds}\n{steps}{call}")).unwrap();
    let rows: Vec<_> = good
        .iter()
        .next()
        .unwrap()
        .body()
        .cases
        .iter()
        .map(|case| case.id.clone())
        .collect();
    assert_eq!(rows, ["same_start", "contains"]);
    for (lines, wrong) in [
        (
            format!("{kinds}\nsteps:\n{call}"),
            "a test with `kinds` looks for each of them: it has a step `search` with `pairs`",
        ),
        (
            search("steps", &pairs("day")),
            "a search with `pairs` looks for the kind of its row: the test names its `kinds`",
        ),
        (
            format!(
                "{kinds}\n{}{}",
                search("steps", &pairs("day")),
                search("after", &pairs("day"))
            ),
            "the steps under `after` have none",
        ),
        (
            format!("{kinds}\n{}", search("steps", &pairs("week"))),
            "the search has no loop `week`",
        ),
        (
            format!("{kinds}\n{}", search("steps", "pairs: { within: day }")),
            "`pairs` compares spans of time, so the search needs its `lease`",
        ),
        (
            format!("kinds: [contains, contains]\n{}", search("steps", &pairs("day"))),
            "the kind `contains` stands twice",
        ),
        (
            format!(
                "{kinds}\ncases: [{{ id: one }}]\n{}",
                search("steps", &pairs("day"))
            ),
            "a test has `cases`, `kinds` or `generate`, and this one has more than one of them",
        ),
        (
            format!("kinds: [touches]\n{}", search("steps", &pairs("day"))),
            "touches",
        ),
    ] {
        let told = load(&lines).unwrap_err();
        assert!(told.contains(wrong), "{lines}\n{told}");
    }
}
