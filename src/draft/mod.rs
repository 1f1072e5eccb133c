//! Drafts of contracts and suites from the listing of a server: native contracts with the schemas as they are, and the tests that fit each
//! tool.
//!
//! It owns which files there are and what stands in them. It refuses to ask the server anything, and to promise what the listing does not
//! say: what only a person can say is a line of `TODO.md`.

mod contract;
mod file;
mod inputs;
mod listing;
mod manifest;
mod names;
mod openapi;
mod pairs;
mod race;
mod steps;
mod suite;
mod surface;
mod text;
mod todo;
mod tool;

pub use file::{DraftFile, Purpose, Reached, Request};
pub use listing::tools_of;
pub use names::domain_of;
pub use openapi::operations_of;
pub use tool::{Hints, Tool};

use tool::Drafted;

/// The files of a draft, by path.
#[derive(Debug)]
pub struct Draft {
    /// The files.
    pub files: Vec<DraftFile>,
    /// The ids of the tools that a run of it calls.
    pub called: Vec<String>,
    /// The ids of the tools that it leaves alone, because they may change something.
    pub left_alone: Vec<String>,
}

/// Drafts contracts, suites, a manifest and what is left to do.
pub fn draft(tools: &[Tool], request: &Request<'_>) -> Draft {
    let drafted = Drafted::all(tools, request);
    let mut files = Vec::new();
    for tool in &drafted {
        files.extend(contract::files(tool, &drafted, request.purpose));
        files.extend(suite::files(tool, &drafted, request.purpose));
    }
    let (called, left_alone): (Vec<&Drafted<'_>>, Vec<_>) = drafted
        .iter()
        .filter(|tool| tool.input.is_ok())
        .partition(|tool| request.writes || tool.is_read());
    files.push(manifest::file(request, &called, &left_alone));
    files.push(todo::file(request, &drafted));
    files.sort_by(|one, other| one.path.cmp(&other.path));
    let ids = |tools: Vec<&Drafted<'_>>| tools.into_iter().map(Drafted::full_id).collect();
    Draft {
        files,
        called: ids(called),
        left_alone: ids(left_alone),
    }
}

#[cfg(test)]
mod tests;
