//! A store in a PostgreSQL database, for registries that several machines use.
//!
//! Everything is in a schema of its own, so the database may hold other things too. The client has a runtime of its own: whoever asks may
//! be a task, a thread, or a test, and what was begun ends also if nobody waits for it any more.

mod failed;
mod migrate;
mod pages;
mod read;
mod rows;
mod store;
mod tokens;
mod upkeep;
mod uploads;
mod write;

pub use store::PostgresStore;
