//! The specification of a tool: its name, its domain, its contract and its handler. Each tool's file has one, and the table in
//! `table` lists them all.

use std::pin::Pin;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::answer::Answer;
use super::call::Call;
use crate::contract::Contract;
use crate::store::StoreError;
use crate::version::Version;

/// A tool that the provider serves.
pub(crate) struct ToolSpec {
    /// The name on the wire, such as `create_booking`.
    pub(crate) name: &'static str,
    /// The domain of the contract: `booking`, `crm`, `billing` or `sandbox`. Tools of `sandbox` are served in the sandbox only.
    pub(crate) domain: &'static str,
    pub(crate) contract: ContractText,
    /// The code that refuses an input that breaks the schema.
    pub(crate) input_error: InputError,
    pub(crate) handler: Handler,
}

/// The text of a contract, from a file in `contract/`.
pub(crate) enum ContractText {
    /// One text for every version.
    Same(&'static str),
    /// A text for each version, in the order of [`Version::ALL`].
    PerVersion([&'static str; 2]),
}

impl ContractText {
    /// The text at a version.
    pub(crate) fn at(&self, version: Version) -> &'static str {
        match self {
            Self::Same(text) => text,
            Self::PerVersion(texts) => texts[version as usize],
        }
    }
}

/// Picks the code that refuses an input that breaks the schema of a tool.
pub(crate) type InputError = fn(&Contract, Version, &Value) -> &'static str;

/// The answer to come. `None` if the input cannot be read, although the schema admits it.
pub(crate) type Answering<'a> = Pin<Box<dyn Future<Output = Option<Result<Answer, StoreError>>> + Send + 'a>>;

/// Answers a call whose input keeps the schema.
pub(crate) type Handler = for<'a> fn(Call<'a>, Value) -> Answering<'a>;

/// `invalid_input`, the code of most tools for an input that breaks the schema.
pub(super) fn invalid_input(_: &Contract, _: Version, _: &Value) -> &'static str {
    "invalid_input"
}

/// Reads the input and hands it to the function that answers the tool.
pub(super) async fn typed<'a, Input, Answers, Answering>(
    call: Call<'a>,
    input: Value,
    answer: Answers,
) -> Option<Result<Answer, StoreError>>
where
    Input: DeserializeOwned,
    Answers: FnOnce(Call<'a>, Input) -> Answering,
    Answering: Future<Output = Result<Answer, StoreError>>,
{
    let input = Input::deserialize(&input).ok()?;
    Some(answer(call, input).await)
}
