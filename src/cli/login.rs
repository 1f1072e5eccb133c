//! `proofhouse login` and `proofhouse logout`.

use std::process::{Command, Stdio};

use chrono::Utc;

use super::args::LoginArguments;
use super::output::Printer;
use super::{environment, exit};
use crate::app::{self, AppError, Login, LoginFailure, LoginRequest, PendingLogin};
use crate::model::{Secret, plural};
use crate::report::{Column, Kind};

/// Logs in, or lists the logins.
pub(super) async fn login(arguments: &LoginArguments, printer: &Printer) -> Result<u8, AppError> {
    let Some(url) = &arguments.url else {
        return list(printer);
    };
    if arguments.check {
        return Ok(check(url, printer).await);
    }
    let secret = match &arguments.client_secret_env {
        None => None,
        Some(name) => match environment::variable(name).filter(|value| !value.is_empty()) {
            Some(value) => Some(Secret::new(value)),
            None => {
                let hints = [format!("export {name}=…")];
                printer.error(
                    &format!("the environment variable `{name}` is not set or is empty"),
                    &hints,
                );
                return Ok(exit::USAGE);
            }
        },
    };
    let request = LoginRequest {
        url: url.clone(),
        client_id: arguments.client_id.clone(),
        client_secret: secret,
        client_metadata: arguments.client_metadata.clone(),
        scopes: arguments.scope.clone(),
        issuer: arguments.issuer.clone(),
        resource: arguments.resource.clone(),
        port: arguments.port,
    };
    let pending = match PendingLogin::begin(request, &environment::variable).await {
        Ok(pending) => pending,
        Err(failure) => return Ok(failed(url, &failure, printer)),
    };
    printer.note(&format!(
        "open this address in a browser on this machine, to log in at {}:",
        pending.issuer()
    ));
    printer.line(pending.url());
    if arguments.open && !opened(pending.url()) {
        printer.warning("no browser could be opened");
    }
    match pending.end(arguments.wait).await {
        Err(failure) => Ok(failed(url, &failure, printer)),
        Ok(login) => {
            printer.note(&format!("logged in to {}{}", login.server, may(&login)));
            printer.note("`auth: login` in its entry of a manifest, or `--login`, sends the token");
            Ok(exit::CONFORMANT)
        }
    }
}

/// Forgets a login.
pub(super) async fn logout(url: &str, printer: &Printer) -> Result<u8, AppError> {
    match app::log_out(url, &environment::variable).await {
        Err(failure) => Ok(failed(url, &failure, printer)),
        Ok(None) => {
            printer.error(
                &format!("there is no login at {url}"),
                &["`proofhouse login --list` shows all of them".to_owned()],
            );
            Ok(exit::USAGE)
        }
        Ok(Some((login, is_told))) => {
            let told = match is_told {
                true => format!("{} takes its tokens back", login.issuer),
                false => format!("{} was not told, so a token may hold until it ends", login.issuer),
            };
            printer.note(&format!("logged out of {}; {told}", login.server));
            Ok(exit::CONFORMANT)
        }
    }
}

/// Shows each rule for servers whose calls need a token, and whether it is kept.
async fn check(url: &str, printer: &Printer) -> u8 {
    let rules = match app::look_at_guard(url).await {
        Ok(rules) => rules,
        Err(failure) => return failed(url, &failure, printer),
    };
    for rule in &rules {
        match &rule.trouble {
            None => printer.line(&format!("pass  {}: {}", rule.id, rule.promise)),
            Some(trouble) => printer.line(&format!("fail  {}: {}: {trouble}", rule.id, rule.promise)),
        }
    }
    let broken = rules.iter().filter(|rule| rule.trouble.is_some()).count();
    printer.note(&format!(
        "{} of {} kept",
        rules.len() - broken,
        plural(rules.len(), "rule")
    ));
    match broken {
        0 => exit::CONFORMANT,
        _ => exit::FAILED,
    }
}

fn failed(url: &str, failure: &LoginFailure, printer: &Printer) -> u8 {
    let hints: Vec<_> = failure.hint().into_iter().collect();
    // An address that holds a credential is not shown.
    let name = if url.contains('@') { "the URL" } else { url };
    printer.error(&format!("{name}: {failure}"), &hints);
    match failure {
        LoginFailure::Address(_) => exit::USAGE,
        _ => exit::UNREACHABLE,
    }
}

fn may(login: &Login) -> String {
    match login.scopes.is_empty() {
        true => String::new(),
        false => format!(", for {}", crate::report::one_line(&login.scopes.join(", "), 200)),
    }
}

fn list(printer: &Printer) -> Result<u8, AppError> {
    let listed = app::logins(&environment::variable).and_then(|logins| Ok(logins.list()?));
    let logins = match listed {
        Ok(logins) => logins,
        Err(failure) => return Ok(failed("logins", &failure, printer)),
    };
    if logins.is_empty() {
        printer.note("nobody has logged in on this machine");
        return Ok(exit::CONFORMANT);
    }
    let columns = [
        Column::stays("server", Kind::Name),
        Column::stays("state", Kind::Word),
        Column::stays("at", Kind::Name),
        Column::goes("scopes", Kind::Word, 1),
    ];
    let mut rows = Vec::new();
    for login in &logins {
        match login {
            Ok(login) => rows.push(vec![
                login.server.clone(),
                state(login).to_owned(),
                login.issuer.clone(),
                login.scopes.join(" "),
            ]),
            Err(error) => printer.warning(&error.to_string()),
        }
    }
    printer.list(&columns, &rows)?;
    Ok(exit::CONFORMANT)
}

fn state(login: &Login) -> &'static str {
    let is_over = login.expires_at.is_some_and(|end| end <= Utc::now());
    match (&login.refresh_token, is_over) {
        (Some(_), _) => "renews itself",
        (None, false) => "holds",
        (None, true) => "has ended",
    }
}

/// Opens an address in the browser of the system. Returns false where nothing could be started.
fn opened(url: &str) -> bool {
    let (program, before): (_, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        ("rundll32", &["url.dll,FileProtocolHandler"])
    } else {
        ("xdg-open", &[])
    };
    Command::new(program)
        .args(before)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .is_ok()
}
