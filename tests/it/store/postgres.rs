//! The store in PostgreSQL: the contract of every store, and what is its own.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Barrier};
use std::thread;

use proofhouse::model::{CapabilityRef, ProviderId, Verdict};
use proofhouse::store::{
    ClaimResults, ImportedFrom, Page, PostgresStore, ResultFilter, RunStore, SqliteStore, Store,
    StoreErrorKind, StorePlace, StoredResult, TokenStore, Wait,
};

use super::{all, at, contract, run_at};
use crate::support::postgres::{Server, server};
use crate::support::proving::{Ran, binary};

#[test]
fn the_store_in_postgresql_keeps_the_contract_of_stores() {
    let Some(server) = server() else { return };
    contract::contract(&|| {
        let address = server.url(&server.database());
        Box::new(move || Arc::new(PostgresStore::open(&address).unwrap()))
    });
}

#[test]
fn many_processes_may_open_a_new_database_at_once() {
    let Some(server) = server() else { return };
    let address = server.url(&server.bare_database());
    let barrier = Barrier::new(6);
    thread::scope(|scope| {
        for minute in 1..=6 {
            let (address, barrier) = (&address, &barrier);
            scope.spawn(move || {
                barrier.wait();
                super::keep(&PostgresStore::open(address).unwrap(), minute);
            });
        }
    });
    assert_eq!(all(&PostgresStore::open(&address).unwrap()).len(), 6);
}

/// A database that a newer version wrote is used as long as that version says so, and no longer.
#[test]
fn a_newer_schema_is_used_only_where_it_allows_it() {
    let Some(server) = server() else { return };
    let database = server.database();
    let set = |version, oldest| {
        let sql = format!("UPDATE proofhouse.schema_version SET version = {version}, oldest = {oldest}");
        server.sql(&database, &sql);
    };
    set(90, 1);
    PostgresStore::open(&server.url(&database)).unwrap();
    set(91, 90);
    let error = PostgresStore::open(&server.url(&database)).unwrap_err();
    assert!(
        matches!(error.kind, StoreErrorKind::Newer { found: 91, .. }),
        "{error:?}"
    );
    assert_eq!(
        server
            .sql(&database, "SELECT version FROM proofhouse.schema_version")
            .trim(),
        "91"
    );
}

/// Whoever may create nothing in a database can be given the schema.
#[test]
fn a_name_that_owns_the_schema_needs_no_other_right() {
    let Some(server) = server() else { return };
    let database = server.bare_database();
    let address = server.url(&database).replace("tests@", "guest@");
    server.sql(&database, "CREATE ROLE guest LOGIN");
    let refused = PostgresStore::open(&address).unwrap_err();
    assert!(
        matches!(refused.kind, StoreErrorKind::NotWritable(_)),
        "{refused:?}"
    );
    server.sql(&database, "CREATE SCHEMA proofhouse AUTHORIZATION guest");
    super::keep(&PostgresStore::open(&address).unwrap(), 1);
}

/// Whoever restarts the server, or a proxy in between, ends every connection.
#[test]
fn a_record_goes_on_over_new_connections() {
    let Some(server) = server() else { return };
    let database = server.database();
    let store = PostgresStore::open(&server.url(&database)).unwrap();
    let (run, events) = run_at(1);
    let end_all = format!(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{database}' AND pid <> pg_backend_pid()"
    );
    thread::scope(|scope| {
        let (end_all, database) = (&end_all, &database);
        let ending = scope.spawn(move || {
            for _ in 0..10 {
                server.sql(database, end_all);
            }
        });
        let mut rest = events.as_slice();
        while let Some((event, left)) = rest.split_first() {
            store.append(&run, std::slice::from_ref(event)).wait().unwrap();
            rest = left;
        }
        ending.join().unwrap();
    });
    server.sql(&database, &end_all);
    store.finish(&run, &[], Verdict::Failed).wait().unwrap();
    assert_eq!(store.events(&run).wait().unwrap(), events);
    assert_eq!(store.check().wait().unwrap(), Vec::<String>::new());
}

/// A refused commit leaves no half of the end of a run.
#[test]
fn the_end_of_a_run_is_stored_whole_or_not_at_all() {
    let Some(server) = server() else { return };
    let database = server.database();
    let store = PostgresStore::open(&server.url(&database)).unwrap();
    server.sql(
        &database,
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
         CREATE TRIGGER refuse BEFORE UPDATE OF verdict ON proofhouse.runs FOR EACH ROW EXECUTE FUNCTION refuse();",
    );
    let (run, events) = run_at(1);
    let (end, before) = events.split_last().unwrap();
    store.append(&run, before).wait().unwrap();
    let error = store
        .finish(&run, std::slice::from_ref(end), Verdict::Failed)
        .wait();
    assert!(matches!(error.unwrap_err().kind, StoreErrorKind::Database(_)));
    assert_eq!(store.overview(&run).wait().unwrap().finished_at, None);
    assert_eq!(store.events(&run).wait().unwrap(), before);
    let (sent, events) = run_at(2);
    let ada = ImportedFrom::Publisher("ada");
    store
        .import(&sent, &events, Verdict::Failed, ada)
        .wait()
        .unwrap_err();
    assert!(store.overview(&sent).wait().is_err());
}

/// Fills a database with many results of many runs.
fn fill(server: &Server, database: &str) {
    server.sql(
        database,
        "SET search_path = proofhouse;
         INSERT INTO runs (id, started_at, finished_at, harness, seed, planned, providers, next_seq, pass, verdict)
         SELECT to_char(t, 'YYYYMMDD-HH24MISS') || '-' || lpad(to_hex(n), 6, '0'), t, t, 'h', '1', 60, 1, 62, 60, 'conformant'
         FROM (SELECT n, timestamptz '2026-01-01 00:00:00Z' + n * interval '1 minute' AS t FROM generate_series(1, 1000) n) m;
         INSERT INTO results (run, seq, provider, capability, version, test, level, outcome, ms, calls, when_at, own)
         SELECT key, seq, 'p:t' || key % 50, CASE WHEN seq % 3 = 0 THEN 'booking.a' ELSE 'booking.b' END, '0.1.0',
             CASE WHEN seq = 7 THEN 'set_up' ELSE 'test_' || seq % 20 END, 'must',
             CASE WHEN seq % 29 = 0 THEN 'fail' ELSE 'pass' END, 1, 1, started_at + seq * interval '1 second', key % 5 > 0
         FROM runs, generate_series(1, 60) seq;
         INSERT INTO events (run, seq, at, kind, body)
         SELECT key, seq, started_at, CASE WHEN seq = 9 THEN 'undo_settled' ELSE 'noted' END, 'x'
         FROM runs, generate_series(0, 61) seq;
         INSERT INTO claims SELECT provider, capability, version, max(run), 1 FROM results GROUP BY 1, 2, 3;
         ANALYZE;",
    );
}

/// The questions of every page, each asked often enough that the server makes a plan for all values.
fn ask_everything(store: &PostgresStore) {
    let provider: ProviderId = "p:t7".parse().unwrap();
    let capability: CapabilityRef = "booking.a@0.1.0".parse().unwrap();
    let (id, version) = (capability.id.clone(), capability.version.clone());
    let newest = store
        .list(&Page {
            limit: 5,
            before: None,
        })
        .wait()
        .unwrap();
    let run = newest[4].run.clone();
    let bare = || ResultFilter {
        limit: 50,
        ..ResultFilter::default()
    };
    let of_version = || ResultFilter {
        capability: Some(id.clone()),
        version: Some(version.clone()),
        ..bare()
    };
    let filters = [
        bare(),
        of_version(),
        ResultFilter {
            test: Some("test_3".parse().unwrap()),
            ..of_version()
        },
        ResultFilter {
            outcome: Some(proofhouse::model::Outcome::Fail),
            ..of_version()
        },
        ResultFilter {
            provider: Some(provider.clone()),
            ..bare()
        },
        ResultFilter {
            provider: Some(provider.clone()),
            test: Some("test_3".parse().unwrap()),
            outcome: Some(proofhouse::model::Outcome::Fail),
            ..bare()
        },
        ResultFilter {
            test: Some("test_3".parse().unwrap()),
            ..bare()
        },
        ResultFilter {
            since: Some(at(1)),
            ..bare()
        },
    ];
    for _ in 0..7 {
        for filter in &filters {
            let found = store.recent_results(filter).wait().unwrap();
            let next = ResultFilter {
                before: found.last().map(StoredResult::cursor),
                ..filter.clone()
            };
            store.recent_results(&next).wait().unwrap();
        }
        for own in [true, false] {
            for capability in [Some(&capability), None] {
                let query = ClaimResults {
                    provider: &provider,
                    capability,
                    own,
                    since: None,
                    until: Some(at(59)),
                    limit: 2_000,
                };
                store.results_of_claim(&query).wait().unwrap();
            }
        }
        let page = Page {
            limit: 50,
            before: Some(run.clone()),
        };
        store.list(&page).wait().unwrap();
        store.results_of_run(&run, Some(9), 20).wait().unwrap();
        store.claims(Some(&capability), Some(&provider)).wait().unwrap();
        store
            .providers(Some(&capability), Some(&provider), 20)
            .wait()
            .unwrap();
        store.find("20260101-0").wait().unwrap_err();
        // What the events say is none of our lines, and is found by the way to them.
        store.events_after(&run, Some(3), 5).wait().unwrap_err();
        store.events_of_claim(&run, &provider, &capability).wait().ok();
        store.owed(&run).wait().unwrap_err();
    }
}

/// The plans that the server made for the questions of a database: each with the text of its question.
fn plans(server: &Server, database: &str) -> Vec<String> {
    let start = format!("{database} LOG:  duration:");
    let mut plans: Vec<String> = Vec::new();
    let mut is_ours = false;
    for line in server.log().lines() {
        if !line.starts_with('\t') {
            is_ours = line.starts_with(&start) && line.contains("plan:");
            if is_ours {
                plans.push(String::new());
            }
        }
        if let (true, Some(plan)) = (is_ours, plans.last_mut()) {
            plan.push_str(line);
            plan.push('\n');
        }
    }
    plans
}

#[test]
fn no_question_of_a_page_reads_all_results() {
    let Some(server) = server() else { return };
    let database = server.database();
    fill(server, &database);
    server.sql(
        &database,
        &format!(
            "ALTER DATABASE {database} SET session_preload_libraries = 'auto_explain';
             ALTER DATABASE {database} SET auto_explain.log_min_duration = 0"
        ),
    );
    ask_everything(&PostgresStore::open(&server.url(&database)).unwrap());
    let plans = plans(server, &database);
    let mut indexes: BTreeMap<&str, usize> = BTreeMap::new();
    for plan in &plans {
        for table in ["results", "events"] {
            assert!(!plan.contains(&format!("Seq Scan on {table}")), "{plan}");
        }
        for word in plan
            .split_whitespace()
            .filter(|word| word.starts_with("results_of_") || *word == "results_newest")
        {
            *indexes.entry(word).or_default() += 1;
        }
    }
    assert!(plans.len() > 100, "{} plans were told", plans.len());
    // Each index is there for a question.
    assert!(indexes.len() >= 5, "{indexes:?}");
}

/// Everything that a registry holds, as it is shown.
fn contents(store: &dyn Store) -> Vec<String> {
    let mut told = Vec::new();
    for run in all(store) {
        let run_with = |receipt| proofhouse::store::RunOverview {
            receipt,
            ..run.clone()
        };
        told.push(format!("{:?}", run_with(0)));
        told.push(format!("{:?}", store.events(&run.run).wait().unwrap()));
        told.push(format!(
            "{:?}",
            store.results_of_run(&run.run, None, 100).wait().unwrap()
        ));
        told.push(format!("{:?}", store.settlements(&run.run).wait().unwrap()));
    }
    let newest = ResultFilter {
        limit: 1_000,
        ..ResultFilter::default()
    };
    told.push(format!("{:?}", store.recent_results(&newest).wait().unwrap()));
    for claim in store.claims(None, None).wait().unwrap() {
        told.push(format!("{} {}", claim.provider, claim.capability));
    }
    for (hash, token) in store.hashed_tokens().wait().unwrap() {
        told.push(format!(
            "{} {token:?} {:?}",
            hash.as_str(),
            store.days_of_token(&token.id).wait().unwrap()
        ));
    }
    told
}

/// A registry in a folder: a run that ended, one that was killed and cleaned up since, one that was sent, one from files, and tokens.
fn registry(folder: &Path) -> SqliteStore {
    let store = SqliteStore::open(folder).unwrap();
    let (ended, events) = run_at(5);
    store.finish(&ended, &events, Verdict::Failed).wait().unwrap();
    let (sent, events) = run_at(9);
    let ada = ImportedFrom::Publisher("ada");
    store.import(&sent, &events, Verdict::Failed, ada).wait().unwrap();
    let (killed, events) = run_at(1);
    store.append(&killed, &events[..9]).wait().unwrap();
    store.settle(&killed, 3, at(30)).wait().unwrap();
    let (merged, events) = run_at(3);
    store
        .import(&merged, &events, Verdict::Conformant, ImportedFrom::Files)
        .wait()
        .unwrap();
    store
}

fn copy(from: &str, to: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    Ran::of(
        binary(folder.path(), &["store", "copy", from, to])
            .output()
            .unwrap(),
    )
}

#[test]
fn a_registry_moves_to_postgresql_and_back() {
    let Some(server) = server() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (first, back) = (folder.path().join("first"), folder.path().join("back"));
    let store = registry(&first);
    for arguments in [
        ["tokens", "new", "--publisher", "Ada", "--provider", "bookio:*"],
        ["tokens", "new", "--publisher", "Bob", "--provider", "b:*"],
    ] {
        let made = Ran::of(binary(&first, &arguments).output().unwrap());
        assert_eq!(made.code, Some(0), "{made:?}");
    }
    let tokens = store.tokens().wait().unwrap();
    store
        .count_token_use(&tokens[0].id, at(1), 2, 300)
        .wait()
        .unwrap();
    store.revoke_token(&tokens[1].id, at(2)).wait().unwrap();
    let address = server.url(&server.bare_database());
    let there = copy(first.to_str().unwrap(), &address);
    assert_eq!(there.code, Some(0), "{there:?}");
    assert!(
        there.stdout.contains("4 runs and 2 tokens copied and compared"),
        "{there:?}"
    );
    let again = copy(first.to_str().unwrap(), &address);
    assert!(
        again
            .stdout
            .contains("0 runs and 0 tokens copied and compared, 4 were there already"),
        "{again:?}"
    );
    let and_back = copy(&address, back.to_str().unwrap());
    assert_eq!(and_back.code, Some(0), "{and_back:?}");
    let there = PostgresStore::open(&address).unwrap();
    let copied = SqliteStore::open(&back).unwrap();
    assert_eq!(contents(&there), contents(&store));
    assert_eq!(contents(&copied), contents(&store));
    let received = |store: &dyn RunStore| {
        let mut runs = all(store);
        runs.sort_by_key(|run| run.receipt);
        runs.into_iter().map(|run| run.run).collect::<Vec<_>>()
    };
    assert_eq!(
        received(&there),
        received(&store),
        "runs count in the order in which they were received"
    );
    // The killed run goes on here, and the copy follows; a run that is another one is refused.
    let (killed, events) = run_at(1);
    store.append(&killed, &events[9..11]).wait().unwrap();
    let more = copy(first.to_str().unwrap(), &address);
    assert!(
        more.stdout.contains("1 run and 0 tokens copied and compared, 3"),
        "{more:?}"
    );
    assert_eq!(there.events(&killed).wait().unwrap(), events[..11]);
    let (_, mut other) = run_at(1);
    other[9].at = at(50);
    store.remove(std::slice::from_ref(&killed)).wait().unwrap();
    store.append(&killed, &other[..10]).wait().unwrap();
    let refused = copy(first.to_str().unwrap(), &address);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("is another one there"), "{refused:?}");
}

/// The same commands, with one address.
#[test]
fn every_command_takes_the_address_of_a_database() {
    let Some(server) = server() else { return };
    let address = server.url(&server.bare_database());
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let ran = |arguments: &[&str]| {
        let mut command = binary(&data, arguments);
        Ran::of(command.env("PROOFHOUSE_STORE", &address).output().unwrap())
    };
    let run = ran(&[
        "run",
        "--reference",
        "--provider",
        "*salon*",
        "--test",
        "happy_path",
        "--format",
        "json",
    ]);
    let id = run.report()["run"]["id"].as_str().unwrap().to_owned();
    let listed = ran(&["runs", "list"]);
    assert!(listed.stdout.contains(&id), "{listed:?}");
    let shown = ran(&["runs", "show", &id, "--format", "json"]);
    assert_eq!(shown.report()["results"], run.report()["results"]);
    let cleaned = ran(&["cleanup", "latest"]);
    assert_eq!(cleaned.code, Some(0), "{cleaned:?}");
    let gate = ran(&[
        "gate",
        "--provider",
        "bookio:salon-aurora",
        "--capability",
        "booking.create_booking",
    ]);
    assert_eq!(gate.code, Some(4), "{gate:?}");
    let checked = ran(&["store", "check"]);
    assert!(
        checked.stdout.contains("1 run read, nothing is wrong"),
        "{checked:?}"
    );
    let copied = ran(&["store", "backup", folder.path().join("copy.db").to_str().unwrap()]);
    assert_eq!(copied.code, Some(2), "{copied:?}");
    assert!(copied.stderr.contains("pg_dump"), "{copied:?}");
    let token = ran(&["tokens", "new", "--publisher", "Ada", "--provider", "bookio:*"]);
    assert_eq!(token.code, Some(0), "{token:?}");
    assert!(!data.exists(), "the data folder was used");
    // The flag counts before the variable, and a file comes last.
    let nowhere = "postgres://me:hidden@127.0.0.1:1/x";
    let refused = ran(&["runs", "list", "--store", nowhere]);
    assert_eq!(refused.code, Some(6), "{refused:?}");
    assert!(
        refused.stderr.contains("127.0.0.1:1/x") && !refused.stderr.contains("hidden"),
        "{refused:?}"
    );
    let file = format!("[store]\nurl = \"{address}\"\n");
    std::fs::write(folder.path().join("proofhouse.toml"), file).unwrap();
    let by_file = |variable: &str| {
        let mut command = binary(&data, &["runs", "list"]);
        command
            .current_dir(folder.path())
            .env("PROOFHOUSE_STORE", variable);
        Ran::of(command.output().unwrap())
    };
    assert!(by_file("").stdout.contains(&id));
    assert_eq!(by_file(nowhere).code, Some(6));
    let wrong = ran(&["runs", "list", "--store", "mysql://me:hidden@host/x"]);
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    assert!(
        !wrong.stderr.contains("hidden") && wrong.stderr.contains("postgres://"),
        "{wrong:?}"
    );
    assert!(StorePlace::of_address(&address).is_ok());
}
