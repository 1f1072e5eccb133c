//! The store of runs: their events, the results of tests, and the undos that are still owed to providers.
//!
//! [`RunStore`] is what a database must do; [`SqliteStore`] does it in one file, [`PostgresStore`] in a database for several machines. A [`Recorder`] feeds a store from a running
//! run without ever stopping it: a failure of the store is remembered, and the run counts as incomplete. Where nothing may be awaited,
//! [`Wait`] waits for an answer.

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::indexing_slicing,
        clippy::string_slice,
        reason = "what comes from outside must not make it panic"
    )
)]

mod batch;
mod error;
mod place;
mod postgres;
mod private;
mod recorder;
mod rows;
mod sqlite;
mod traits;
mod types;
mod uploads;
mod wait;

pub use error::{StoreError, StoreErrorKind};
pub use place::StorePlace;
pub use postgres::PostgresStore;
pub use private::create_private_folder;
pub use recorder::Recorder;
pub use sqlite::{DATABASE_FILE, SqliteStore};
pub use traits::{RunStore, Store, TokenStore, load, replay};
pub use types::{
    ClaimResults, ImportedFrom, Page, ResultCursor, ResultCursorError, ResultFilter, RunOverview,
    StoredClaim, StoredResult,
};
pub use uploads::{AddedPiece, UploadBounds, UploadPiece, UploadStore};
pub use wait::Wait;
