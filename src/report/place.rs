//! How a server is reached by the commands that take its address or its command: `tool` and `probe`.

use super::curl::quote;
use crate::event::ProviderRecord;
use crate::model::{AuthSource, Endpoint, EnvValue};

/// How the server is reached: the arguments before, and the command after `--`. The first ends with the address.
pub(super) fn place(record: &ProviderRecord) -> Option<(String, String)> {
    match &record.endpoint {
        Endpoint::Mcp { url } => {
            let auth = match &record.auth {
                Some(AuthSource::Bearer { env }) => format!(" --bearer-env {env}"),
                Some(AuthSource::Header { header, env }) => {
                    format!(" --header {}", quote(&format!("{header}={env}")))
                }
                Some(AuthSource::Login) => " --login".to_owned(),
                Some(AuthSource::Basic { .. } | AuthSource::Oauth(_)) | None => String::new(),
            };
            Some((format!(" {}", quote(url)), auth))
        }
        Endpoint::Stdio { command, args, env } => {
            let env: String = env
                .iter()
                .filter_map(|(name, value)| match value {
                    EnvValue::FromEnv(ours) if ours == name => Some(format!(" --env {name}")),
                    EnvValue::FromEnv(ours) => Some(format!(" --env {name}={ours}")),
                    EnvValue::Plain(_) => None,
                })
                .collect();
            let words = std::iter::once(command).chain(args);
            let words: Vec<_> = words.map(|word| quote(word)).collect();
            Some((env, format!(" -- {}", words.join(" "))))
        }
        Endpoint::Http { .. } => None,
    }
}
