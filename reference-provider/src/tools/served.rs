//! The tools at each version, and the answer to a call.

use std::fmt;
use std::sync::LazyLock;

use serde_json::Value;

use super::answer::Answer;
use super::call::Call;
use super::spec::ToolSpec;
use super::table::TOOLS;
use crate::contract::Contract;
use crate::store::StoreError;
use crate::version::Version;

/// One of the tools of the provider.
#[derive(Clone, Copy)]
pub struct Tool(&'static ToolSpec);

impl Tool {
    /// All of them, in the order in which they are listed.
    pub fn all() -> impl Iterator<Item = Self> {
        TOOLS.iter().map(Self)
    }

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// The domain of its contract.
    pub fn domain(self) -> &'static str {
        self.0.domain
    }

    /// The text of its contract at a version.
    pub(crate) fn contract_text(self, version: Version) -> &'static str {
        self.0.contract.at(version)
    }
}

impl PartialEq for Tool {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Tool {}

impl fmt::Debug for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tool").field(&self.name()).finish()
    }
}

/// A tool at a version.
pub(crate) struct Served {
    pub(crate) version: Version,
    pub(crate) tool: Tool,
    pub(crate) contract: Contract,
}

static SERVED: LazyLock<[Vec<Served>; 2]> = LazyLock::new(|| {
    Version::ALL.map(|version| {
        let served = |tool: Tool| Served {
            version,
            tool,
            contract: Contract::read(tool.contract_text(version)),
        };
        Tool::all().map(served).collect()
    })
});

impl Version {
    /// Its tools, in the order in which they are listed.
    pub fn tools(self) -> impl Iterator<Item = Tool> {
        self.served().iter().map(|served| served.tool)
    }

    /// Its tools with their contracts.
    pub(crate) fn served(self) -> &'static [Served] {
        &SERVED[self as usize]
    }
}

/// The tools that are served at a version, in the order in which they are listed: those of the sandbox only in the sandbox.
pub(crate) fn listed(version: Version, sandbox: bool) -> impl Iterator<Item = &'static Served> {
    let served = version.served().iter();
    served.filter(move |served| sandbox || served.tool.domain() != "sandbox")
}

/// The tool of this name, if it is served.
pub(crate) fn find(version: Version, sandbox: bool, name: &str) -> Option<&'static Served> {
    listed(version, sandbox).find(|served| served.tool.name() == name)
}

/// Answers a call. An input that breaks the schema is refused.
pub(crate) async fn answer(call: Call<'_>, input: Value) -> Result<Answer, StoreError> {
    if !call.contract.admits(&input, |_, _| false) {
        return Ok(refuse(call, &input));
    }
    run(call, input).await
}

/// Answers a call whose input the schema admits.
pub(crate) async fn run(call: Call<'_>, input: Value) -> Result<Answer, StoreError> {
    let Some(spec) = TOOLS.iter().find(|spec| spec.name == call.tool) else {
        return Ok(Answer::malformed("invalid_input"));
    };
    match (spec.handler)(call, input.clone()).await {
        Some(answer) => answer,
        None => Ok(refuse(call, &input)),
    }
}

/// The answer to an input that breaks the schema.
pub(crate) fn refuse(call: Call<'_>, input: &Value) -> Answer {
    let spec = TOOLS.iter().find(|spec| spec.name == call.tool);
    let code = spec.map_or("invalid_input", |spec| {
        (spec.input_error)(call.contract, call.version, input)
    });
    Answer::malformed(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_has_every_tool() {
        for version in Version::ALL {
            assert!(version.tools().eq(Tool::all()));
        }
    }
}
