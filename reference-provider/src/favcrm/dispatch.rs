//! The table from the name of a tool to what answers it.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::reply::{Failure, Refusal};
use super::shape::{Listed, Shape};
use super::{accounts, bookings, catalogue, create, invoice};
use crate::request_context::{Reply, RequestContext};
use crate::store::StoreError;

/// Answers a call of a tool of a flavor.
pub(crate) async fn answer(
    context: RequestContext<'_>,
    shape: Shape,
    tool: &Listed,
    input: Value,
) -> Result<Reply, StoreError> {
    let outcome = match tool.complaint(&input) {
        Some(complaint) => Err(Refusal::invalid(&complaint).into()),
        None => dispatch(context, shape, tool.name(), input).await,
    };
    outcome.or_else(Failure::reply)
}

async fn dispatch(
    context: RequestContext<'_>,
    shape: Shape,
    tool: &str,
    input: Value,
) -> Result<Reply, Failure> {
    match tool {
        "create_service" => catalogue::create_service(context, read(input)?).await,
        "list_services" => catalogue::list_services(context).await,
        "get_available_slots" => catalogue::slots(context, shape, read(input)?).await,
        "get_booking_settings" => Ok(catalogue::settings(context)),
        "search_members" => accounts::search(context, read(input)?).await,
        "create_account" => accounts::create(context, read(input)?).await,
        "create_booking" => match shape {
            Shape::Live => create::live(context, read(input)?).await,
            Shape::Article => create::article(context, read(input)?).await,
        },
        "confirm_booking" => bookings::confirm(context, shape, read(input)?).await,
        "create_invoice" => invoice::create(context, read(input)?).await,
        "cancel_booking" => bookings::cancel(context, shape, read(input)?).await,
        "list_bookings" => bookings::list(context, shape, read(input)?).await,
        "get_booking_detail" => bookings::detail(context, shape, read(input)?).await,
        _ => Err(Refusal::new("NOT_SUPPORTED", "There is no such tool.").into()),
    }
}

fn read<T: DeserializeOwned>(input: Value) -> Result<T, Failure> {
    serde_json::from_value(input).map_err(|error| Refusal::invalid(&error.to_string()).into())
}
