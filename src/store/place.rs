//! Where a store is: in a folder, or in a database.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{DATABASE_FILE, PostgresStore, SqliteStore, Store, StoreError, StoreErrorKind};

/// How the address of a PostgreSQL database begins.
const POSTGRES: [&str; 2] = ["postgres://", "postgresql://"];

/// Where a store is.
#[derive(Clone)]
pub enum StorePlace {
    /// In a file of this folder.
    Folder(PathBuf),
    /// In the PostgreSQL database at this address, which may hold a password.
    Postgres(String),
}

impl StorePlace {
    /// The place that an address names: `postgres://…`.
    pub fn of_address(address: &str) -> Result<Self, StoreError> {
        let address = address.trim();
        match POSTGRES.iter().any(|scheme| address.starts_with(scheme)) {
            true => Ok(Self::Postgres(address.to_owned())),
            // It is not shown: it may hold a password.
            false => Err(StoreError::new(
                "the address of the store",
                StoreErrorKind::Address,
            )),
        }
    }

    /// The place that a text names: an address, or else a folder.
    pub fn of_text(text: &str) -> Result<Self, StoreError> {
        match text.contains("://") {
            true => Self::of_address(text),
            false => Ok(Self::Folder(PathBuf::from(text))),
        }
    }

    /// An address without its name, its password and its parameters, to show it.
    pub fn shown(address: &str) -> String {
        let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
        // A password may hold any of these characters, although it should have been escaped.
        let (rest, parameters) = match rest.split_once('?') {
            Some((_, after)) if after.contains('@') => return format!("{scheme}://…"),
            Some((rest, _)) => (rest, "?…"),
            None => (rest, ""),
        };
        let (login, rest) = rest.rsplit_once('@').map_or(("", rest), |(_, rest)| ("…@", rest));
        format!("{scheme}://{login}{rest}{parameters}")
    }

    /// The place in a folder.
    pub fn of_folder(folder: &Path) -> Self {
        Self::Folder(folder.to_owned())
    }

    /// Returns true if there is a store: one in a folder has its file, and a database is there or cannot be opened.
    pub fn exists(&self) -> bool {
        match self {
            Self::Folder(folder) => folder.join(DATABASE_FILE).exists(),
            Self::Postgres(_) => true,
        }
    }

    /// Opens the store, and makes it if there is none.
    pub fn open(&self) -> Result<Arc<dyn Store>, StoreError> {
        Ok(match self {
            Self::Folder(folder) => Arc::new(SqliteStore::open(folder)?),
            Self::Postgres(address) => Arc::new(PostgresStore::open(address)?),
        })
    }
}

impl fmt::Debug for StorePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => f.debug_tuple("Folder").field(folder).finish(),
            Self::Postgres(_) => f.write_str("Postgres"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_of_postgresql_and_everything_else_a_folder() {
        assert!(matches!(
            StorePlace::of_text("postgresql://a/b"),
            Ok(StorePlace::Postgres(_))
        ));
        assert!(matches!(StorePlace::of_text("data/x"), Ok(StorePlace::Folder(_))));
        for wrong in ["mysql://me:secret@host/db", "postgres:/host"] {
            let error = StorePlace::of_address(wrong).unwrap_err();
            assert!(matches!(error.kind, StoreErrorKind::Address));
            assert!(!format!("{error} {error:?}").contains("secret"));
        }
    }

    #[test]
    fn an_address_is_shown_without_what_lets_somebody_in() {
        for (address, shown) in [
            ("postgres://me:se@cret@db:5433/x", "postgres://…@db:5433/x"),
            ("postgres://db/x?password=secret&user=me", "postgres://db/x?…"),
            ("postgres://db/x?password=sec@ret&user=me", "postgres://…"),
            ("postgres://me:se?cret@db/x", "postgres://…"),
            ("postgres://db/x", "postgres://db/x"),
        ] {
            assert_eq!(StorePlace::shown(address), shown);
        }
    }

    #[test]
    fn the_password_of_an_address_is_never_shown() {
        // Nobody listens on port 1.
        let address = "postgres://me:secret@127.0.0.1:1/registry";
        let place = StorePlace::of_address(address).unwrap();
        let Err(error) = place.open() else {
            panic!("it opened")
        };
        assert!(matches!(error.kind, StoreErrorKind::Unreachable(_)), "{error:?}");
        let shown = format!("{error} {error:?} {place:?}");
        assert!(!shown.contains("secret"), "{shown}");
        assert!(shown.contains("postgres://127.0.0.1:1/registry"), "{shown}");
    }
}
