//! Customers as FavCRM knows them: an account has to be there before it can book.
//!
//! An account is the customer's row; here stands only what FavCRM calls it.

use serde::Deserialize;
use serde_json::{Value, json};

use super::reply::{Failure, Refusal, counted, success};
use crate::clock::Clock;
use crate::request_context::{Reply, RequestContext};
use crate::store::accounts::{self, Account};
use crate::store::customers::{self, Contact};
use crate::tools::customer_key;

const DEFAULT_LIMIT: u32 = 20;

#[derive(Deserialize)]
pub(super) struct SearchInput {
    query: String,
    limit: Option<u32>,
}

/// `search_members`
pub(super) async fn search(context: RequestContext<'_>, input: SearchInput) -> Result<Reply, Failure> {
    let (tenant, limit) = (context.tenant.slug.clone(), input.limit.unwrap_or(DEFAULT_LIMIT));
    let store = &context.provider.store;
    let found = store
        .read(move |db| accounts::search(db, &tenant, input.query.trim(), limit))
        .await?;
    let members: Vec<Value> = found.iter().map(written).collect();
    let summary = counted(members.len(), "account");
    Ok(success(json!({ "members": members }), &summary, "account_list"))
}

#[derive(Deserialize)]
pub(super) struct CreateInput {
    name: String,
    email: String,
    phone: Option<String>,
}

/// `create_account`
pub(super) async fn create(context: RequestContext<'_>, input: CreateInput) -> Result<Reply, Failure> {
    let email = input.email.trim().to_owned();
    let contact = Contact {
        tenant: context.tenant.slug.clone(),
        key: customer_key(&email),
        name: input.name,
        email,
        phone: input.phone,
        at: context.clock.now(),
    };
    let store = &context.provider.store;
    let kept = store
        .write(move |db| {
            customers::keep(db, &contact)?;
            accounts::of_customer(db, &contact.tenant, &contact.key)
        })
        .await?;
    let Some(kept) = kept else {
        return Err(Refusal::new("ACCOUNT_NOT_FOUND", "The account is gone.").into());
    };
    let summary = format!("Account of {}", kept.name);
    Ok(success(json!({ "account": written(&kept) }), &summary, "account"))
}

/// The account with this id.
pub(super) async fn find(context: RequestContext<'_>, id: String) -> Result<Account, Failure> {
    let tenant = context.tenant.slug.clone();
    let store = &context.provider.store;
    let found = store.read(move |db| accounts::find(db, &tenant, &id)).await?;
    let unknown = || Refusal::new("ACCOUNT_NOT_FOUND", "There is no such account.");
    Ok(found.ok_or_else(unknown)?)
}

/// The id of the account of the customer with this address, where there is one.
pub(super) async fn id_of(context: RequestContext<'_>, email: &str) -> Result<Option<String>, Failure> {
    let (tenant, key) = (context.tenant.slug.clone(), customer_key(email));
    let store = &context.provider.store;
    let found = store
        .read(move |db| accounts::of_customer(db, &tenant, &key))
        .await?;
    Ok(found.map(|account| account.id))
}

fn written(account: &Account) -> Value {
    json!({ "id": account.id, "name": account.name, "email": account.email, "phone": account.phone })
}
