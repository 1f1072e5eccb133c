//! Has the binary built again when a contract, a dialect or a suite is added: they are embedded in it. Hashes the contracts and suites, so
//! that the index of the suites is used for the files that it was made from only.

use std::path::{Path, PathBuf};

fn main() -> std::io::Result<()> {
    for folder in ["capabilities", "dialects", "suites"] {
        println!("cargo::rerun-if-changed={folder}");
    }
    println!("cargo::rerun-if-changed=build.rs");
    let mut files = Vec::new();
    for folder in ["capabilities", "suites"] {
        collect(Path::new(folder), &mut files)?;
    }
    files.sort();
    let mut hash = Fnv::default();
    for file in files {
        hash.add(file.to_string_lossy().replace('\\', "/").as_bytes());
        hash.add(&std::fs::read(&file)?);
    }
    println!("cargo::rustc-env=PROOFHOUSE_SUITES_FINGERPRINT={:016x}", hash.0);
    Ok(())
}

/// The files below a folder that are embedded and say something to the harness: none that is hidden, or for people only.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() {
            collect(&path, files)?;
        } else if !name.to_string_lossy().starts_with('.') && name != "README.md" {
            files.push(path);
        }
    }
    Ok(())
}

/// FNV-1a of 64 bits: nobody is kept from making two files with one hash, and nobody gains by it.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    /// Adds a part, and its length, so that nothing can move between two parts.
    fn add(&mut self, part: &[u8]) {
        for byte in part.iter().chain(&(part.len() as u64).to_le_bytes()) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}
