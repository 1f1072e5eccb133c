//! `create_invoice`, which both shapes call alike: what a booking costs, and where it can be paid.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::ask::ask;
use super::reply::{Failure, success};
use crate::request_context::{Reply, RequestContext};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    booking_id: String,
}

/// `create_invoice`. A booking has one invoice however often it is asked for.
pub(super) async fn create(context: RequestContext<'_>, input: Input) -> Result<Reply, Failure> {
    let answer = ask(
        context,
        "create_invoice",
        json!({ "booking_id": input.booking_id }),
    )
    .await?;
    let number = answer.get("number").and_then(Value::as_str);
    let summary = format!("Invoice {}", number.unwrap_or_default());
    let invoice = written(answer, input.booking_id);
    Ok(success(json!({ "invoice": invoice }), &summary, "invoice"))
}

/// An invoice as FavCRM has it. Values are the provider's own, right or wrong.
fn written(mut answer: Map<String, Value>, booking_id: String) -> Value {
    let lines = match answer.remove("lines") {
        Some(Value::Array(lines)) => lines.iter().map(line).collect(),
        _ => Vec::new(),
    };
    let mut invoice = Map::new();
    for (ours, theirs) in [
        ("invoice_id", "id"),
        ("number", "number"),
        ("status", "status"),
        ("amount", "totalPrice"),
        ("currency", "currency"),
        ("issued_at", "issuedAt"),
        ("due_at", "dueAt"),
        ("payment_url", "paymentUrl"),
    ] {
        if let Some(value) = answer.remove(ours) {
            invoice.insert(theirs.to_owned(), value);
        }
    }
    invoice.insert("bookingId".to_owned(), booking_id.into());
    invoice.insert("lineItems".to_owned(), lines.into());
    invoice.into()
}

fn line(line: &Value) -> Value {
    json!({
        "description": line["description"],
        "quantity": line["quantity"],
        "unitPrice": line["unit_amount"],
        "totalPrice": line["amount"],
    })
}
