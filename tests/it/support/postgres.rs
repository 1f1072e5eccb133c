//! A PostgreSQL server for the tests of this process: a cluster of its own on loopback, and a database for each test.
//!
//! Without the programs of a server, tests of it are left out, and say so. Where `PROOFHOUSE_TEST_POSTGRES` is `require`, that is a failure.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use proofhouse::store::PostgresStore;

/// What must not be left out: `require`.
const VARIABLE: &str = "PROOFHOUSE_TEST_POSTGRES";
/// The database that every test's is a copy of.
const TEMPLATE: &str = "template_of_tests";
/// The longest time that a server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// Starts a server, says where it is, and ends it with whoever started it: then its input ends.
const SCRIPT: &str = r#"
set -e
cd /
bin=$1 port=$2
folder=$(mktemp -d "${TMPDIR:-/tmp}/proofhouse-postgres-XXXXXX")
trap 'rm -rf "$folder"' EXIT
"$bin/initdb" -D "$folder/data" -U tests --auth=trust --encoding=UTF8 --locale=C --no-sync >"$folder/initdb" 2>&1
"$bin/postgres" -D "$folder/data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
    -c fsync=off -c log_line_prefix='%d ' >"$folder/log" 2>&1 &
echo "$folder/log"
read -r _ || true
kill -INT $!
wait $! || true
"#;

/// A running server.
pub(crate) struct Server {
    bin: PathBuf,
    port: u16,
    log: PathBuf,
    made: AtomicUsize,
    making: Mutex<()>,
    /// The server ends when these are closed.
    _held: (Child, ChildStdin),
}

/// The server of this process. None where there are no programs of one.
pub(crate) fn server() -> Option<&'static Server> {
    static SERVER: LazyLock<Option<Server>> = LazyLock::new(|| {
        let found = programs().map(|bin| Server::start(&bin));
        if found.is_none() {
            assert!(
                std::env::var(VARIABLE).as_deref() != Ok("require"),
                "{VARIABLE} says that PostgreSQL must be there, and it is not"
            );
            // Not by a macro, whose words a passing test would keep to itself.
            let told = "left out: the tests of PostgreSQL, for want of its programs (Debian's package `postgresql`)\n";
            let _ = std::io::stderr().write_all(told.as_bytes());
        }
        found
    });
    SERVER.as_ref()
}

/// The folder of the newest programs.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let installed = versions.flatten().map(|version| version.path().join("bin"));
    let on_path = std::env::var_os("PATH");
    let on_path = on_path.iter().flat_map(std::env::split_paths);
    let mut installed: Vec<_> = installed.filter(|bin| bin.join("initdb").exists()).collect();
    installed.sort();
    installed
        .pop()
        .or_else(|| on_path.into_iter().find(|bin| bin.join("initdb").exists()))
}

fn is_root() -> bool {
    let asked = Command::new("id").arg("-u").output();
    asked.is_ok_and(|told| told.stdout.trim_ascii() == b"0")
}

impl Server {
    fn start(bin: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        // The server refuses to be run by root.
        let mut command = match is_root() {
            true => {
                let mut command = Command::new("runuser");
                command.args(["-u", "nobody", "--", "sh"]);
                command
            }
            false => Command::new("sh"),
        };
        let mut child = command
            .args(["-c", SCRIPT, "server"])
            .arg(bin)
            .arg(port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let mut log = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut log)
            .unwrap();
        assert!(!log.is_empty(), "initdb failed");
        let server = Self {
            bin: bin.to_owned(),
            port,
            log: PathBuf::from(log.trim_end()),
            made: AtomicUsize::new(0),
            making: Mutex::default(),
            _held: (child, input),
        };
        let began = Instant::now();
        while !server.program("pg_isready").output().unwrap().status.success() {
            assert!(began.elapsed() < PATIENCE, "{}", server.log());
            thread::sleep(Duration::from_millis(50));
        }
        server.sql("postgres", &format!("CREATE DATABASE {TEMPLATE}"));
        drop(PostgresStore::open(&server.url(TEMPLATE)).unwrap());
        server
    }

    /// The name of a new database with an empty store.
    pub(crate) fn database(&self) -> String {
        let name = format!("test_{}", self.made.fetch_add(1, Ordering::Relaxed));
        let _one_at_a_time = self.making.lock().unwrap();
        self.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}"));
        name
    }

    /// The name of a new database with nothing in it.
    pub(crate) fn bare_database(&self) -> String {
        let name = format!("bare_{}", self.made.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        name
    }

    /// The address of a database.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://tests@127.0.0.1:{}/{database}", self.port)
    }

    /// Runs statements in a database, and returns what they print.
    pub(crate) fn sql(&self, database: &str, statements: &str) -> String {
        let mut psql = self.program("psql");
        psql.args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            database,
            "-c",
            statements,
        ]);
        let ran = psql.output().unwrap();
        assert!(
            ran.status.success(),
            "{statements}: {}",
            String::from_utf8_lossy(&ran.stderr)
        );
        String::from_utf8(ran.stdout).unwrap()
    }

    /// What the server has written so far.
    pub(crate) fn log(&self) -> String {
        // Other tests write to it as well; a letter that is half written is of no interest.
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap()).into_owned()
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.bin.join(name));
        command.args(["-h", "127.0.0.1", "-U", "tests", "-p", &self.port.to_string()]);
        command
    }
}
