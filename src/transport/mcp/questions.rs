//! Questions of a person to a server over MCP, answered with all that came.

use std::time::Duration;

use serde_json::{Value, json};

use super::caller::{McpTransport, Spent};
use super::line::{ResponseMeta, Wire};
use super::message::{Message, Reply as RpcReply, RpcError, Writer};
use super::pages::NoPages;
use super::session::SessionError;
use crate::transport::trace::new_trace;
use crate::transport::types::Asked;
use crate::transport::whole::{Question, Whole};

impl<W: Wire> McpTransport<W> {
    /// Asks one question.
    pub(super) async fn question(&self, question: Question<'_>, limit: Duration) -> Asked {
        let limit = limit.min(self.limits.call);
        let mut spent = Spent::default();
        let mut trace = None;
        let mut answer = None;
        let asked = match question {
            Question::Call { tool, input, reading } => {
                let new = new_trace();
                let asked = self.call_tool(tool, input, &new, limit, &mut spent).await;
                trace = Some(new);
                answer = Some(match &asked {
                    Ok((reply, meta)) => self.tool_answer(tool, reading, reply.clone(), meta, limit).await,
                    Err(failed) => Err(failed.error.clone()),
                });
                asked.map(|(reply, _)| reply)
            }
            Question::Prompts => self.all("prompts/list", "prompts", limit, &mut spent).await,
            Question::Resources => self.all("resources/list", "resources", limit, &mut spent).await,
            Question::ResourceTemplates => {
                self.all("resources/templates/list", "resourceTemplates", limit, &mut spent)
                    .await
            }
            Question::Prompt { name, arguments } => {
                let params = json!({ "name": name, "arguments": arguments });
                let write = |id| Writer::other(id, "prompts/get", params.clone(), Some(name));
                self.one(&write, limit, &mut spent).await
            }
            Question::Resource { uri } => {
                let write = |id| Writer::other(id, "resources/read", json!({ "uri": uri }), Some(uri));
                self.one(&write, limit, &mut spent).await
            }
        };
        Asked {
            whole: match asked {
                Ok(Ok(result)) => Ok(Whole::Result(result)),
                Ok(Err(RpcError { code, message, data })) => Ok(Whole::Error { code, message, data }),
                Err(failed) => Err(failed.error),
            },
            answer,
            waited: spent.waited,
            trace,
        }
    }

    async fn one(
        &self,
        write: &(impl Fn(i64) -> Message + Sync),
        limit: Duration,
        spent: &mut Spent,
    ) -> Result<RpcReply, SessionError> {
        let (reply, _): (_, ResponseMeta) = self.converse(write, limit, spent).await?;
        Ok(reply)
    }

    /// All entries of a listing, as the result of one request.
    async fn all(
        &self,
        method: &'static str,
        key: &str,
        limit: Duration,
        spent: &mut Spent,
    ) -> Result<RpcReply, SessionError> {
        match self.pages(method, key, limit, spent).await {
            Ok(pages) => {
                let mut whole = serde_json::Map::new();
                whole.insert(key.to_owned(), Value::Array(pages.entries));
                Ok(Ok(Value::Object(whole)))
            }
            Err(NoPages::Refused(error)) => Ok(Err(error)),
            Err(NoPages::Session(failed)) => Err(failed),
        }
    }
}
