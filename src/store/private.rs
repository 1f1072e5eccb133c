//! Files and folders that only their owner may read: records hold the addresses, inputs and answers of providers.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::path::Path;

/// Creates a folder, and the folders above it, for the owner alone (mode 0700). Folders that exist keep their rights.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Creates a file for the owner alone (mode 0600), or takes the rights of everybody else from one that exists.
pub(super) fn create_private_file(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let rights = file.metadata()?.permissions().mode();
        if rights & 0o077 != 0 {
            // The file of another owner stays as it is; whoever may write it decides.
            let _ = file.set_permissions(fs::Permissions::from_mode(0o600));
        }
    }
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn rights(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn folders_and_files_are_for_their_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("a/b");
        create_private_folder(&data).unwrap();
        assert_eq!((rights(&folder.path().join("a")), rights(&data)), (0o700, 0o700));
        let file = data.join("f");
        create_private_file(&file).unwrap();
        assert_eq!(rights(&file), 0o600);
        fs::write(&file, "kept").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        create_private_file(&file).unwrap();
        assert_eq!(
            (rights(&file), fs::read_to_string(&file).unwrap().as_str()),
            (0o600, "kept")
        );
    }
}
