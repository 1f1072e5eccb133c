//! The types that every other module uses: names, versions, levels, answers, outcomes, results, baselines, exchanges, secrets, clocks,
//! budgets.
//!
//! Plain data with its parsing and printing. It refuses any rule about how a run goes, and all input and output.

mod about;
mod answer;
mod budget;
mod clock;
mod edition;
mod encoded;
mod endpoint;
mod exchange;
mod hex;
mod ids;
mod known;
mod level;
mod origin;
mod outcome;
mod partition;
mod plural;
mod printable;
mod redaction;
mod result;
mod secret;
mod untested;
mod verdict;
mod version;
mod weight;

pub use ::strict_json::{doubled_key, strict_json};
pub use about::About;
pub use answer::{Answer, AnswerOutcome, AnswerShape, Facts, Reading};
pub use budget::{BudgetLimits, Resource, TestBudget, TurnBudget, Working};
pub use clock::{Clock, FixedClock, SteadyClock, SystemClock, is_sane};
pub use edition::{Edition, EditionRecord};
pub use encoded::encoded;
pub use endpoint::{AuthSource, ClientProof, Endpoint, EnvValue, OauthSource};
pub use exchange::{Exchange, Layer, MappedStep, RECORDED_BODY_CAP, clip};
pub use hex::hex;
pub use ids::{CapabilityId, CapabilityRef, IdError, ProviderId, RunId, TestId, TestName};
pub use known::{Baseline, BaselineEntry, KnownAs};
pub use level::Level;
pub use origin::RunOrigin;
pub use outcome::{Outcome, Totals};
pub use partition::{Partition, PartitionError};
pub use plural::plural;
pub use printable::{PrintableJson, clean, one_line, printable_json, printable_yaml};
pub use redaction::{REDACTED, Redactor, Vault};
pub use result::{BrokenRule, CaseResult, Failure, Observed, TestResult, WRONG_SET_UP, ms_of_call};
pub use secret::Secret;
pub use untested::Untested;
pub use verdict::Verdict;
pub use version::{Version, VersionError};
pub use weight::weight;
