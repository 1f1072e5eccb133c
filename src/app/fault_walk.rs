//! Inputs for a walk over the tools of a provider: made at random from the input schemas and from what earlier answers said.
//!
//! It knows no suite and no test: what it asks depends on the contracts and the seed alone.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use crate::capability::Capability;

/// Texts that break a rule here or there.
const ODD: [&str; 8] = [
    "",
    "   ",
    "12345",
    "no-such-thing",
    "a@b",
    "2027-02-30",
    "2027-03-02T09:30:00",
    "<Ada & Eve>",
];

/// The customers of a walk: two people, one of them in two spellings, and one whose address begins like another.
pub(super) const CUSTOMERS: [(&str, &str); 4] = [
    ("Ada", "ada@example.com"),
    ("Ada L.", "Ada@Example.com"),
    ("Eve", "eve@example.com"),
    ("Al", "ada@example.com.au"),
];

/// What the answers so far have named, each kind with the latest last.
#[derive(Default)]
pub(super) struct Known {
    pub(super) services: Vec<String>,
    pub(super) bookings: Vec<String>,
    pub(super) invoices: Vec<String>,
    pub(super) cursors: Vec<String>,
    pub(super) starts: Vec<DateTime<Utc>>,
    pub(super) now: DateTime<Utc>,
}

impl Known {
    /// Notes what an answer names.
    pub(super) fn learn(&mut self, answer: &Value) {
        match answer {
            Value::Object(fields) => {
                for (key, value) in fields {
                    if let Some(text) = value.as_str() {
                        self.learn_text(key, text);
                    }
                    self.learn(value);
                }
                if let (Some(id), true) = (fields.get("id"), fields.contains_key("duration_minutes")) {
                    keep(&mut self.services, id.as_str().unwrap_or_default());
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.learn(item)),
            _ => {}
        }
    }

    fn learn_text(&mut self, key: &str, text: &str) {
        match key {
            "booking_id" => keep(&mut self.bookings, text),
            "service_id" => keep(&mut self.services, text),
            "number" | "invoice_number" => keep(&mut self.invoices, text),
            "cursor" | "next_cursor" => keep(&mut self.cursors, text),
            "start_at" => {
                let start = DateTime::parse_from_rfc3339(text).ok();
                if let Some(start) = start.map(|start| start.to_utc())
                    && !self.starts.contains(&start)
                    && self.starts.len() < 60
                {
                    self.starts.push(start);
                }
            }
            _ => {}
        }
    }
}

fn keep(texts: &mut Vec<String>, text: &str) {
    if !text.is_empty() && texts.len() < 60 && !texts.iter().any(|known| known == text) {
        texts.push(text.to_owned());
    }
}

/// Makes inputs.
pub(super) struct Walk {
    random: fastrand::Rng,
    /// The inputs that were sent, with their tools.
    sent: Vec<(String, Value)>,
}

impl Walk {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            random: fastrand::Rng::with_seed(seed),
            sent: Vec::new(),
        }
    }

    /// True once in so many times.
    pub(super) fn once_in(&mut self, times: u32) -> bool {
        self.random.u32(..times) == 0
    }

    /// One of these.
    pub(super) fn choice<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        self.random.choice(of).cloned()
    }

    /// The next call of a tool: made anew, as an earlier one was, or broken in one place.
    pub(super) fn next(&mut self, tool: &Capability, known: &Known) -> Value {
        let earlier: Vec<Value> = self
            .sent
            .iter()
            .filter(|(name, _)| name == tool.tool())
            .map(|(_, input)| input.clone())
            .collect();
        let mut input = match self.choice(&earlier) {
            Some(input) if self.once_in(3) => input,
            _ => self.fresh(&tool.input.json, known),
        };
        match self.random.u32(..8) {
            0 => self.break_one(&mut input),
            1 => self.change_one(&mut input, &tool.input.json, known),
            _ => self.sent.push((tool.tool().to_owned(), input.clone())),
        }
        input
    }

    /// A valid input, as far as names and types tell.
    pub(super) fn fresh(&mut self, schema: &Value, known: &Known) -> Value {
        let required: Vec<&str> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut input = Map::new();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            if (required.contains(&name.as_str()) || self.once_in(4))
                && let Some(value) = self.value(name, property, known)
            {
                input.insert(name.clone(), value);
            }
        }
        Value::Object(input)
    }

    fn value(&mut self, name: &str, property: &Value, known: &Known) -> Option<Value> {
        let text = |text: Option<String>| text.map(Value::from);
        match name {
            "service_id" => text(self.choice(&known.services)),
            "booking_id" => text(self.choice(&known.bookings)),
            "invoice_number" | "number" => text(self.choice(&known.invoices)),
            "cursor" => text(self.choice(&known.cursors)),
            "start_at" | "from" | "to" => Some(self.start(known).into()),
            "date" => {
                let day = known.now + TimeDelta::days(self.random.i64(0..10));
                Some(day.date_naive().to_string().into())
            }
            "customer" => {
                let (name, email) = self.choice(&CUSTOMERS)?;
                let mut customer = json!({ "name": name, "email": email });
                if self.once_in(3) {
                    customer["phone"] = "+420123456789".into();
                }
                Some(customer)
            }
            "email" | "customer_email" => self.choice(&CUSTOMERS).map(|(_, email)| email.into()),
            "price" => Some("19.90".into()),
            "currency" => text(self.choice(&["EUR".to_owned(), "JPY".to_owned()])),
            "duration_minutes" => self.choice(&[20, 30, 60, 90]).map(Value::from),
            "capacity" => Some(2.into()),
            "limit" => self.choice(&[1, 2, 3, 100]).map(Value::from),
            "seconds" => self.choice(&[1, 7, 61]).map(Value::from),
            "tags_add" | "tags_remove" => {
                let tags = ["vip", "VIP", "new"].map(str::to_owned);
                let (one, two) = (self.choice(&tags)?, self.choice(&tags)?);
                Some(json!([one, two]))
            }
            "tag" => Some("vip".into()),
            "query" => text(self.choice(&["da".to_owned(), "Ada".to_owned()])),
            // Who works there is not known.
            "staff_ids" | "resource_id" => None,
            _ => self.by_type(property),
        }
    }

    fn by_type(&mut self, property: &Value) -> Option<Value> {
        if let Some(values) = property["enum"].as_array() {
            return self.choice(values);
        }
        match property["type"].as_str()? {
            "boolean" => Some(self.random.bool().into()),
            "integer" | "number" => self.choice(&[1, 10, 60]).map(Value::from),
            "string" => self.choice(&["", "A line.", "ž"]).map(Value::from),
            "array" => self.by_type(&property["items"]).map(|item| json!([item])),
            _ => None,
        }
    }

    /// A start that was named, one beside it, or one about now.
    fn start(&mut self, known: &Known) -> String {
        let near_now = known.now + TimeDelta::minutes(self.random.i64(-90..90));
        let start = self.choice(&known.starts).unwrap_or(near_now);
        let start = match self.random.u32(..10) {
            0 => near_now,
            1 => known.now,
            2 => start + TimeDelta::minutes(5),
            3 | 4 => start + TimeDelta::minutes(15 * self.random.i64(-6..7)),
            _ => start,
        };
        if self.once_in(12) {
            return format!(
                "{}+05:00",
                (start + TimeDelta::hours(5)).format("%Y-%m-%dT%H:%M:%S")
            );
        }
        start.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
    }

    /// Gives one field another valid value.
    fn change_one(&mut self, input: &mut Value, schema: &Value, known: &Known) {
        let Some(fields) = schema["properties"].as_object() else {
            return;
        };
        let names: Vec<&String> = fields.keys().collect();
        let Some(name) = self.choice(&names) else { return };
        if let Some(value) = self.value(name, &fields[name], known) {
            input[name.as_str()] = value;
        }
    }

    /// Breaks an input in one place, at the top or one level below.
    fn break_one(&mut self, input: &mut Value) {
        let Some(fields) = input.as_object_mut() else {
            return;
        };
        if self.random.u32(..6) == 0 {
            fields.insert("no_such_field".to_owned(), 1.into());
            return;
        }
        let names: Vec<String> = fields.keys().cloned().collect();
        let Some(name) = self.random.choice(&names).cloned() else {
            return;
        };
        if fields[&name].is_object() && self.random.bool() {
            return self.break_one(&mut fields[&name]);
        }
        match self.random.u32(..8) {
            0 => {
                fields.remove(&name);
            }
            1 => fields[&name] = Value::Null,
            2 => fields[&name] = 12345.into(),
            3 => fields[&name] = "x".repeat(1001).into(),
            4 => fields[&name] = "ž".repeat(600).into(),
            5 => fields[&name] = fields[&name].to_string().into(),
            _ => fields[&name] = self.choice(&ODD).unwrap_or_default().into(),
        }
    }
}
