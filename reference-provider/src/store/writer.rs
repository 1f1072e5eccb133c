//! The one thread that writes, many requests to a transaction.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use super::StoreError;
use super::error::is_lasting;

/// The number of waiting requests that share a transaction. One sync of the disk then serves them all.
const BATCH: usize = 64;

/// The thread that owns the writing connection.
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    /// The reason why nothing more can be written, once there is one.
    end: Arc<watch::Sender<Option<String>>>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self, StoreError> {
        let (queue, jobs) = mpsc::channel();
        let end = Arc::new(watch::Sender::new(None));
        let ends = Arc::clone(&end);
        let thread = std::thread::Builder::new()
            .name("bookings-writer".to_owned())
            .spawn(move || {
                let ended = match caught(|| work_off(&connection, &jobs)) {
                    Ok(outcome) => outcome,
                    Err(panic) => Err(panic),
                };
                // Whoever still waits in the queue is told before the process ends.
                drop(jobs);
                if let Err(why) = ended {
                    ends.send_replace(Some(why));
                }
            })
            .map_err(StoreError::Thread)?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
            end,
        })
    }

    /// Says that nothing more can be written, by whomever it was noticed.
    pub(super) fn end(&self, why: String) {
        self.end.send_replace(Some(why));
    }

    /// Returns why nothing more can be written, once there is a reason.
    pub(super) async fn ended(&self) -> String {
        let mut ended = self.end.subscribe();
        // A clone, as what it stands in may not be held while others wait.
        let why = ended
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|why| why.clone());
        match why {
            Some(why) => why,
            // The sender lives as long as this.
            None => std::future::pending().await,
        }
    }

    /// Does some work once.
    pub(super) async fn submit<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let mut work = Some(work);
        self.queue(move |db| work.take().map(|work| work(db)), false)
            .await
    }

    /// Does some work that can be undone and done again, should other work that shares its transaction fail.
    pub(super) async fn submit_repeatable<T, F>(&self, mut work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.queue(move |db| Some(work(db)), true).await
    }

    async fn queue<T, F>(&self, work: F, is_repeatable: bool) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Option<rusqlite::Result<T>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Request {
            work,
            is_repeatable,
            outcome: None,
            reply,
        };
        let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
        queue.send(Box::new(job)).map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // The thread works off what is queued and ends; the file is then closed for the next to open.
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Works off what is queued until nobody is left to queue anything. An error says why nothing more can be written.
fn work_off(connection: &Connection, jobs: &mpsc::Receiver<Box<dyn Job>>) -> Result<(), String> {
    while let Ok(first) = jobs.recv() {
        let mut batch = vec![first];
        while batch.len() < BATCH {
            match jobs.try_recv() {
                Ok(job) => batch.push(job),
                Err(_) => break,
            }
        }
        let committed = commit(connection, &mut batch);
        let mut lasting = match &committed {
            Err(error) if is_lasting(error) => Some(error.to_string()),
            _ => batch.iter().find_map(|job| job.lasting()),
        };
        if committed.is_err() && !connection.is_autocommit() {
            // A transaction that cannot be left would swallow all that come.
            if let Err(error) = connection.execute_batch("ROLLBACK") {
                lasting.get_or_insert(error.to_string());
            }
        }
        let committed = committed.map_err(|error| error.to_string());
        for job in batch {
            job.answer(&committed);
        }
        if let Some(why) = lasting {
            return Err(why);
        }
    }
    Ok(())
}

/// Does some work; its message where it panics. The hook has printed it with its place by then.
fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        text.or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "a panic without a message".to_owned())
    })
}

fn commit(connection: &Connection, batch: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
    let together = batch.iter().take_while(|job| job.is_repeatable()).count();
    step(connection, "BEGIN IMMEDIATE")?;
    // Hardly any work fails, and a savepoint costs more than a row. So what can be done again begins without any.
    let mut done = together;
    if !batch[..together].iter_mut().all(|job| job.run(connection)) {
        step(connection, "ROLLBACK")?;
        step(connection, "BEGIN IMMEDIATE")?;
        done = 0;
    }
    for job in &mut batch[done..] {
        step(connection, "SAVEPOINT request")?;
        if !job.run(connection) {
            step(connection, "ROLLBACK TO request")?;
        }
        step(connection, "RELEASE request")?;
    }
    step(connection, "COMMIT")
}

fn step(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}

/// A request that waits, whatever it returns.
trait Job: Send {
    /// Returns true if it can be run again after it was undone.
    fn is_repeatable(&self) -> bool;
    /// Does the work; whether it succeeded.
    fn run(&mut self, connection: &Connection) -> bool;
    /// The error of the work, if no later work will be spared it.
    fn lasting(&self) -> Option<String>;
    /// Tells who waits, now that the transaction is committed or lost.
    fn answer(self: Box<Self>, committed: &Result<(), String>);
}

struct Request<F, T> {
    /// None where it was done before and cannot be done again.
    work: F,
    is_repeatable: bool,
    outcome: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<F, T> Job for Request<F, T>
where
    T: Send + 'static,
    F: FnMut(&Connection) -> Option<rusqlite::Result<T>> + Send + 'static,
{
    fn is_repeatable(&self) -> bool {
        self.is_repeatable
    }

    fn run(&mut self, connection: &Connection) -> bool {
        // Undone like any other failure: what it wrote so far is rolled back, and the thread lives on for the others.
        self.outcome = match caught(|| (self.work)(connection)) {
            Ok(outcome) => outcome.map(|outcome| outcome.map_err(StoreError::Database)),
            Err(panic) => Some(Err(StoreError::Panicked(panic))),
        };
        matches!(self.outcome, Some(Ok(_)))
    }

    fn lasting(&self) -> Option<String> {
        match &self.outcome {
            Some(Err(error)) => error.lasting(),
            _ => None,
        }
    }

    fn answer(self: Box<Self>, committed: &Result<(), String>) {
        let answer = match (committed, self.outcome) {
            (Err(message), _) => Err(StoreError::NotCommitted(message.clone())),
            (Ok(()), Some(outcome)) => outcome,
            (Ok(()), None) => Err(StoreError::Closed),
        };
        // Whoever asked may have hung up; the booking stands all the same.
        let _ = self.reply.send(answer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer() -> Writer {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("CREATE TABLE t (n INTEGER UNIQUE)")
            .unwrap();
        Writer::start(connection).unwrap()
    }

    #[tokio::test]
    async fn a_failed_request_undoes_its_own_work_only() {
        let writer = writer();
        let insert = |numbers: &'static [i64]| {
            writer.submit(move |db| {
                for number in numbers {
                    db.execute("INSERT INTO t VALUES (?1)", [number])?;
                }
                Ok(())
            })
        };
        let (first, clash, last) = tokio::join!(insert(&[1]), insert(&[2, 1]), insert(&[3]));
        assert!(first.is_ok() && clash.is_err() && last.is_ok());
        let sum = writer.submit(|db| db.query_row("SELECT sum(n) FROM t", [], |row| row.get::<_, i64>(0)));
        assert_eq!(sum.await.unwrap(), 4);
    }

    #[tokio::test]
    async fn work_that_shares_a_transaction_with_a_failure_is_done_all_the_same_and_once() {
        let writer = writer();
        let insert = |numbers: &'static [i64]| {
            writer.submit_repeatable(move |db| {
                for number in numbers {
                    db.execute("INSERT INTO t VALUES (?1)", [number])?;
                }
                Ok(())
            })
        };
        // The first job holds the thread until the others wait, so that they share a transaction.
        let ((begun, begins), (go, wait)) = (oneshot::channel::<()>(), mpsc::channel::<()>());
        let held = writer.submit(move |_| {
            drop(begun);
            let _ = wait.recv();
            Ok(())
        });
        let others = async {
            let _ = begins.await;
            tokio::join!(
                insert(&[1]),
                insert(&[2, 1]),
                insert(&[3]),
                writer.submit(|db| db.execute("INSERT INTO t VALUES (4)", [])),
                async move { drop(go) },
            )
        };
        let (_, (one, clash, two, alone, ())) = tokio::join!(held, others);
        assert!(one.is_ok() && clash.is_err() && two.is_ok() && alone.is_ok());
        let kept = writer.submit(|db| {
            db.prepare("SELECT n FROM t ORDER BY n")?
                .query_map([], |row| row.get(0))?
                .collect::<Result<Vec<i64>, _>>()
        });
        assert_eq!(kept.await.unwrap(), [1, 3, 4]);
    }

    /// Returns the numbers that are kept.
    async fn kept(writer: &Writer) -> Vec<i64> {
        let kept = writer.submit(|db| {
            db.prepare("SELECT n FROM t ORDER BY n")?
                .query_map([], |row| row.get(0))?
                .collect::<Result<Vec<i64>, _>>()
        });
        kept.await.unwrap()
    }

    #[tokio::test]
    async fn a_panic_undoes_its_own_work_and_the_writer_goes_on() {
        let writer = writer();
        let insert = |number: i64, panics: bool| {
            writer.submit_repeatable(move |db| {
                db.execute("INSERT INTO t VALUES (?1)", [number])?;
                assert!(!panics, "no such luck");
                Ok(())
            })
        };
        let (one, broken, three) = tokio::join!(insert(1, false), insert(2, true), insert(3, false));
        assert!(one.is_ok() && three.is_ok());
        assert_eq!(
            broken.unwrap_err().to_string(),
            "the work was given up and undone: no such luck"
        );
        let alone: Result<(), _> = writer
            .submit(|db| {
                db.execute("INSERT INTO t VALUES (4)", [])?;
                panic!("once more")
            })
            .await;
        assert!(matches!(alone, Err(StoreError::Panicked(_))));
        assert_eq!(kept(&writer).await, [1, 3]);
    }

    #[tokio::test]
    async fn a_writer_that_cannot_go_on_says_so_and_refuses_what_comes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch("PRAGMA journal_mode = wal; CREATE TABLE t (n INTEGER UNIQUE)")
            .unwrap();
        connection
            .execute_batch("PRAGMA wal_checkpoint(truncate); PRAGMA cache_size = 0")
            .unwrap();
        let writer = Writer::start(connection).unwrap();
        std::fs::write(&path, vec![b'x'; 8192]).unwrap();
        let lost = writer
            .submit(|db| db.execute("INSERT INTO t VALUES (1)", []))
            .await;
        assert!(lost.is_err());
        let ended = tokio::time::timeout(std::time::Duration::from_secs(5), writer.ended()).await;
        assert!(ended.is_ok(), "nobody learns of it");
        let after = writer
            .submit(|db| db.execute("INSERT INTO t VALUES (2)", []))
            .await;
        assert!(matches!(after, Err(StoreError::Closed)));
    }

    #[tokio::test]
    async fn two_hundred_waiting_requests_are_all_answered() {
        let writer = Arc::new(writer());
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..200_i64 {
            let writer = Arc::clone(&writer);
            tasks.spawn(async move {
                writer
                    .submit(move |db| db.execute("INSERT INTO t VALUES (?1)", [number]))
                    .await
            });
        }
        while let Some(answer) = tasks.join_next().await {
            assert_eq!(answer.unwrap().unwrap(), 1);
        }
    }
}
