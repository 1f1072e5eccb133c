//! `proofhouse tokens`: the tokens of publishers.

use super::args::TokensCommand;
use super::output::Printer;
use super::{environment, exit};
use crate::app::{AppError, Tokens};
use crate::model::{Clock, SystemClock};
use crate::report::{self, Column, Kind};

/// The number of characters of a name that are shown.
const LONG: usize = 80;

/// Makes, lists or revokes tokens. The text of a token is shown once, when it is made.
pub(super) fn tokens(command: &TokensCommand, printer: &Printer) -> Result<u8, AppError> {
    let tokens = Tokens::open(&environment::data_folder())?;
    match command {
        TokensCommand::New { publisher, provider } => {
            let (record, text) = tokens.make(publisher, provider, SystemClock.now())?;
            printer.note(&format!(
                "token {} of {publisher}: it is shown only now; whoever has it can publish runs of {}",
                record.id,
                provider.join(", ")
            ));
            printer.line(&text);
        }
        TokensCommand::List => list(&tokens, printer)?,
        TokensCommand::Revoke { id } => {
            tokens.revoke(id, SystemClock.now())?;
            printer.note(&format!("token {id} is revoked; runs that it published stay"));
        }
    }
    Ok(exit::CONFORMANT)
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
        Column::stays("publisher", Kind::Name),
        Column::goes("providers", Kind::Word, 1),
    ];
    let rows: Vec<_> = found
        .iter()
        .map(|token| {
            vec![
                token.id.clone(),
                if token.revoked_at.is_some() {
                    "revoked"
                } else {
                    "holds"
                }
                .to_owned(),
                token.created_at.format("%Y-%m-%d").to_string(),
                report::one_line(&token.publisher, LONG),
                token.providers.join(", "),
            ]
        })
        .collect();
    printer.list(&columns, &rows)
}
