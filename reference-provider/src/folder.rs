//! Folders and files that outlive a loss of power, and that other users of the machine cannot read: they hold the names and addresses of
//! customers.
//!
//! A file that was written, synced and renamed is on the disk; that its folder names it is on the disk once the folder was synced too.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Makes a folder and those above it, each durable in the one that holds it, for the owner alone. What is there already stays as it is.
pub(crate) fn make(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = parent(folder);
    make(above)?;
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        // Somebody else made it meanwhile.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => {}
        made => made?,
    }
    sync(above)
}

/// Makes an empty file for the owner alone, durable in its folder, or takes the rights of everybody else from one that is there.
pub(crate) fn make_file(path: &Path) -> io::Result<()> {
    match for_the_owner().create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                // The file of another owner stays as it is; whoever may write it decides.
                let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o600));
            }
            return Ok(());
        }
        made => made?.sync_all()?,
    }
    sync(parent(path))
}

/// Writes a file that is there as a whole or not at all, also after a loss of power. `begun` names it until it is whole.
pub(crate) fn write_whole(path: &Path, begun: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = for_the_owner().create(true).truncate(true).open(begun)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(begun, path)?;
    sync(parent(path))
}

/// Waits until the disk holds the names in a folder.
fn sync(folder: &Path) -> io::Result<()> {
    // Elsewhere a folder cannot be opened as a file, and renames are durable by themselves.
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn for_the_owner() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// The folder that holds a path: the working folder for a bare name.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(above) if above.as_os_str().is_empty() => Path::new("."),
        Some(above) => above,
        None => path,
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_made_is_for_the_owner_alone_and_what_is_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b");
        make(&deep).unwrap();
        make(&deep).unwrap();
        assert_eq!((mode(&deep), mode(&folder.path().join("a"))), (0o700, 0o700));
        let file = deep.join("file");
        make_file(&file).unwrap();
        assert_eq!(mode(&file), 0o600);
        write_whole(&file, &deep.join("part"), b"whole").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        make_file(&file).unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"whole");
        assert_eq!(mode(&file), 0o600);
        assert_eq!(fs::read_dir(&deep).unwrap().count(), 1);
        assert!(make(&file.join("under")).is_err());
    }

    #[test]
    fn a_bare_name_is_in_the_working_folder() {
        assert_eq!(parent(Path::new("data")), Path::new("."));
        assert_eq!(parent(Path::new("a/b")), Path::new("a"));
        assert_eq!(parent(Path::new("/")), Path::new("/"));
    }
}
