//! `list_customers`: the customers of a tenant in pages, whoever was kept last first.

use serde::Deserialize;
use serde_json::{Value, json};

use super::cursor::Cursor;
use super::customers::show;
use super::spec::{ContractText, ToolSpec, invalid_input, typed};
use super::tag_customer::folded;
use super::{Answer, Call};
use crate::fault::Fault;
use crate::store::{Listing, StoreError, customers};

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
    let faults = call.faults;
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
    let limit = input.limit.unwrap_or(DEFAULT_LIMIT) as usize;
    let shown = limit + usize::from(faults.has(Fault::CustomersLimitOffByOne));
    let query = Listing {
        tenant: call.tenant.slug.clone(),
        tag: input
            .tag
            .filter(|_| !faults.has(Fault::CustomersIgnoreTag))
            .map(|tag| folded(&tag, faults)),
        text: input.query.filter(|_| !faults.has(Fault::CustomersIgnoreQuery)),
        // One more shows whether there is another page.
        limit: u32::try_from(shown + 1).unwrap_or(u32::MAX),
        after: after.map(|cursor| (cursor.at_ms, cursor.seq)),
        any_tenant: faults.has(Fault::ListedCustomersCrossTenants),
        beginnings_only: faults.has(Fault::QueryFindsBeginnings),
        last_again: faults.has(Fault::CustomerPagesOverlap),
        without_next: faults.has(Fault::ListSkipsOne),
        oldest_first: faults.has(Fault::CustomersOldestFirst),
    };
    let (listed, next) = call
        .provider
        .store
        .read(move |db| {
            let mut found = customers::list(db, &query)?;
            let goes_on = found.len() > shown;
            found.truncate(shown);
            let mut listed = Vec::new();
            for customer in &found {
                let mut fields = show(db, customer, faults)?;
                if faults.has(Fault::ListedWithoutTags) {
                    fields.insert("tags".to_owned(), json!([]));
                }
                listed.push(Value::Object(fields));
            }
            let last = found.last().filter(|_| goes_on);
            let next = last.map(|customer| Cursor {
                at_ms: customer.created.timestamp_millis(),
                seq: customer.seq,
            });
            Ok((listed, next))
        })
        .await?;
    let mut answer = Answer::success(json!({ "customers": listed }));
    if let Some(next) = next {
        answer
            .body
            .insert("next_cursor".to_owned(), next.written().into());
    }
    Ok(answer)
}
