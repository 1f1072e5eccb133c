//! Faults of what stands in the store of customers and their tags.

use std::collections::BTreeSet;
use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::clock::Clock;
use crate::fault::{Fault, Faults};
use crate::sabotage::fields::{remove, set, text};
use crate::sabotage::records;
use crate::store::{Contact, Customer, StoreError, customers, tags};
use crate::tools::{self, Answer, Call, customers as people, tag};

/// Drops the phone of a customer who is known.
pub(super) async fn before_booking(
    call: Call<'_>,
    faults: Faults,
    input: &mut Value,
) -> Result<(), StoreError> {
    let email = text(input, "/customer/email");
    if faults.has(Fault::MissingPhoneStaysMissing) && find(call, email).await?.is_some() {
        remove(&mut input["customer"], "phone");
    }
    Ok(())
}

/// Looks a customer up, and keeps one who is unknown.
pub(super) async fn get(call: Call<'_>, faults: Faults, input: Value) -> Result<Answer, StoreError> {
    let email = text(&input, "/email").to_owned();
    let answer = tools::run(call, input).await?;
    if answer.error() == Some("unknown_customer") && faults.has(Fault::ReadsKeepCustomers) {
        keep_stranger(call, email).await?;
    }
    Ok(answer)
}

/// Changes the tags of a customer.
pub(super) async fn tag(call: Call<'_>, faults: Faults, input: Value) -> Result<Answer, StoreError> {
    let given = |key: &str| -> Vec<String> {
        let tags = input[key].as_array().into_iter().flatten();
        tags.filter_map(Value::as_str).map(ToOwned::to_owned).collect()
    };
    let (to_add, to_remove) = (given("tags_add"), given("tags_remove"));
    let email = text(&input, "/customer_email").to_owned();
    let Some((added, removed)) = tag::sets(&to_add, &to_remove, call.policy.tags.case) else {
        return match faults.has(Fault::TagsHalfDone) {
            true => half(call, &input, to_add, to_remove).await,
            false => tools::run(call, input).await,
        };
    };
    let before = tags_of(call, &email).await?;
    let is_missing = |before: &BTreeSet<String>| !removed.is_subset(before);
    if faults.has(Fault::RemovingNothingFails) && before.as_ref().is_some_and(is_missing) {
        return Ok(Answer::malformed("invalid_input"));
    }
    if faults.has(Fault::ParallelTagsAreLost) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut answer = tools::run(call, input.clone()).await?;
    if answer.error() == Some("unknown_customer") && faults.has(Fault::TaggingKeepsStrangers) {
        keep_stranger(call, email.clone()).await?;
        answer = tools::run(call, input).await?;
    }
    let (Some(customer), true) = (find(call, &email).await?, answer.is_success()) else {
        return Ok(answer);
    };
    let before = before.unwrap_or_default();
    if faults.has(Fault::ParallelTagsAreLost) {
        let seen: BTreeSet<String> = before
            .union(&added)
            .filter(|tag| !removed.contains(*tag))
            .cloned()
            .collect();
        overwrite(call, &customer, seen).await?;
    } else if faults.has(Fault::TagsReplaceAll) && !added.is_empty() {
        overwrite(call, &customer, added).await?;
    } else if faults.has(Fault::TagsDuplicate) {
        let (seq, now) = (customer.seq, call.clock.now());
        let again: Vec<String> = added.intersection(&before).cloned().collect();
        let add = move |db: &Connection| {
            again
                .iter()
                .try_for_each(|tag| tags::add(db, seq, &format!("{tag} "), now))
        };
        call.provider.store.write(add).await?;
    } else {
        return Ok(answer);
    }
    let kept = call
        .provider
        .store
        .read(move |db| tags::of(db, customer.seq))
        .await?;
    let shown: Vec<&str> = kept.iter().map(|tag| tag.trim_end()).collect();
    set(&mut answer, "tags", json!(shown));
    Ok(answer)
}

/// Does what it can of a change that is refused.
async fn half(
    call: Call<'_>,
    input: &Value,
    to_add: Vec<String>,
    to_remove: Vec<String>,
) -> Result<Answer, StoreError> {
    let sound = |tags: Vec<String>| -> Vec<String> {
        tags.into_iter().filter(|tag| !tag.trim().is_empty()).collect()
    };
    for (kept, dropped, tags) in [
        ("tags_remove", "tags_add", sound(to_remove)),
        ("tags_add", "tags_remove", sound(to_add)),
    ] {
        let mut part = input.clone();
        part[kept] = json!(tags);
        remove(&mut part, dropped);
        let answer = tools::run(call, part).await?;
        if answer.error() == Some("unknown_customer") {
            return Ok(answer);
        }
    }
    Ok(Answer::malformed("invalid_input"))
}

async fn find(call: Call<'_>, email: &str) -> Result<Option<Customer>, StoreError> {
    let (tenant, key) = (
        call.tenant.slug.clone(),
        people::key(email, call.policy.customers),
    );
    let find = move |db: &Connection| customers::find(db, &tenant, &key);
    call.provider.store.read(find).await
}

async fn tags_of(call: Call<'_>, email: &str) -> Result<Option<BTreeSet<String>>, StoreError> {
    let Some(customer) = find(call, email).await? else {
        return Ok(None);
    };
    let read = move |db: &Connection| tags::of(db, customer.seq);
    let tags = call.provider.store.read(read).await?;
    Ok(Some(tags.into_iter().collect()))
}

/// Gives a customer these tags alone.
async fn overwrite(call: Call<'_>, customer: &Customer, with: BTreeSet<String>) -> Result<(), StoreError> {
    let (seq, now) = (customer.seq, call.clock.now());
    let write = move |db: &Connection| {
        records::clear_tags(db, seq)?;
        with.iter().try_for_each(|tag| tags::add(db, seq, tag, now))
    };
    call.provider.store.write(write).await
}

/// Keeps a customer of whom nothing but the address is known.
async fn keep_stranger(call: Call<'_>, email: String) -> Result<(), StoreError> {
    let stranger = Contact {
        tenant: call.tenant.slug.clone(),
        key: people::key(&email, call.policy.customers),
        name: email.clone(),
        email,
        phone: None,
        at: call.clock.now(),
    };
    let keep = move |db: &Connection| customers::keep(db, &stranger);
    call.provider.store.write(keep).await
}
