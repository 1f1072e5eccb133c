//! The bundled contracts and suites: they load, and mistakes in them are shown where they are.

use std::path::Path;

use proofhouse::capability::Registry;
use proofhouse::diagnostic::Source;
use proofhouse::suite::Suites;

fn registry() -> Registry {
    Registry::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("capabilities"))
        .unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

fn sources(folder: &str) -> Vec<std::sync::Arc<Source>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(root.parent().unwrap())
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                found.push(Source::new(name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort_by(|left, right| left.name().cmp(right.name()));
    found
}

#[test]
fn the_bundled_suites_load() {
    let suites = Suites::load(&sources("suites"), &registry())
        .unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    assert!(suites.iter().count() > 15);
}
