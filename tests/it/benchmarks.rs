//! The benchmarks write their ratios into a page, each the rows that it has measured.

#[path = "../../benches/runner/page.rs"]
mod page;

use std::path::Path;

use page::{Row, publish, with_rows};

fn published() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/benchmarks.md");
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn a_ratio_takes_the_place_of_the_one_before_and_a_new_one_comes_last() {
    let before = "Words | with a bar.\n\n<!-- ratios -->\n\n| what | beside | times |\n|---|---|---|\n\
                  | a call | the loop | 2.0 |\n| a call | hurl | not installed |\n\n<!-- end of ratios -->\n\nMore.\n";
    let rows = [
        Row::new("a call", "hurl", "0.90 (0.80–1.00)"),
        Row::new("a start", "the loop", "3.0"),
    ];
    let after = with_rows(before, &rows);
    let expected = before.replace(
        "| hurl | not installed |\n",
        "| hurl | 0.90 (0.80–1.00) |\n| a start | the loop | 3.0 |\n",
    );
    assert_eq!(after, expected);
    assert_eq!(with_rows(&after, &rows), after);
}

#[test]
fn the_page_has_a_place_for_ratios_and_is_left_alone_by_a_measurement_that_is_not_meant_for_it() {
    let page = published();
    assert_eq!(with_rows(&page, &[]), page);
    if std::env::var_os("UPDATE_BENCHMARKS").is_none() {
        publish(&[Row::new("nothing", "nothing", "0")]);
        assert_eq!(published(), page);
    }
}
