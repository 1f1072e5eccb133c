//! A store in one SQLite file.
//!
//! The log is written ahead (WAL) with `synchronous = NORMAL`: a killed process loses nothing that was committed, a power cut
//! may lose the last transactions. Readers have connections of their own and never wait for the writer.

mod open;
mod pages;
mod read;
mod rows;
mod store;
mod tokens;
mod upkeep;
mod uploads;
mod write;

pub use open::DATABASE_FILE;
pub use store::SqliteStore;
