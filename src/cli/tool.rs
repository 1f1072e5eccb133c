//! `proofhouse tool list | describe | call | prompts | resources`.

use std::time::Instant;

use indexmap::IndexMap;
use serde_json::Value;

use super::args::{AtArguments, Global, ToolCommand};
use super::output::Printer;
use super::tool_call::{CallOptions, call, read_arguments};
use super::{environment, exit, tool_answer, tool_listing};
use crate::app::{
    AppError, At, Bundle, ClientOptions, Described, ListedTool, Manners, Question, Toolbox, TransportError,
    Whole,
};
use crate::capability::Difference;
use crate::model::{AuthSource, Endpoint, EnvValue, plural};
use crate::report;

/// Lists, describes or calls what one provider offers.
pub(super) async fn tool(command: &ToolCommand, global: &Global, printer: &Printer) -> Result<u8, AppError> {
    let bundle = Bundle::load(global.registry.as_deref())?;
    let (ToolCommand::List { at, .. }
    | ToolCommand::Describe { at, .. }
    | ToolCommand::Call { at, .. }
    | ToolCommand::Prompts { at, .. }
    | ToolCommand::Resources { at, .. }) = command;
    let toolbox = Toolbox::open(&bundle, &place(at), manners(at), &environment::variable).await?;
    let ended = asked(command, &toolbox, printer).await;
    for remark in toolbox.remarks() {
        printer.warning(&format!("{}: {remark}", toolbox.name));
    }
    toolbox.close().await;
    ended
}

async fn asked(command: &ToolCommand, toolbox: &Toolbox, printer: &Printer) -> Result<u8, AppError> {
    match command {
        ToolCommand::List { raw, .. } => list(toolbox, *raw, printer).await,
        ToolCommand::Describe { name, .. } => {
            let described = toolbox.describe(name).await?;
            Ok(describe(&described, toolbox, name, printer))
        }
        ToolCommand::Call {
            name,
            arguments,
            no_validate,
            trace,
            raw,
            ..
        } => {
            let options = CallOptions {
                validate: !no_validate,
                trace: *trace,
                raw: *raw,
            };
            call(toolbox, name, arguments, options, printer).await
        }
        ToolCommand::Prompts { name: None, raw, .. } => {
            let asked = toolbox.ask(Question::Prompts).await;
            match asked
                .as_ref()
                .and_then(|asked| tool_listing::entries(asked.as_ref().ok()?, "prompts"))
            {
                Some(prompts) if *raw => printer.json(&prompts)?,
                Some(prompts) => {
                    let rows: Vec<_> = prompts.iter().map(tool_listing::prompt_row).collect();
                    tool_listing::columns(&rows, printer);
                }
                None => return Ok(none_of("prompts", asked.as_ref(), toolbox, printer)),
            }
            Ok(exit::CONFORMANT)
        }
        ToolCommand::Prompts {
            name: Some(name),
            arguments,
            raw,
            ..
        } => {
            let Some(Value::Object(arguments)) = read_arguments(arguments, printer)? else {
                return Ok(exit::USAGE);
            };
            let question = Question::Prompt {
                name,
                arguments: &arguments,
            };
            one(toolbox, question, name, (*raw, tool_listing::prompt), printer).await
        }
        ToolCommand::Resources { uri: None, raw, .. } => resources(toolbox, *raw, printer).await,
        ToolCommand::Resources {
            uri: Some(uri), raw, ..
        } => {
            let question = Question::Resource { uri };
            one(toolbox, question, uri, (*raw, tool_listing::contents), printer).await
        }
    }
}

fn place(at: &AtArguments) -> At {
    let auth = || {
        let bearer = at
            .bearer_env
            .iter()
            .map(|env| AuthSource::Bearer { env: env.clone() });
        let headers = at.header.iter().map(|(header, env)| AuthSource::Header {
            header: header.clone(),
            env: env.clone(),
        });
        let login = at.login.then_some(AuthSource::Login);
        bearer.chain(headers).chain(login).collect()
    };
    match at {
        AtArguments {
            providers: Some(file),
            provider: Some(provider),
            ..
        } => At::Manifest {
            file: file.clone(),
            provider: provider.clone(),
        },
        AtArguments {
            url: Some(url),
            mcp: true,
            ..
        } => At::Endpoint {
            endpoint: Endpoint::Mcp { url: url.clone() },
            auth: auth(),
        },
        AtArguments { url: Some(url), .. } => At::Endpoint {
            endpoint: Endpoint::Http { url: url.clone() },
            auth: auth(),
        },
        AtArguments {
            reference: Some(tenant),
            ..
        } => At::Reference(tenant.clone()),
        AtArguments { command, env, .. } => {
            let env = env
                .iter()
                .map(|(name, ours)| (name.clone(), EnvValue::FromEnv(ours.clone())));
            let endpoint = Endpoint::Stdio {
                command: command.first().cloned().unwrap_or_default(),
                args: command.iter().skip(1).cloned().collect(),
                env: env.collect::<IndexMap<_, _>>(),
            };
            At::Endpoint {
                endpoint,
                auth: Vec::new(),
            }
        }
    }
}

fn manners(at: &AtArguments) -> Manners {
    let given = at.revision.is_some() || at.server_requests.is_some();
    Manners {
        limit: at.timeout,
        client: given.then(|| ClientOptions {
            revision: at.revision,
            server_requests: at.server_requests.unwrap_or_default(),
        }),
    }
}

async fn list(toolbox: &Toolbox, raw: bool, printer: &Printer) -> Result<u8, AppError> {
    let start = Instant::now();
    match toolbox.list().await {
        Ok(Some(tools)) => {
            let took = start.elapsed();
            if raw {
                printer.json(&tools.iter().map(tool_listing::as_json).collect::<Vec<_>>())?;
            } else {
                let rows: Vec<_> = tools
                    .iter()
                    .map(|tool| (tool.name.clone(), line_of(toolbox, tool)))
                    .collect();
                tool_listing::columns(&rows, printer);
            }
            let mut parts = vec![plural(tools.len(), "tool"), format!("{} ms", took.as_millis())];
            parts.extend(toolbox.peer().as_ref().map(tool_answer::server));
            printer.note(&parts.join(" · "));
            Ok(exit::CONFORMANT)
        }
        Ok(None) => {
            printer.error(&format!("{} lists no tools", toolbox.name), &[]);
            Ok(exit::UNREACHABLE)
        }
        Err(trouble) => {
            printer.error(&format!("{}: {trouble}", toolbox.name), &[]);
            Ok(exit::UNREACHABLE)
        }
    }
}

fn line_of(toolbox: &Toolbox, tool: &ListedTool) -> String {
    match toolbox.contract(&tool.name) {
        Some(contract) => format!("{}: {}", contract.reference, contract.summary),
        None => tool_listing::line_of(tool),
    }
}

async fn resources(toolbox: &Toolbox, raw: bool, printer: &Printer) -> Result<u8, AppError> {
    let listed = toolbox.ask(Question::Resources).await;
    let entries = listed
        .as_ref()
        .and_then(|asked| tool_listing::entries(asked.as_ref().ok()?, "resources"));
    let Some(entries) = entries else {
        return Ok(none_of("resources", listed.as_ref(), toolbox, printer));
    };
    // Not every server that has resources knows forms of addresses.
    let forms = toolbox.ask(Question::ResourceTemplates).await;
    let forms = forms
        .as_ref()
        .and_then(|asked| tool_listing::entries(asked.as_ref().ok()?, "resourceTemplates"));
    let forms = forms.unwrap_or_default();
    if raw {
        printer.json(&serde_json::json!({ "resources": entries, "resourceTemplates": forms }))?;
        return Ok(exit::CONFORMANT);
    }
    let rows: Vec<_> = entries
        .iter()
        .map(|entry| tool_listing::resource_row(entry, "uri"))
        .chain(
            forms
                .iter()
                .map(|entry| tool_listing::resource_row(entry, "uriTemplate")),
        )
        .collect();
    tool_listing::columns(&rows, printer);
    Ok(exit::CONFORMANT)
}

fn none_of(
    what: &str,
    asked: Option<&Result<Whole, TransportError>>,
    toolbox: &Toolbox,
    printer: &Printer,
) -> u8 {
    printer.error(
        &format!("{}: {}", toolbox.name, tool_listing::none_of(what, asked)),
        &[],
    );
    match asked {
        None => exit::USAGE,
        Some(Err(error)) if !error.was_asked() => exit::UNREACHABLE,
        Some(_) => exit::FAILED,
    }
}

type Show = fn(&Value, &Printer) -> Result<(), AppError>;

/// Asks for one thing and shows it.
async fn one(
    toolbox: &Toolbox,
    question: Question<'_>,
    name: &str,
    (raw, show): (bool, Show),
    printer: &Printer,
) -> Result<u8, AppError> {
    match toolbox.ask(question).await {
        Some(Ok(Whole::Result(result))) => {
            if raw {
                printer.json(&result)?;
            } else {
                show(&result, printer)?;
            }
            Ok(exit::CONFORMANT)
        }
        asked => Ok(none_of(
            &format!("`{}`", report::one_line(name, 80)),
            asked.as_ref(),
            toolbox,
            printer,
        )),
    }
}

fn describe(described: &Described, toolbox: &Toolbox, name: &str, printer: &Printer) -> u8 {
    match &described.contract {
        Some(contract) => {
            printer.line(&format!(
                "{} · v{}  [{}]",
                contract.reference.id, contract.reference.version, contract.category
            ));
            printer.line(&format!("\n{}\n\n{}", contract.summary, contract.semantics));
            printer.line(&format!("\nInput schema\n\n{:#}", contract.input.json));
            printer.line(&format!("\nOutput schema\n\n{:#}", contract.output.json));
        }
        None => printer.line(&format!("{name}: no contract of this name is published")),
    }
    if let Some(trouble) = &described.trouble {
        printer.error(
            &format!("{}: its listing cannot be read: {trouble}", toolbox.name),
            &[],
        );
        return if trouble.was_asked() {
            exit::FAILED
        } else {
            exit::UNREACHABLE
        };
    }
    printer.line("\nAs the provider lists it\n");
    let Some(live) = &described.live else {
        printer.line("not listed");
        return exit::CONFORMANT;
    };
    if let Some(title) = &live.title {
        printer.line(title);
    }
    if let Some(description) = &live.description {
        printer.line(description);
    }
    let annotations = tool_listing::annotations(live);
    if !annotations.is_empty() {
        printer.line(&format!("it says of itself: {}", annotations.join(", ")));
    }
    let sides = [
        ("input schema", &live.input_schema, &described.input_differences),
        (
            "output schema",
            &live.output_schema,
            &described.output_differences,
        ),
    ];
    for (side, schema, differences) in sides {
        match (schema, described.contract.is_some()) {
            (None, _) => printer.line(&format!("{side}: none")),
            (Some(schema), false) => printer.line(&format!("{side}: {schema:#}")),
            (Some(_), true) if differences.is_empty() => printer.line(&format!("{side}: as published")),
            (Some(_), true) => {
                printer.line(&format!("{side}: differs from the published one"));
                for difference in differences {
                    printer.line(&format!("  {}", one_difference(difference)));
                }
            }
        }
    }
    exit::CONFORMANT
}

fn one_difference(difference: &Difference) -> String {
    let side = |value: &Option<Value>| match value {
        Some(value) => report::one_line(&value.to_string(), 80),
        None => "nothing".to_owned(),
    };
    let place = if difference.pointer.is_empty() {
        "/"
    } else {
        &difference.pointer
    };
    format!(
        "{}: published {}, listed {}",
        report::one_line(place, 120),
        side(&difference.published),
        side(&difference.live)
    )
}
