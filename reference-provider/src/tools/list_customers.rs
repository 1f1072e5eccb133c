//! `list_customers`: the customers of a tenant in pages, whoever was kept last first.

use rusqlite::Connection;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::cursor::Cursor;
use super::customers::show;
use super::page::Page;
use super::spec::{ContractText, ToolSpec, invalid_input, typed};
use super::tag::folded;
use crate::store::{Customer, Listing, StoreError, customers};

/// The tool.
pub(super) const SPEC: ToolSpec = ToolSpec {
    name: "list_customers",
    domain: "crm",
    contract: ContractText::Same(include_str!("../../contract/list_customers.json")),
    input_error: invalid_input,
    handler: |call, input| Box::pin(typed(call, input, answer)),
};

const DEFAULT_LIMIT: f64 = 50.0;

#[derive(Deserialize)]
pub(super) struct Input {
    tag: Option<String>,
    query: Option<String>,
    limit: Option<f64>,
    cursor: Option<String>,
}

pub(super) async fn answer(call: Call<'_>, input: Input) -> Result<Answer, StoreError> {
    let (rules, lists) = (call.policy.customers, call.policy.lists);
    let after = match input.cursor.as_deref().map(Cursor::read) {
        Some(None) => return Ok(Answer::malformed("invalid_input")),
        Some(after) => after,
        None => None,
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the schema keeps it within 1 and 100"
    )]
    let limit = input.limit.unwrap_or(DEFAULT_LIMIT) as u32;
    let case = call.policy.tags.case;
    let query = Listing {
        tenant: call.tenant.slug.clone(),
        scope: lists.customers_scope,
        tag: input.tag.map(|tag| folded(&tag, case)),
        text: input.query,
        search: lists.customers_search,
        limit: Page::<Customer>::rows(limit),
        after: after.map(|cursor| (cursor.at_ms, cursor.seq)),
        order: lists.customers_order,
    };
    let read = move |db: &Connection| {
        let page = Page::of(customers::list(db, &query)?, limit, |customer: &Customer| {
            Cursor {
                at_ms: customer.created.timestamp_millis(),
                seq: customer.seq,
            }
        });
        let listed: rusqlite::Result<Vec<Value>> = page
            .entries
            .iter()
            .map(|customer| Ok(Value::Object(show(db, customer, rules)?)))
            .collect();
        Ok((listed?, page))
    };
    let (listed, page) = call.provider.store.read(read).await?;
    let mut answer = Answer::success(json!({ "customers": listed }));
    page.add_cursor(&mut answer);
    Ok(answer)
}
