//! `tag_customer`: adds tags to the set of a customer and removes others, in one transaction.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use serde::Deserialize;
use serde_json::json;

use super::answer::Answer;
use super::call::Call;
use super::customers as people;
use super::spec::{ContractText, ToolSpec, typed};
use super::tag::sets;
use crate::clock::Clock;
use crate::policy::{Persistence, Tags};
use crate::store::{Customer, StoreError, customers, tags};

/// The tool.
pub(super) const SPEC: ToolSpec = ToolSpec {
    name: "tag_customer",
    domain: "crm",
    contract: ContractText::Same(include_str!("../../contract/tag_customer.json")),
    input_error: |contract, _, input| people::input_error(contract, input, "/customer_email"),
    handler: |call, input| Box::pin(typed(call, input, answer)),
};

#[derive(Deserialize)]
pub(super) struct Input {
    customer_email: String,
    #[serde(default)]
    tags_add: Vec<String>,
    #[serde(default)]
    tags_remove: Vec<String>,
}

pub(super) async fn answer(call: Call<'_>, input: Input) -> Result<Answer, StoreError> {
    let Some((added, removed)) = sets(&input.tags_add, &input.tags_remove, call.policy.tags.case) else {
        return Ok(Answer::malformed("invalid_input"));
    };
    let change = Change {
        tenant: call.tenant.slug.clone(),
        customer: people::key(&input.customer_email, call.policy.customers),
        added,
        removed,
        at: call.clock.now(),
        rules: call.policy.tags,
    };
    let outcome = call.provider.store.write(move |db| change.run(db)).await?;
    Ok(match outcome {
        TagOutcome::Tagged(customer, tags) => Answer::success(json!({
            "customer_id": customer.id,
            "email": customer.email,
            "tags": tags,
        })),
        TagOutcome::UnknownCustomer => Answer::refused("unknown_customer"),
        TagOutcome::TooMany => Answer::malformed("invalid_input"),
    })
}

/// The result of the transaction.
enum TagOutcome {
    /// The customer, and their tags afterwards.
    Tagged(Customer, Vec<String>),
    UnknownCustomer,
    TooMany,
}

/// A change of the tags of one customer.
struct Change {
    tenant: String,
    /// The key of the customer.
    customer: String,
    added: BTreeSet<String>,
    removed: BTreeSet<String>,
    at: DateTime<Utc>,
    rules: Tags,
}

impl Change {
    fn run(self, db: &Connection) -> rusqlite::Result<TagOutcome> {
        let Some(customer) = customers::find(db, &self.tenant, &self.customer)? else {
            return Ok(TagOutcome::UnknownCustomer);
        };
        let before: BTreeSet<String> = tags::of(db, customer.seq)?.into_iter().collect();
        let after: Vec<String> = before
            .union(&self.added)
            .filter(|tag| !self.removed.contains(*tag))
            .cloned()
            .collect();
        if after.len() > self.rules.most {
            return Ok(TagOutcome::TooMany);
        }
        if self.rules.persistence == Persistence::AnsweredOnly {
            return Ok(TagOutcome::Tagged(customer, after));
        }
        for tag in &self.removed {
            tags::remove(db, customer.seq, tag)?;
        }
        for tag in &self.added {
            tags::add(db, customer.seq, tag, self.at)?;
        }
        let tags = tags::of(db, customer.seq)?;
        Ok(TagOutcome::Tagged(customer, tags))
    }
}
