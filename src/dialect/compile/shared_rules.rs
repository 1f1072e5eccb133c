//! The rules of look-ups by the request whose answers they read, so that they hold wherever the same request is made.

use crate::dialect::raw::{RawRule, RawStep};

/// The request of a step as it is written, by which two steps are told to ask the same.
pub(super) fn request_line(raw: &RawStep) -> Option<String> {
    let node = raw.request.as_ref().or(raw.tool.as_ref())?;
    let text = node.to_json().as_str()?.to_owned();
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The rules of all steps, each with the request whose answers it reads.
pub(super) fn rules_by_request(steps: &[RawStep]) -> Vec<(String, RawRule)> {
    let own = steps.iter().flat_map(|step| {
        let line = request_line(step);
        let rules = step.answers.iter().cloned();
        rules.filter_map(move |rule| Some((line.clone()?, rule)))
    });
    let inner = steps.iter().flat_map(|step| &step.first_of);
    own.chain(inner.flat_map(|branch| rules_by_request(&branch.steps)))
        .collect()
}
