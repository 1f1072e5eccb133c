//! `proofhouse tokens`: the tokens of publishers.

use super::args::TokensCommand;
use super::output::Printer;
use super::{environment, exit};
use crate::app::{AppError, TokenRecord, Tokens};
use crate::model::{Clock, SystemClock};
use crate::report::{self, Column, Kind};

/// The number of characters of a name that are shown.
const LONG: usize = 80;
/// How a day is written.
const DAY: &str = "%Y-%m-%d";

/// Makes, rotates, lists or revokes tokens. The text of a token is shown once, when it is made.
pub(super) fn tokens(command: &TokensCommand, printer: &Printer) -> Result<u8, AppError> {
    let tokens = Tokens::open_at(&environment::store_place()?)?;
    match command {
        TokensCommand::New {
            publisher,
            provider,
            expires,
        } => {
            let made = tokens.make(publisher, provider, *expires, SystemClock.now())?;
            show(&made, printer);
        }
        TokensCommand::Rotate { id, expires } => {
            let made = tokens.rotate(id, *expires, SystemClock.now())?;
            printer.note(&format!("token {id} is revoked"));
            show(&made, printer);
        }
        TokensCommand::List => list(&tokens, printer)?,
        TokensCommand::Revoke { id } => {
            tokens.revoke(id, SystemClock.now())?;
            printer.note(&format!("token {id} is revoked; runs that it published stay"));
        }
    }
    Ok(exit::CONFORMANT)
}

/// Shows a token that was made, the only time.
fn show((record, text): &(TokenRecord, String), printer: &Printer) {
    printer.note(&format!(
        "token {} of {}: it is shown only now; until {} whoever has it can publish runs of {}",
        record.id,
        record.publisher,
        record.expires_at.format(DAY),
        record.providers.join(", ")
    ));
    printer.line(text);
}

fn list(tokens: &Tokens, printer: &Printer) -> Result<(), AppError> {
    let found = tokens.list()?;
    if found.is_empty() {
        printer.note("there are no tokens");
        return Ok(());
    }
    let columns = [
        Column::stays("token", Kind::Name),
        Column::stays("state", Kind::Word),
        Column::stays("made", Kind::Word),
        Column::stays("expires", Kind::Word),
        Column::stays("last used", Kind::Word),
        Column::stays("runs", Kind::Word),
        Column::stays("publisher", Kind::Name),
        Column::goes("providers", Kind::Word, 1),
    ];
    let now = SystemClock.now();
    let rows: Vec<_> = found
        .iter()
        .map(|(token, used)| {
            let state = match token.revoked_at {
                Some(_) => "revoked",
                None if token.is_expired(now) => "expired",
                None => "holds",
            };
            let last = used
                .last
                .map_or_else(|| "never".to_owned(), |at| at.format(DAY).to_string());
            vec![
                token.id.clone(),
                state.to_owned(),
                token.created_at.format(DAY).to_string(),
                token.expires_at.format(DAY).to_string(),
                last,
                used.runs.to_string(),
                report::one_line(&token.publisher, LONG),
                token.providers.join(", "),
            ]
        })
        .collect();
    printer.list(&columns, &rows)
}
