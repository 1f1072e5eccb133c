//! The hints for the errors of use cases: what can be done about each, in one line.

use super::data::DATA_VARIABLE;
use super::error::AppError;
use crate::diagnostic::Hint;
use crate::transport::ConnectError;

impl Hint for AppError {
    fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::Store(error) => return error.hints(),
            Self::Merge(error) => return error.hints(),
            Self::Entry { hint, .. } | Self::Registry { hint, .. } => hint.clone(),
            Self::NoProviderMatches { suggestion, .. }
            | Self::UnknownTool { suggestion, .. }
            | Self::UnknownDialect { suggestion, .. } => did_you_mean(suggestion.as_deref()),
            Self::UnknownCapability { suggestion, .. } => did_you_mean(suggestion.as_deref())
                .or_else(|| Some("`proofhouse capabilities list` shows all of them".to_owned())),
            Self::UnknownTest { suggestion, .. } => did_you_mean(suggestion.as_deref())
                .or_else(|| Some("`proofhouse suites list` shows all of them".to_owned())),
            Self::UnknownFault { suggestion, .. } => did_you_mean(suggestion.as_deref())
                .or_else(|| Some("`proofhouse prove` shows all of them".to_owned())),
            Self::UnknownEntry {
                suggestion, known, ..
            } => did_you_mean(suggestion.as_deref())
                .or_else(|| Some(format!("there are: {}", known.join(", ")))),
            Self::UnrelatedVersions { .. } => Some(
                "two versions of one capability are compared, such as `A@0.1.0` with `A@0.2.0`".to_owned(),
            ),
            Self::BundledContractsLocked => {
                Some("name the folder with your contracts: --registry FOLDER".to_owned())
            }
            Self::EditionName(_) => {
                Some("an edition is named by a year and a month, such as `2026-11`".to_owned())
            }
            Self::EditionExists { .. } => {
                Some("a published edition never changes: name a later month".to_owned())
            }
            Self::TooManyParts { .. } => Some("every part must have a test; choose fewer parts".to_owned()),
            Self::NoRunsKept { .. } => Some(format!(
                "`proofhouse run` keeps them; {DATA_VARIABLE} names another folder"
            )),
            Self::CopyDiffers { .. } => {
                Some("see both with `proofhouse runs show`; the other runs before it are copied".to_owned())
            }
            Self::AmbiguousProvider { example, .. } => example
                .as_ref()
                .map(|provider| format!("such as `--provider {provider}`")),
            Self::AmbiguousCapability { example, .. } => example
                .as_ref()
                .map(|capability| format!("such as `--capability {capability}`")),
            Self::NoLog(_) => Some("`proofhouse log new` makes it".to_owned()),
            Self::CountersignWithoutTrust => {
                Some("the trust file lists the keys of the providers that the registry knows".to_owned())
            }
            Self::OpenChannel { .. } => Some("name the registry by its https address".to_owned()),
            Self::CleanUpFiles { .. } => {
                Some("`proofhouse cleanup PART` where the part was run takes back what it left".to_owned())
            }
            Self::TokenValidity { .. } => Some("`--expires 90d` is the usual time".to_owned()),
            Self::UnknownToken { .. } => Some("`proofhouse tokens list` shows all of them".to_owned()),
            Self::MissingToken(_) => Some("`proofhouse tokens new` makes a token at the registry".to_owned()),
            Self::CannotListen { .. } => Some("`--port 0` takes any port that is free".to_owned()),
            Self::NoPlanFormat { .. } => Some("with --dry-run, `table` and `json` are written".to_owned()),
            Self::NothingSelected(_) => Some("`proofhouse suites list` shows every test".to_owned()),
            Self::Pool(ConnectError::Url { .. }) => {
                Some("write all of it, such as `https://shop.example/mcp`".to_owned())
            }
            Self::Run(_) | Self::Contradiction(_) | Self::Pool(ConnectError::Client { .. }) => {
                Some("this is a bug of the harness, not of a provider".to_owned())
            }
            Self::Files(_)
            | Self::Pool(_)
            | Self::Usage(_)
            | Self::Unreadable { .. }
            | Self::Unwritable { .. }
            | Self::Unsaved { .. }
            | Self::UncertifiableCapability(_)
            | Self::UnknownPart { .. }
            | Self::CertifyPublished { .. }
            | Self::CleanUpPublished { .. }
            | Self::RevokedId
            | Self::Log(_)
            | Self::CertificateId(_)
            | Self::RegistryAddress(_)
            | Self::Pattern(_)
            | Self::Report(_)
            | Self::Bug(_)
            | Self::Reference(_)
            | Self::Tenants(_)
            | Self::TenantId(_) => None,
        };
        hint.into_iter().collect()
    }
}

/// The hint for a name that is close to a known one.
fn did_you_mean(suggestion: Option<&str>) -> Option<String> {
    suggestion.map(|name| format!("did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Kind;

    #[test]
    fn an_address_as_it_was_typed_is_no_bug_of_the_harness() {
        let url = "localhost:8080".to_owned();
        for (given, hint) in [
            (
                ConnectError::Url { url },
                "write all of it, such as `https://shop.example/mcp`",
            ),
            (ConnectError::UrlCredential, ""),
            (ConnectError::Fragment, ""),
        ] {
            let error = AppError::from(given);
            assert_eq!(error.kind(), Kind::Usage, "{error}");
            assert_eq!(error.hints().concat(), hint, "{error}");
        }
        let reason = "no root certificates".to_owned();
        let error = AppError::from(ConnectError::Client { reason });
        assert_eq!(error.kind(), Kind::Bug, "{error}");
    }
}
