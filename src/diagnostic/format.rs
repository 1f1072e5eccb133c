//! The check of the key `format`, with which each kind of file begins.

use std::sync::Arc;

use super::{Problem, Problems, Source, Spot};

/// Adds a mistake if the format of a file is not the expected one, such as `proofhouse.baseline/1`. `what` names the kind of file,
/// with its article.
pub fn check_format(
    source: &Arc<Source>,
    format: &Spot<String>,
    expected: &str,
    what: &str,
    problems: &mut Problems,
) {
    if format.value != expected {
        let message = format!("`{}` is no format of {what}", format.value);
        let problem = Problem::at(source, format.span(source), message);
        problems.push(problem.label(format!("`{expected}` is expected")));
    }
}
