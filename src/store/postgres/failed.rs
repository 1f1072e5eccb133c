//! Errors of PostgreSQL as errors of stores.

use crate::store::StoreErrorKind;

/// An error within the back end.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) kind: StoreErrorKind,
    /// True if the same may succeed when it is tried again: others were in the way, or the connection was lost.
    pub(super) may_pass: bool,
}

impl From<StoreErrorKind> for Failed {
    fn from(kind: StoreErrorKind) -> Self {
        Self {
            kind,
            may_pass: false,
        }
    }
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        let code = match &error {
            sqlx::Error::Database(told) => told.code().map(|code| code.into_owned()),
            _ => None,
        };
        let may_pass = match (&error, code.as_deref()) {
            // A deadlock or a serialization failure; the server shuts down, starts, or has ended the session.
            (_, Some(code)) => matches!(code, "40P01" | "40001" | "57P01" | "57P02" | "57P03" | "25P03"),
            (sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed, None) => true,
            _ => false,
        };
        let kind = match (&error, code.as_deref()) {
            (_, Some("53100")) => StoreErrorKind::Full,
            (_, Some("55P03" | "57014" | "40P01" | "40001")) => StoreErrorKind::Locked,
            (_, Some("42501" | "25006")) => StoreErrorKind::NotWritable(Box::new(error)),
            (_, Some("XX001" | "XX002")) => StoreErrorKind::Damaged(Box::new(error)),
            // The login, the database, the number of connections, and a server that is not up.
            (_, Some(code))
                if code.starts_with("28")
                    || code.starts_with("08")
                    || code.starts_with("57P")
                    || matches!(code, "3D000" | "53300") =>
            {
                StoreErrorKind::Unreachable(Box::new(error))
            }
            (
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Configuration(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed,
                None,
            ) => StoreErrorKind::Unreachable(Box::new(error)),
            _ => StoreErrorKind::Database(Box::new(error)),
        };
        Self { kind, may_pass }
    }
}

/// Returns true if a unique index refused a row.
pub(super) fn is_duplicate(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(told) if told.is_unique_violation())
}
