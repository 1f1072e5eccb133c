//! The store: SQLite, one writer, readers beside it.
//!
//! Writes queue up for one thread, which takes up to 64 of them into one transaction, with a savepoint each, and answers
//! only when that transaction is on the disk. A panic in a request undoes that request and no other; a writer that cannot go on says so
//! ([`Store::ended`]), so that the process ends rather than refuse for ever. Readers have connections of their own and see what was answered. In
//! memory there is one connection, and reads queue up with the writes.

pub(crate) mod accounts;
mod booking;
pub(crate) mod bookings;
pub(crate) mod calendar;
mod connection;
pub(crate) mod customers;
pub(crate) mod delivery;
mod error;
pub(crate) mod history;
pub(crate) mod invoices;
pub(crate) mod ledger;
mod open;
pub(crate) mod outbox;
pub(crate) mod overlap;
pub(crate) mod payments;
mod reader;
pub(crate) mod services;
pub(crate) mod tags;
mod writer;

use rusqlite::Connection;

pub(crate) use booking::Booking;
pub(crate) use bookings::{CustomerQuery, NewBooking, ReplayKey};
pub(crate) use customers::{Contact, Customer, HistoryQuery, Listing, PastBooking};
pub use error::StoreError;
pub(crate) use invoices::{Invoice, InvoiceStatus, Key as InvoiceKey, Refund};
pub use open::Storage;
pub(crate) use outbox::{Message, MessageKind};
pub(crate) use overlap::Overlap;
pub(crate) use services::StoredService;

/// The bookings of all tenants.
pub(crate) struct Store {
    // Dropped first: the writer then holds the last connection and leaves a folder without a write-ahead log.
    readers: Option<reader::Readers>,
    writer: writer::Writer,
}

impl Store {
    /// Opens the bookings, or begins with none.
    pub(crate) fn open(storage: &Storage) -> Result<Self, StoreError> {
        let (connection, readers) = open::open(storage)?;
        Ok(Self {
            readers,
            writer: writer::Writer::start(connection)?,
        })
    }

    /// Returns why the writer ended, once it cannot go on; until then it waits.
    pub(crate) async fn ended(&self) -> String {
        self.writer.ended().await
    }

    /// Does some work in a transaction of its own, and returns when it is durable. An error undoes it.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.writer.submit(work).await
    }

    /// The same, for work that may be undone and done again: what many callers do at one time takes less time so.
    pub(crate) async fn write_repeatable<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.writer.submit_repeatable(work).await
    }

    /// Reads what is there now, every answered write included.
    pub(crate) async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let Some(readers) = &self.readers else {
            return self.writer.submit(work).await;
        };
        let read = readers.run(work).await;
        if let Err(error) = &read
            && let Some(why) = error.lasting()
        {
            self.writer.end(why);
        }
        read
    }
}
