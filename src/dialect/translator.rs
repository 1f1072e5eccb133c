//! The transport of a provider that speaks a dialect: each call of a contract becomes requests of the provider's own.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::Utc;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::kept::Kept;
use super::step::without_nulls;
use super::types::{Dialect, MappedCall};
use super::work::{End, Work};
use crate::expr::{Bindings, Bound};
use crate::model::{Exchange, Layer, RECORDED_BODY_CAP, clip};
use crate::transport::{Answer, Call, ListedTool, Mapped, Prepared, Raw, Reply, Transport, TransportError};

/// A provider behind a dialect.
pub(super) struct Translator {
    pub(super) dialect: Arc<Dialect>,
    pub(super) raw: Arc<dyn Raw>,
    pub(super) kept: Kept,
    given: Arc<Bound>,
}

/// A transport that speaks a dialect over a way to the provider. `given` are the constants that the user gave.
pub fn translate(
    dialect: Arc<Dialect>,
    raw: Arc<dyn Raw>,
    given: &IndexMap<String, Value>,
) -> Arc<dyn Transport> {
    let constants = dialect.constants.iter().filter_map(|(name, constant)| {
        let value = given.get(name).or(constant.default.as_ref())?;
        Some((name.clone(), value.clone()))
    });
    Arc::new(Translator {
        given: Bound::json(Value::Object(constants.collect::<Map<_, _>>())),
        dialect,
        raw,
        kept: Kept::default(),
    })
}

/// A call that has made its look-ups.
struct AtTheLine<'t> {
    call: &'t MappedCall,
    work: Work<'t>,
    /// The step before which it waits.
    at: usize,
    /// What ended it already.
    end: Option<End>,
}

#[async_trait]
impl Prepared for AtTheLine<'_> {
    async fn go(mut self: Box<Self>) -> Reply {
        let done = match self.end.take() {
            Some(end) => Err(end),
            None => self.work.run(&self.call.steps[self.at..]).await,
        };
        finish(self.call, self.work, done).await
    }
}

impl Translator {
    /// What every expression of the dialect may read.
    pub(super) fn base(&self) -> Bindings {
        let mut bindings = Bindings::new();
        bindings.bind("given", Arc::clone(&self.given));
        bindings.bind("now", Bound::instant(Utc::now()));
        bindings
    }

    /// The call of a tool with what it reads, or why there is none.
    fn begin(&self, call: Call<'_>) -> Result<(&MappedCall, Work<'_>), TransportError> {
        let name = &self.dialect.name;
        let mapped = self
            .dialect
            .call(call.tool)
            .ok_or_else(|| TransportError::Gap(format!("the dialect `{name}` does not map it")))?;
        let mut bindings = self.base();
        bindings.bind_json("input", call.input.clone());
        if let Some(why) = mapped.gap(call.input, &bindings) {
            return Err(TransportError::Gap(format!(
                "not through the dialect `{name}`: {why}"
            )));
        }
        Ok((mapped, Work::new(self, bindings, call.limit)))
    }
}

/// Makes the answer of a call from what its steps found.
async fn finish(call: &MappedCall, mut work: Work<'_>, done: Result<(), End>) -> Reply {
    let output = done.and_then(|()| match &call.output {
        Some(template) => template
            .render(&work.bindings)
            .map_err(|error| work.unread("output", &error)),
        None => Ok(Value::Object(Map::new())),
    });
    let layer = match &output {
        // A refusal is always a word of the provider's.
        Err(_) => Layer::Provider,
        Ok(_) if call.makes_all => Layer::Dialect,
        Ok(_) => Layer::Provider,
    };
    let answer = match output {
        Ok(output) => {
            let mut whole = Map::new();
            whole.insert("ok".to_owned(), Value::Bool(true));
            if let Value::Object(fields) = without_nulls(output) {
                whole.extend(fields);
            }
            Ok(Value::Object(whole))
        }
        Err(end) => {
            work.take_back().await;
            match end {
                End::Refused(code) => Ok(json!({ "ok": false, "error": code })),
                End::TransportError(trouble) => Err(trouble),
            }
        }
    };
    Reply {
        answer: answer.map(|output| Answer {
            status: work.status,
            output,
            refused_unread: false,
        }),
        waited: work.waited,
        attempts: work.attempts,
        status: work.status,
        clock: work.clock,
        headers: Vec::new(),
        text: None,
        mapped: Some(Box::new(Mapped {
            steps: work.steps,
            aside: work.aside,
            layer,
            left: work.left,
        })),
    }
}

fn refused(trouble: TransportError) -> Reply {
    Reply {
        answer: Err(trouble),
        waited: Duration::ZERO,
        attempts: 0,
        status: None,
        clock: None,
        headers: Vec::new(),
        text: None,
        mapped: None,
    }
}

#[async_trait]
impl Transport for Translator {
    async fn call(&self, call: Call<'_>) -> Reply {
        let (mapped, mut work) = match self.begin(call) {
            Ok(begun) => begun,
            Err(trouble) => return refused(trouble),
        };
        let done = match work.look_up(&mapped.uses).await {
            Ok(()) => work.run(&mapped.steps).await,
            Err(end) => Err(end),
        };
        finish(mapped, work, done).await
    }

    async fn prepare<'c>(&'c self, call: Call<'c>) -> Option<Box<dyn Prepared + 'c>> {
        let (mapped, mut work) = self.begin(call).ok()?;
        let decides = |step: &super::step::Step| step.asks().iter().any(|ask| ask.decides);
        let at = mapped.steps.iter().position(decides)?;
        let done = match work.look_up(&mapped.uses).await {
            Ok(()) => work.run(&mapped.steps[..at]).await,
            Err(end) => Err(end),
        };
        Some(Box::new(AtTheLine {
            call: mapped,
            work,
            at,
            end: done.err(),
        }))
    }

    async fn ready(&self, calls: usize) -> bool {
        self.raw.ready(calls).await
    }

    /// The tools that the dialect maps: the contract's names, without schemas.
    async fn list_tools(&self) -> Result<Option<Vec<ListedTool>>, TransportError> {
        let mapped = self.dialect.calls.iter().filter(|call| !call.steps.is_empty());
        Ok(Some(
            mapped
                .map(|call| ListedTool {
                    name: call.contract.tool().to_owned(),
                    description: Some(format!("mapped by the dialect `{}`", self.dialect.name)),
                    input_schema: None,
                    output_schema: None,
                })
                .collect(),
        ))
    }

    fn exchange(&self, call: Call<'_>, reply: &Reply) -> Exchange {
        let (body, trouble) = match &reply.answer {
            Ok(answer) => {
                let output = self.raw.redact(&answer.output).to_string();
                (Some(clip(&output, RECORDED_BODY_CAP)), None)
            }
            Err(trouble) => (None, Some(trouble.to_string())),
        };
        Exchange {
            tool: call.tool.to_owned(),
            target: format!("{} through the dialect {}", self.raw.target(), self.dialect.name),
            request_headers: Vec::new(),
            input: self.raw.redact(call.input),
            status: reply.status,
            response_headers: Vec::new(),
            body,
            trouble,
            ms: u64::try_from(reply.waited.as_millis()).unwrap_or(u64::MAX),
            attempts: reply.attempts,
            steps: reply
                .mapped
                .as_ref()
                .map_or_else(Vec::new, |mapped| mapped.steps.clone()),
        }
    }
}
