//! The mistakes that the provider makes on purpose, to prove that a suite can fail. The rules of the provider do not know them.
//!
//! A fault changes the input before a tool sees it, changes the answer after, or changes what stands in the store beside the
//! tool. A fault that needs another rule changes the policy that the tools read.

mod answers;
mod beside;
mod fields;
mod inputs;
mod lenient;
mod loosen;
mod memory;
mod policy;
mod race;
mod records;
mod refusals;
mod respond;
mod tenant;
mod twins;
mod wrap;

pub(crate) use memory::Memory;
pub(crate) use policy::policy;
pub(crate) use respond::respond;
pub(crate) use wrap::answer;
