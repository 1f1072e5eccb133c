//! Customers: an appointment is made for one that is there.

use serde_json::{Value, json};

use super::super::asked::Asked;
use super::{Office, Thrown, one, page};
use crate::support::servers::Response;

pub(super) struct Customer {
    pub(super) id: u64,
    first_name: String,
    last_name: String,
    email: String,
    phone: String,
}

impl Customer {
    fn written(&self) -> Value {
        json!({
            "id": self.id,
            "firstName": self.first_name,
            "lastName": self.last_name,
            "email": self.email,
            "phone": self.phone,
            "address": null,
            "city": null,
            "zip": null,
            "timezone": "UTC",
            "language": "english",
            "notes": null,
        })
    }
}

impl Office {
    pub(super) fn list_customers(&self, asked: &Asked<'_>) -> Response {
        let mut rows: Vec<Value> = self.customers.iter().map(Customer::written).collect();
        if self.ways.has_remains {
            // Its notes hold what is searched for, so that it is found.
            rows.insert(
                0,
                json!({ "id": 1, "firstName": null, "lastName": "Walk-in", "email": null, "phone": null, "notes": asked.query("q") }),
            );
        }
        page(asked, rows)
    }

    pub(super) fn show_customer(&self, id: &str) -> Response {
        let rows: Vec<Value> = self.customers.iter().map(Customer::written).collect();
        one(&rows, id)
    }

    /// `DELETE /customers/{id}`: the customer's appointments go as well.
    pub(super) fn delete_customer(&mut self, id: &str) -> Response {
        let before = self.customers.len();
        self.customers.retain(|known| known.id.to_string() != id);
        self.appointments
            .retain(|booked| booked.customer.to_string() != id);
        let status = if self.customers.len() < before { 204 } else { 404 };
        Response::text(status, "text/html; charset=UTF-8", "")
    }

    /// `POST /customers`: a first and a last name, an address and a phone number are mandatory, and an address is there once.
    pub(super) fn add_customer(&mut self, asked: &Asked<'_>) -> Result<Response, Thrown> {
        let body = match asked.json() {
            Some(Value::Object(body)) => body,
            _ => {
                return Err(Thrown::wrong_type(
                    "Customers_model::api_decode()",
                    "array, null given",
                    "Customers_api_v1",
                ));
            }
        };
        let text = |key: &str| {
            body.get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let customer = Customer {
            id: self.users,
            first_name: text("firstName"),
            last_name: text("lastName"),
            email: text("email"),
            phone: text("phone"),
        };
        // What PHP takes for empty.
        let is_empty = |text: &str| text.is_empty() || text == "0";
        let named = [&customer.first_name, &customer.last_name];
        if named.iter().any(|name| is_empty(name)) || is_empty(&customer.email) || is_empty(&customer.phone) {
            return Err(Thrown(format!(
                "Not all required fields are provided: Array\n(\n    [first_name] => {}\n    [last_name] => {}\n)\n",
                customer.first_name, customer.last_name
            )));
        }
        let is_address = customer
            .email
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'));
        if !is_address || customer.email.contains(char::is_whitespace) {
            return Err(Thrown(format!(
                "Invalid email address provided: {}",
                customer.email
            )));
        }
        if self
            .customers
            .iter()
            .any(|known| known.email.eq_ignore_ascii_case(&customer.email))
        {
            return Err(Thrown::saying(
                "The provided email address is already in use, please use a different one.",
            ));
        }
        self.users += 1;
        let written = customer.written();
        self.customers.push(customer);
        Ok(Response::Json(201, written))
    }
}
