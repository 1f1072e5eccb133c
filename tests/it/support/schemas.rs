//! Schemas that are made from the code and kept in `docs` for others.

use std::path::Path;

use serde_json::Value;

/// Fails where the published schema is not the one that the code makes. `UPDATE_SCHEMAS=1 cargo test` writes it anew.
pub(crate) fn assert_published(name: &str, schema: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    let made = format!("{}\n", serde_json::to_string_pretty(schema).unwrap());
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &made).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == made,
        "{} is out of date: UPDATE_SCHEMAS=1 cargo test writes it anew",
        path.display()
    );
}
