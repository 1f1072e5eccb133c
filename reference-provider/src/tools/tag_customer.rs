//! `tag_customer`: adds tags to the set of a customer and removes others, in one transaction.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use serde::Deserialize;
use serde_json::json;

use super::customers::{self as people, key, shown_tags};
use super::spec::{ContractText, ToolSpec, typed};
use super::{Answer, Call};
use crate::clock::Clock;
use crate::fault::{Fault, Faults};
use crate::store::{Contact, Customer, StoreError, customers, tags};

/// The tool.
pub(super) const SPEC: ToolSpec = ToolSpec {
    name: "tag_customer",
    domain: "crm",
    contract: ContractText::Same(include_str!("../../contract/tag_customer.json")),
    input_error: |contract, _, input| people::input_error(contract, input, "/customer_email"),
    handler: |call, input| Box::pin(typed(call, input, answer)),
};

/// How many tags a customer has at most.
const MOST: usize = 50;

#[derive(Deserialize)]
pub(super) struct Input {
    customer_email: String,
    #[serde(default)]
    tags_add: Vec<String>,
    #[serde(default)]
    tags_remove: Vec<String>,
}

pub(super) async fn answer(call: Call<'_>, input: Input) -> Result<Answer, StoreError> {
    let faults = call.faults;
    let set = |tags: &[String]| {
        tags.iter()
            .map(|tag| folded(tag, faults))
            .collect::<BTreeSet<_>>()
    };
    let (mut added, mut removed) = (set(&input.tags_add), set(&input.tags_remove));
    let is_sound = !added.contains("") && !removed.contains("") && added.is_disjoint(&removed);
    if !is_sound && !faults.has(Fault::TagsHalfDone) {
        return Ok(Answer::malformed("invalid_input"));
    }
    added.remove("");
    removed.remove("");
    if faults.has(Fault::TagLost)
        && let Some(last) = added.pop_last()
    {
        added = BTreeSet::from([last]);
    }
    if faults.has(Fault::TagsNotRemoved) {
        removed.clear();
    }
    let mut change = Change {
        tenant: call.tenant.slug.clone(),
        email: input.customer_email,
        added,
        removed,
        at: call.clock.now(),
        seen: None,
        faults,
    };
    if faults.has(Fault::ParallelTagsAreLost) {
        let looking = change.clone();
        change.seen = call.provider.store.read(move |db| looking.look(db)).await?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let outcome = call.provider.store.write(move |db| change.run(db)).await?;
    Ok(match outcome {
        Outcome::Tagged(customer, tags) if is_sound => Answer::success(json!({
            "customer_id": customer.id,
            "email": customer.email,
            "tags": tags,
        })),
        Outcome::Unknown => Answer::refused("unknown_customer"),
        Outcome::Tagged(..) | Outcome::TooMany | Outcome::NothingToRemove => {
            Answer::malformed("invalid_input")
        }
    })
}

/// A tag as it is kept and compared.
pub(super) fn folded(tag: &str, faults: Faults) -> String {
    if faults.has(Fault::TagsCaseSensitive) {
        tag.trim().to_owned()
    } else {
        tag.trim().to_ascii_lowercase()
    }
}

/// What the transaction came to.
enum Outcome {
    /// With these tags afterwards.
    Tagged(Customer, Vec<String>),
    Unknown,
    TooMany,
    /// Only a fault minds.
    NothingToRemove,
}

/// What is to be done to the tags of one customer.
#[derive(Clone)]
struct Change {
    tenant: String,
    email: String,
    added: BTreeSet<String>,
    removed: BTreeSet<String>,
    at: DateTime<Utc>,
    /// The tags before the transaction, where a fault has looked there and believes in it what it saw.
    seen: Option<Vec<String>>,
    faults: Faults,
}

impl Change {
    fn run(self, db: &Connection) -> rusqlite::Result<Outcome> {
        let faults = self.faults;
        if self.find(db)?.is_none() && faults.has(Fault::TaggingKeepsStrangers) {
            customers::keep(db, &self.stranger())?;
        }
        let Some(customer) = self.find(db)? else {
            return Ok(Outcome::Unknown);
        };
        let before: BTreeSet<String> = tags::of(db, customer.seq)?.into_iter().collect();
        if faults.has(Fault::RemovingNothingFails) && !self.removed.is_subset(&before) {
            return Ok(Outcome::NothingToRemove);
        }
        let after = before
            .union(&self.added)
            .filter(|tag| !self.removed.contains(*tag));
        if after.clone().count() > MOST && !faults.has(Fault::TagsWithoutLimit) {
            return Ok(Outcome::TooMany);
        }
        if faults.has(Fault::TagsAnsweredOnly) {
            let after = after.cloned().collect();
            return Ok(Outcome::Tagged(customer, after));
        }
        if faults.has(Fault::TagsReplaceAll) && !self.added.is_empty() {
            tags::clear(db, customer.seq)?;
        }
        if let Some(seen) = &self.seen {
            tags::clear(db, customer.seq)?;
            for tag in seen {
                tags::add(db, customer.seq, tag, self.at)?;
            }
        }
        for tag in &self.removed {
            tags::remove(db, customer.seq, tag)?;
        }
        for tag in &self.added {
            tags::add(db, customer.seq, tag, self.at)?;
            if faults.has(Fault::TagsDuplicate) && before.contains(tag) {
                tags::add(db, customer.seq, &format!("{tag} "), self.at)?;
            }
        }
        let after = shown_tags(db, &customer, faults)?;
        Ok(Outcome::Tagged(customer, after))
    }

    fn find(&self, db: &Connection) -> rusqlite::Result<Option<Customer>> {
        let any_tenant = self.faults.has(Fault::TagsCrossTenants);
        customers::find(db, &self.tenant, &key(&self.email, self.faults), any_tenant)
    }

    /// The tags as they are.
    fn look(&self, db: &Connection) -> rusqlite::Result<Option<Vec<String>>> {
        match self.find(db)? {
            Some(customer) => tags::of(db, customer.seq).map(Some),
            None => Ok(None),
        }
    }

    /// Whom a fault keeps because somebody wants to tag them.
    fn stranger(&self) -> Contact {
        Contact {
            tenant: self.tenant.clone(),
            key: key(&self.email, self.faults),
            name: self.email.clone(),
            email: self.email.clone(),
            phone: None,
            at: self.at,
        }
    }
}
