//! Counts what fixed work allocates, and holds it against kept numbers: a count is the same on every machine, where a time is not.
//!
//! A count that is more than a tenth above its number fails. `UPDATE_COUNTS=1 cargo test --test count` writes the numbers anew.

#![expect(clippy::unwrap_used, reason = "what the count needs and cannot have ends it")]

mod many;
mod one;

use std::collections::BTreeMap;
use std::path::PathBuf;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// The most by which a count may be above its kept number, in percent.
const MOST_MORE: u64 = 10;

type Counts = BTreeMap<String, u64>;

fn kept_in() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/count/kept.json")
}

/// One test: counts of two at a time would be of both.
#[test]
fn fixed_work_allocates_no_more_than_it_did() {
    let _profiler = dhat::Profiler::builder()
        .testing()
        .trim_backtraces(Some(4))
        .build();
    let counted: Counts = one::count().into_iter().chain(many::count()).collect();
    let path = kept_in();
    if std::env::var_os("UPDATE_COUNTS").is_some() {
        let text = serde_json::to_string_pretty(&counted).unwrap();
        std::fs::write(&path, format!("{text}\n")).unwrap();
        return;
    }
    let kept: Counts = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let lines = counted.iter().map(|(name, now)| {
        let before = kept.get(name).copied().unwrap_or_default();
        let above = *now > before + before * MOST_MORE / 100;
        (above, format!("{name}: {now}, kept {before}"))
    });
    let (above, within): (Vec<_>, Vec<_>) = lines.partition(|(above, _)| *above);
    assert!(
        above.is_empty(),
        "more than {MOST_MORE} % above what is kept in {}: {above:?}; as before: {within:?}",
        path.display()
    );
    assert!(
        kept.keys().eq(counted.keys()),
        "{} keeps other numbers than those that are counted",
        path.display()
    );
}
