//! The files: one a server, for their owner alone, replaced whole, and locked while a token is renewed.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::kept::{FORMAT, Login};
use crate::model::hex;

/// The largest file that is read.
const LARGEST: u64 = 256 * 1024;

/// The most logins that are listed.
const MOST_LISTED: usize = 1_000;

/// The reason why a login cannot be kept or read.
#[derive(Debug, thiserror::Error)]
#[error("cannot {what} {}: {reason}", .path.display())]
pub struct LoginError {
    what: &'static str,
    path: PathBuf,
    reason: String,
}

/// The logins below one folder.
#[derive(Debug, Clone)]
pub struct Logins {
    folder: PathBuf,
}

/// The right to renew one login, which one process has at a time. It ends when it is dropped.
#[derive(Debug)]
pub struct Held {
    _file: File,
}

impl Logins {
    /// The logins in this folder. Nothing is read yet.
    pub fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The login at a server; None where nobody has logged in.
    ///
    /// # Errors
    ///
    /// The file may be read by others, or cannot be read.
    pub fn read(&self, server: &str) -> Result<Option<Login>, LoginError> {
        read(&self.path(server, "json"))
    }

    /// Keeps a login in the place of an earlier one at its server.
    ///
    /// # Errors
    ///
    /// The folder or the file cannot be written.
    pub fn keep(&self, login: &Login) -> Result<(), LoginError> {
        self.make_folder()?;
        let path = self.path(&login.server, "json");
        let mut number = [0; 8];
        let named = getrandom::fill(&mut number);
        named.map_err(|error| failed("write", &path, &error))?;
        let beside = self.folder.join(format!(".{}.new", hex(&number)));
        let written = write_new(&beside, login).and_then(|()| fs::rename(&beside, &path));
        written.map_err(|error| {
            let _ = fs::remove_file(&beside);
            failed("write", &path, &error)
        })
    }

    /// Forgets the login at a server. Returns what was known of it.
    ///
    /// # Errors
    ///
    /// The file cannot be removed.
    pub fn forget(&self, server: &str) -> Result<Option<Login>, LoginError> {
        let path = self.path(server, "json");
        // What cannot be read can still be removed.
        let known = read(&path).ok().flatten();
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("remove", &path, &error)),
            Ok(()) => {
                let _ = fs::remove_file(self.path(server, "lock"));
                Ok(known)
            }
        }
    }

    /// All logins, by the address of their servers. A file that cannot be read stands there with the reason.
    ///
    /// # Errors
    ///
    /// The folder cannot be read.
    pub fn list(&self) -> Result<Vec<Result<Login, LoginError>>, LoginError> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(|error| failed("read", &self.folder, &error))?,
        };
        let mut paths: Vec<_> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .take(MOST_LISTED)
            .collect();
        paths.sort();
        let mut logins: Vec<_> = paths.iter().filter_map(|path| read(path).transpose()).collect();
        logins.sort_by_key(|login| {
            login
                .as_ref()
                .map(|login| login.server.clone())
                .unwrap_or_default()
        });
        Ok(logins)
    }

    /// Takes the right to renew the login at a server. None while another process has it.
    ///
    /// # Errors
    ///
    /// The file for it cannot be made.
    pub fn hold(&self, server: &str) -> Result<Option<Held>, LoginError> {
        self.make_folder()?;
        let path = self.path(server, "lock");
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options
            .open(&path)
            .map_err(|error| failed("write", &path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Held { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(failed("lock", &path, &error)),
        }
    }

    /// An address can be no name of a file, so its digest is.
    fn path(&self, server: &str, extension: &str) -> PathBuf {
        let digest = hex(&Sha256::digest(server.as_bytes()));
        let short = digest.get(..32).unwrap_or(&digest);
        self.folder.join(format!("{short}.{extension}"))
    }

    fn make_folder(&self) -> Result<(), LoginError> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let made = builder.create(&self.folder).and_then(|()| {
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                fs::set_permissions(&self.folder, fs::Permissions::from_mode(0o700))?;
            }
            Ok(())
        });
        made.map_err(|error| failed("make the folder", &self.folder, &error))
    }
}

fn failed(what: &'static str, path: &Path, error: &dyn std::fmt::Display) -> LoginError {
    LoginError {
        what,
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

fn write_new(path: &Path, login: &Login) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(&serde_json::to_vec_pretty(login)?)?;
    file.sync_all()
}

fn read(path: &Path) -> Result<Option<Login>, LoginError> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(|error| failed("read", path, &error))?,
    };
    let metadata = file.metadata().map_err(|error| failed("read", path, &error))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            let reason = format!("its mode is {mode:o}, so others may read it: `chmod 600` keeps it yours");
            return Err(failed("use", path, &reason));
        }
    }
    if metadata.len() > LARGEST {
        return Err(failed("read", path, &format!("it has over {LARGEST} bytes")));
    }
    let mut text = Vec::new();
    let mut limited = file.take(LARGEST);
    limited
        .read_to_end(&mut text)
        .map_err(|error| failed("read", path, &error))?;
    // The message of the parser could quote a token.
    let login: Login = serde_json::from_slice(&text)
        .map_err(|_| failed("read", path, &"it is no login that was written by Proofhouse"))?;
    if login.format != FORMAT {
        let reason = "it was written by another version: log in again";
        return Err(failed("read", path, &reason));
    }
    Ok(Some(login))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(server: &str, token: &str) -> Login {
        Login {
            access_token: token.to_owned(),
            ..Login::new(
                server.to_owned(),
                server.to_owned(),
                "https://as.example".to_owned(),
                "https://as.example/token".to_owned(),
                "c".to_owned(),
            )
        }
    }

    #[test]
    fn a_login_is_kept_for_its_owner_alone_and_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let logins = Logins::at(folder.path().join("a/logins"));
        assert!(logins.read("https://a.example").unwrap().is_none());
        assert!(logins.list().unwrap().is_empty());
        logins.keep(&login("https://b.example", "tok-1")).unwrap();
        logins.keep(&login("https://b.example", "tok-2")).unwrap();
        logins.keep(&login("https://a.example", "tok-3")).unwrap();
        let read = logins.read("https://b.example").unwrap().unwrap();
        assert_eq!(read.access_token, "tok-2");
        assert!(!format!("{read:?}").contains("tok"));
        let listed: Vec<_> = logins
            .list()
            .unwrap()
            .into_iter()
            .map(|one| one.unwrap().server)
            .collect();
        assert_eq!(listed, ["https://a.example", "https://b.example"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&logins.folder), 0o700);
            let path = logins.path("https://a.example", "json");
            assert_eq!(mode(&path), 0o600);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            let error = logins.read("https://a.example").unwrap_err().to_string();
            assert!(error.contains("its mode is 644"), "{error}");
        }
        assert!(logins.forget("https://a.example").is_ok());
        assert!(logins.forget("https://b.example").unwrap().is_some());
        assert!(logins.forget("https://b.example").unwrap().is_none());
        assert!(logins.list().unwrap().is_empty());
    }

    #[test]
    fn one_process_renews_a_login_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let logins = Logins::at(folder.path().join("logins"));
        let held = logins.hold("https://a.example").unwrap();
        assert!(held.is_some());
        assert!(logins.hold("https://a.example").unwrap().is_none());
        assert!(logins.hold("https://b.example").unwrap().is_some());
        drop(held);
        assert!(logins.hold("https://a.example").unwrap().is_some());
    }

    /// What the first version has written is read; what is no login, or of another version, is named.
    #[test]
    #[cfg(unix)]
    fn the_files_of_every_version_are_read_or_named() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let logins = Logins::at(folder.path().to_owned());
        let path = logins.path("https://a.example/mcp", "json");
        let write = |text: &str| {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            logins.read("https://a.example/mcp")
        };
        let first = r#"{"format":"proofhouse.login/1","server":"https://a.example/mcp","resource":"https://a.example/mcp","issuer":"https://as.example","token_endpoint":"https://as.example/token","client_id":"c","access_token":"t"}"#;
        assert_eq!(write(first).unwrap().unwrap().access_token, "t");
        let other = write(&first.replace("login/1", "login/9"))
            .unwrap_err()
            .to_string();
        assert!(other.ends_with("another version: log in again"), "{other}");
        let broken = write("{\"access_token\":\"tok-9\"}").unwrap_err().to_string();
        assert!(
            broken.contains("no login") && !broken.contains("tok-9"),
            "{broken}"
        );
    }
}
