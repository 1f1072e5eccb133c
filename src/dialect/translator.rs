//! The transport of a provider that speaks a dialect: each call of a contract becomes requests of the provider's own.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::call_context::{CallContext, End};
use super::provider_context::ProviderContext;
use super::step::{Step, without_nulls};
use super::types::{Dialect, MappedCall};
use crate::model::{Exchange, Facts, Layer, RECORDED_BODY_CAP, Reading, Redactor, clip};
use crate::transport::{Call, ListedTool, Mapped, Prepared, Raw, Reply, Transport, TransportError};

/// A provider behind a dialect.
struct Translator {
    provider: ProviderContext,
}

/// Makes a transport that speaks a dialect over `raw`, the way to the provider. `given` are the constants that the user gave.
pub fn translate(
    dialect: Arc<Dialect>,
    raw: Arc<dyn Raw>,
    given: &IndexMap<String, Value>,
) -> Arc<dyn Transport> {
    Arc::new(Translator {
        provider: ProviderContext::new(dialect, raw, given),
    })
}

/// A call that has made its look-ups.
struct PreparedCall<'t> {
    call: &'t MappedCall,
    reading: &'t Reading,
    context: CallContext<'t>,
    /// The step before which it waits.
    at: usize,
    /// The end of the call, if a step before the deciding one has ended it.
    end: Option<End>,
}

#[async_trait]
impl Prepared for PreparedCall<'_> {
    async fn go(mut self: Box<Self>) -> Reply {
        let done = match self.end.take() {
            Some(end) => Err(end),
            None => self.context.run(&self.call.steps[self.at..]).await,
        };
        finish(self.call, self.context, done, self.reading).await
    }
}

impl Translator {
    /// The call of a tool with what it reads, or why there is none.
    fn begin(&self, call: Call<'_>) -> Result<(&MappedCall, CallContext<'_>), TransportError> {
        let dialect = self.provider.dialect();
        let name = &dialect.name;
        let mapped = dialect
            .call(call.tool)
            .ok_or_else(|| TransportError::Gap(format!("the dialect `{name}` does not map it")))?;
        let mut bindings = self.provider.base_bindings();
        bindings.bind_json("input", call.input.clone());
        let mut input = call.input.clone();
        if let Some(why) = mapped.gap(call.input, &bindings) {
            return Err(TransportError::Gap(format!(
                "not through the dialect `{name}`: {why}"
            )));
        }
        let left_out = mapped.leave_out(&mut input);
        bindings.bind_json("input", input);
        let mut context = CallContext::new(&self.provider, Some(mapped), bindings, call.limit);
        context.notes = left_out;
        Ok((mapped, context))
    }

    /// Removes what a step made; `name` is `TOOL/STEP`.
    async fn remove(&self, tool: &str, step: &str, call: Call<'_>) -> Reply {
        let dialect = self.provider.dialect();
        let asks = dialect
            .call(tool)
            .into_iter()
            .flat_map(|mapped| mapped.steps.iter().flat_map(Step::asks));
        let Some(ask) = asks.into_iter().find(|ask| ask.name == step) else {
            let what = format!("the dialect `{}` has no step `{step}` of {tool}", dialect.name);
            return refused(TransportError::NotAsked(what));
        };
        let mut bindings = self.provider.base_bindings();
        for name in ["input", "body"] {
            bindings.bind_json(name, call.input.get(name).cloned().unwrap_or_default());
        }
        let mut context = CallContext::new(&self.provider, None, bindings, call.limit);
        let answer = match context.remove(ask).await {
            Ok(()) => Ok(success(Value::Object(Map::new()), call.reading)),
            Err(End::Refused(code)) => Ok(refusal(code, call.reading)),
            Err(End::TransportError(error)) => Err(error),
        };
        reply(context, answer, Layer::Provider, false, call.reading)
    }
}

/// Makes the answer of a call from what its steps found.
async fn finish(
    call: &MappedCall,
    mut context: CallContext<'_>,
    done: Result<(), End>,
    reading: &Reading,
) -> Reply {
    let output = done.and_then(|()| match &call.output {
        Some(template) => template
            .render(&context.bindings)
            .map_err(|error| context.unread("output", &error)),
        None => Ok(Value::Object(Map::new())),
    });
    let layer = match &output {
        // A refusal is always a word of the provider's.
        Err(_) => Layer::Provider,
        Ok(_) if call.makes_all => Layer::Dialect,
        Ok(_) => Layer::Provider,
    };
    let succeeded = output.is_ok();
    let answer = match output {
        Ok(output) => {
            context.note(&call.notes);
            Ok(success(without_nulls(output), reading))
        }
        Err(end) => {
            context.take_back().await;
            match end {
                End::Refused(code) => Ok(refusal(code, reading)),
                End::TransportError(error) => Err(error),
            }
        }
    };
    let undecided = succeeded && call.has_decider && context.decided.is_none();
    reply(context, answer, layer, undecided, reading)
}

/// A success in the shape of the contract's answers.
fn success(output: Value, reading: &Reading) -> Facts {
    if reading.is_native() {
        return Facts::of_output(output);
    }
    let mut whole = Map::new();
    whole.insert("ok".to_owned(), Value::Bool(true));
    if let Value::Object(fields) = output {
        whole.extend(fields);
    }
    Facts::of_output(Value::Object(whole))
}

/// A refusal with a code, in the shape of the contract's answers.
fn refusal(code: String, reading: &Reading) -> Facts {
    if reading.is_native() {
        return Facts {
            is_error: true,
            text: code.clone(),
            code: Some(code),
            ..Facts::of_output(Value::Null)
        };
    }
    Facts::of_output(json!({ "ok": false, "error": code }))
}

/// The reply of a call that has ended.
fn reply(
    mut context: CallContext<'_>,
    facts: Result<Facts, TransportError>,
    layer: Layer,
    undecided: bool,
    reading: &Reading,
) -> Reply {
    Reply {
        answer: facts.map(|facts| {
            reading.answer(Facts {
                status: context.status,
                ..facts
            })
        }),
        waited: context.waited,
        attempts: context.attempts,
        status: context.status,
        clock: context.clock,
        headers: Vec::new(),
        text: None,
        mapped: Some(Box::new(Mapped {
            extras: context.take_extras(),
            may_have_acted: context.may_have_acted,
            decided: context.decided,
            undecided,
            notes: context.notes,
            steps: context.steps,
            aside: context.aside,
            layer,
            left: context.left,
        })),
        trace: None,
        notes: Vec::new(),
    }
}

fn refused(error: TransportError) -> Reply {
    Reply {
        answer: Err(error),
        waited: Duration::ZERO,
        attempts: 0,
        status: None,
        clock: None,
        headers: Vec::new(),
        text: None,
        mapped: None,
        trace: None,
        notes: Vec::new(),
    }
}

#[async_trait]
impl Transport for Translator {
    async fn call(&self, call: Call<'_>) -> Reply {
        if let Some((tool, step)) = call.tool.split_once('/') {
            return self.remove(tool, step, call).await;
        }
        let (mapped, mut context) = match self.begin(call) {
            Ok(begun) => begun,
            Err(error) => return refused(error),
        };
        let done = match context.look_up(&mapped.uses).await {
            Ok(()) => context.run(&mapped.steps).await,
            Err(end) => Err(end),
        };
        finish(mapped, context, done, call.reading).await
    }

    async fn prepare<'c>(&'c self, call: Call<'c>) -> Option<Box<dyn Prepared + 'c>> {
        let (mapped, mut context) = self.begin(call).ok()?;
        let decides = |step: &Step| step.asks().iter().any(|ask| ask.decides);
        let at = mapped.steps.iter().position(decides)?;
        let (before, _) = mapped.steps.split_at_checked(at)?;
        let done = match context.look_up(&mapped.uses).await {
            Ok(()) => context.run(before).await,
            Err(end) => Err(end),
        };
        Some(Box::new(PreparedCall {
            call: mapped,
            reading: call.reading,
            context,
            at,
            end: done.err(),
        }))
    }

    async fn ready(&self, calls: usize) -> bool {
        self.provider.raw().ready(calls).await
    }

    /// The tools that the dialect maps: the contract's names, without schemas.
    async fn list_tools(&self) -> Result<Option<Vec<ListedTool>>, TransportError> {
        let mapped = self
            .provider
            .dialect()
            .calls
            .iter()
            .filter(|call| !call.steps.is_empty());
        Ok(Some(
            mapped
                .map(|call| ListedTool {
                    name: call.contract.tool().to_owned(),
                    description: Some(format!(
                        "mapped by the dialect `{}`",
                        self.provider.dialect().name
                    )),
                    ..ListedTool::default()
                })
                .collect(),
        ))
    }

    async fn close(&self) {
        self.provider.raw().close().await;
    }

    fn redactor(&self) -> &Redactor {
        self.provider.raw().redactor()
    }

    fn exchange(&self, call: Call<'_>, reply: &Reply) -> Exchange {
        let (body, error) = match &reply.answer {
            Ok(answer) => {
                let output = self.redactor().redact_json(&answer.output).to_string();
                (Some(clip(&output, RECORDED_BODY_CAP)), None)
            }
            Err(error) => (None, Some(error.to_string())),
        };
        Exchange {
            tool: call.tool.to_owned(),
            target: self.provider.raw().target(),
            by_dialect: true,
            request_headers: Vec::new(),
            input: self.redactor().redact_json(call.input),
            status: reply.status,
            response_headers: Vec::new(),
            body,
            trouble: error,
            ms: u64::try_from(reply.waited.as_millis()).unwrap_or(u64::MAX),
            attempts: reply.attempts,
            steps: reply
                .mapped
                .as_ref()
                .map_or_else(Vec::new, |mapped| mapped.steps.clone()),
        }
    }
}
