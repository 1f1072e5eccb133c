//! The lint: finds what is well formed in a contract and yet wrong or unwise.

mod coverage;
mod draft;
mod editions;
mod finding;
mod limits;
mod report;
mod rules;
mod text;

pub use coverage::Verified;
pub use editions::{TestNames, lint_editions};
pub use finding::{LintFinding, Severity};
pub use rules::lint;
