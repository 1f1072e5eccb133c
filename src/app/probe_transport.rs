//! The way to a server that is probed: its tools as ever, and beside them tools of ours that speak the protocol itself.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::probe_files::{EXCHANGE, GUARD, LISTING};
use super::probe_guard::Guard;
use super::probe_info;
use super::probe_talk::{Era, Held, hold};
use crate::capability::invalid_schema;
use crate::model::{Exchange, Facts, Reading, Redactor};
use crate::transport::{
    Asked, Call, Exchanger, ListedTool, Peer, Prepared, Question, Reply, Transport, TransportError,
};

/// The tools of ours.
const OWN: [&str; 3] = [EXCHANGE, LISTING, GUARD];

/// How the words of an error begin that says that the server broke, in which it refuses arguments without having understood that they are wrong.
const INTERNAL: &str = "answered with the JSON-RPC error -32603 ";

/// The most pages of a listing that are read.
const MOST_PAGES: usize = 20;

/// The longest name of a tool.
const LONGEST_NAME: usize = 128;

/// The way to a server that is probed.
pub(super) struct ProbeTransport {
    pub(super) inner: Arc<dyn Transport>,
    pub(super) exchanger: Exchanger,
    pub(super) era: Era,
    /// What guards it, where it is called with a token or wants one.
    pub(super) guard: Option<Guard>,
    /// Why it lets nobody in, if it does not.
    pub(super) locked: Option<TransportError>,
    /// What is to be told of its listing.
    pub(super) complaints: Vec<String>,
    /// What is worth knowing of it, once its listing was read.
    pub(super) known: OnceLock<Vec<String>>,
}

impl ProbeTransport {
    async fn own(&self, call: &Call<'_>) -> Reply {
        let held = match (call.tool, &self.guard, &self.locked) {
            (GUARD, Some(guard), _) => guard.look().await.map(Held::of_look),
            (_, _, Some(error)) => Err(error.clone()),
            (EXCHANGE, ..) => hold(&self.exchanger, &self.era, call.input).await,
            _ => self.listing().await,
        };
        let (answer, said, waited) = match held {
            Ok(held) => (
                Ok(call.reading.answer(Facts::of_output(held.output))),
                held.said,
                held.waited,
            ),
            Err(error) => (Err(error), 0, Duration::ZERO),
        };
        Reply {
            answer,
            waited,
            attempts: said,
            status: None,
            clock: None,
            headers: Vec::new(),
            text: None,
            mapped: None,
            trace: None,
            notes: Vec::new(),
        }
    }

    /// Reads the listing twice, over a connection of its own. What is worth knowing of the server is found out with the first.
    async fn listing(&self) -> Result<Held, TransportError> {
        let (first, one) = self.pages().await?;
        let (second, other) = self.pages().await?;
        let name = |tool: &Value| {
            tool.get("name")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let names: Vec<_> = first.iter().map(name).collect();
        let again: Vec<_> = second.iter().map(name).collect();
        let sorted = |names: &[String]| {
            let mut names = names.to_vec();
            names.sort_unstable();
            names
        };
        // A listing that has changed since has no order that it could have kept.
        let same_order = names == again || sorted(&names) != sorted(&again);
        let mut seen = BTreeSet::new();
        let twice: Vec<_> = names.iter().filter(|name| !seen.insert(*name)).collect();
        let tools: Vec<_> = first.iter().map(facts).collect();
        if self.known.get().is_none() {
            let known = probe_info::notes(&self.exchanger, &self.era, &first).await;
            // Whoever was quicker has found out the same.
            let _ = self.known.set(known);
        }
        Ok(Held {
            output: json!({ "tools": tools, "twice": twice, "same_order": same_order }),
            said: one.said.saturating_add(other.said),
            waited: one.waited.saturating_add(other.waited),
            ended: None,
        })
    }

    /// The tools of every page, and what it took.
    async fn pages(&self) -> Result<(Vec<Value>, Held), TransportError> {
        let mut tools = Vec::new();
        let mut cursor = None;
        let mut all = Held::of_output(Value::Null);
        for page in 0..MOST_PAGES {
            let params = cursor.map_or_else(|| json!({}), |cursor: Value| json!({ "cursor": cursor }));
            let message =
                json!({ "jsonrpc": "2.0", "id": page + 2, "method": "tools/list", "params": params });
            let input = json!({ "open": true, "say": [{ "message": message }] });
            let held = hold(&self.exchanger, &self.era, &input).await?;
            all.said = all.said.saturating_add(held.said);
            all.waited = all.waited.saturating_add(held.waited);
            let result = held.output.pointer("/heard/0/result");
            let listed = result
                .and_then(|result| result.get("tools"))
                .and_then(Value::as_array);
            tools.extend(listed.into_iter().flatten().cloned());
            cursor = result
                .and_then(|result| result.get("nextCursor"))
                .filter(|cursor| cursor.is_string())
                .cloned();
            if cursor.is_none() {
                break;
            }
        }
        Ok((tools, all))
    }
}

/// An answer that says that the server broke is a refusal in a probe, whose inputs are made up: a test of its own warns of it.
fn refusing(mut reply: Reply, reading: &Reading) -> Reply {
    if let Err(TransportError::Protocol(words)) = &reply.answer
        && words.starts_with(INTERNAL)
    {
        reply.answer = Ok(reading.answer(Facts {
            text: words.clone(),
            is_error: true,
            ..Facts::of_output(Value::Null)
        }));
    }
    reply
}

/// What is known of a tool that is listed.
fn facts(tool: &Value) -> Value {
    let name = tool.get("name").and_then(Value::as_str).unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    let plain = !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(is_plain);
    let problem = |key: &str| {
        let schema = tool.get(key).filter(|schema| !schema.is_null());
        schema.and_then(invalid_schema).unwrap_or_default()
    };
    json!({
        "name": name,
        "plain_name": plain,
        "input_is_object": tool.pointer("/inputSchema/type") == Some(&Value::from("object")),
        "input_problem": problem("inputSchema"),
        "output_problem": problem("outputSchema"),
    })
}

#[async_trait]
impl Transport for ProbeTransport {
    async fn call(&self, call: Call<'_>) -> Reply {
        match OWN.contains(&call.tool) {
            true => self.own(&call).await,
            false => refusing(self.inner.call(call).await, call.reading),
        }
    }

    async fn send_without_answer(&self, call: Call<'_>) -> Result<bool, TransportError> {
        self.inner.send_without_answer(call).await
    }

    async fn prepare<'c>(&'c self, call: Call<'c>) -> Option<Box<dyn Prepared + 'c>> {
        self.inner.prepare(call).await
    }

    async fn ready(&self, calls: usize) -> bool {
        self.inner.ready(calls).await
    }

    async fn list_tools(&self) -> Result<Option<Vec<ListedTool>>, TransportError> {
        let listed = match self.locked {
            Some(_) => Some(Vec::new()),
            None => self.inner.list_tools().await?,
        };
        let own = OWN.map(|name| ListedTool {
            name: name.to_owned(),
            ..ListedTool::default()
        });
        Ok(listed.map(|listed| listed.into_iter().chain(own).collect()))
    }

    fn listing_complaints(&self) -> Vec<String> {
        let of_listing = self.inner.listing_complaints().into_iter();
        of_listing.chain(self.complaints.iter().cloned()).collect()
    }

    async fn ask(&self, question: Question<'_>, limit: Duration) -> Option<Asked> {
        self.inner.ask(question, limit).await
    }

    fn observations(&self) -> Vec<String> {
        self.known.get().cloned().unwrap_or_default()
    }

    fn peer(&self) -> Option<Peer> {
        self.inner.peer()
    }

    fn remarks(&self) -> Vec<String> {
        self.inner.remarks()
    }

    async fn renew(&self) {
        if let Some(guard) = &self.guard {
            guard.forget().await;
        }
        self.inner.renew().await;
    }

    async fn close(&self) {
        self.inner.close().await;
    }

    fn redactor(&self) -> &Redactor {
        self.inner.redactor()
    }

    fn exchange(&self, call: Call<'_>, reply: &Reply) -> Exchange {
        let mut exchange = self.inner.exchange(call, reply);
        if OWN.contains(&call.tool) {
            exchange.input = self.redactor().redact_json(call.input);
        }
        exchange
    }
}
