//! Finds what a call made whose answer did not name it: which tool lists such things, and which of those listed are the test's own.
//!
//! Nothing here knows a contract. A tool of the same domain that only reads lists them if its things carry what the undo asks for, and if
//! the call that made them says all that it requires. A thing is the test's own only where a text that no other run has sent stands in
//! the question or in the thing, and where nothing that was sent is told in another way.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::capability::{Capability, Registry, Undo};
use crate::model::Answer;

/// The most pages of one listing.
const MOST_PAGES: usize = 5;

/// Asks a tool of a provider that only reads.
#[async_trait]
pub trait Ask: Sync {
    /// The answer; None where there is none.
    async fn ask(&self, tool: &Arc<Capability>, input: &Value) -> Option<Answer>;
}

/// Finds what a call of `maker` with `sent` made and no answer named: the inputs that take it back. `tag` is a text that no other run
/// sends. None where no tool that lists such things answered.
pub async fn find_made(
    registry: &Registry,
    (maker, sent): (&Capability, &Value),
    tag: &str,
    provider: &dyn Ask,
) -> Option<Vec<Value>> {
    let undo = maker.reversibility.undo.as_ref()?;
    for question in Question::all(registry, maker, undo, sent) {
        if let Some(found) = question.find(sent, tag, provider).await {
            return Some(found);
        }
    }
    None
}

/// A question whose answer lists things of the kind that a call makes.
#[derive(Debug)]
pub(super) struct Question {
    /// The tool that lists them.
    pub(super) tool: Arc<Capability>,
    /// Its input.
    input: Value,
    /// The field of the answer that lists them.
    list: String,
    /// The keys of the undo's input, each with the field of a thing that stands for it.
    keys: Vec<(String, String)>,
}

impl Question {
    /// The questions that may find what `maker` made of `sent`, the narrowest first, one for each tool.
    pub(super) fn all(registry: &Registry, maker: &Capability, undo: &Undo, sent: &Value) -> Vec<Self> {
        let said = fields(sent);
        let made_by = &maker.reference;
        let of_domain = registry.iter().filter(|tool| {
            let id = &tool.reference.id;
            tool.is_read() && id.domain() == made_by.id.domain()
        });
        let mut questions: Vec<Self> = of_domain.filter_map(|tool| Self::by(tool, undo, &said)).collect();
        questions.sort_by_key(|question| {
            let narrow = question.input.as_object().map_or(0, Map::len);
            let version = &question.tool.reference.version;
            (std::cmp::Reverse(narrow), *version != made_by.version)
        });
        let mut known = Vec::new();
        questions.retain(|question| {
            let is_new = !known.contains(&question.tool.reference.id);
            known.push(question.tool.reference.id.clone());
            is_new
        });
        questions
    }

    fn by(tool: &Arc<Capability>, undo: &Undo, said: &BTreeMap<String, Value>) -> Option<Self> {
        let (list, keys) = properties(&tool.output.json)?.iter().find_map(|(list, schema)| {
            let thing = properties(schema.get("items")?)?;
            let keys = undo.input.keys().map(|key| {
                let field = field_of(key, list, |field| thing.contains_key(field))?;
                Some((key.clone(), field.to_owned()))
            });
            Some((list.clone(), keys.collect::<Option<Vec<_>>>()?))
        })?;
        let required = tool.input.json.get("required").and_then(Value::as_array);
        let input = required.into_iter().flatten().map(|name| {
            let name = name.as_str()?;
            Some((name.to_owned(), said.get(name)?.clone()))
        });
        Some(Self {
            tool: Arc::clone(tool),
            input: Value::Object(input.collect::<Option<_>>()?),
            list,
            keys,
        })
    }

    /// Asks page by page for the inputs that take back what was made of `sent`. None where no answer lists anything.
    pub(super) async fn find(&self, sent: &Value, tag: &str, provider: &dyn Ask) -> Option<Vec<Value>> {
        let mut input = self.input.clone();
        let mut found = Vec::new();
        for page in 0..MOST_PAGES {
            let answer = provider.ask(&self.tool, &input).await?;
            let Some(own) = self.own(&answer, sent, tag) else {
                return (page > 0).then_some(found);
            };
            found.extend(own);
            match self.next_page(&answer.output) {
                Some(next) => input = next,
                None => break,
            }
        }
        found.dedup();
        Some(found)
    }

    /// The inputs that take back those things in an answer which are what was made of `sent`. `tag` is a text that no other run sends.
    /// None where the answer lists nothing at all, not even an empty list.
    fn own(&self, answer: &Answer, sent: &Value, tag: &str) -> Option<Vec<Value>> {
        if !answer.is_success() {
            return None;
        }
        let things = answer.output.get(&self.list)?.as_array()?;
        let said = fields(sent);
        let asked = has_tag(fields(&self.input).values(), tag);
        let own = things.iter().filter(|thing| {
            let told = fields(thing);
            let both = said.iter().filter_map(|(name, said)| {
                let told = told.get(name)?;
                Some((said, told, agree(said, told)?))
            });
            let both: Vec<_> = both.collect();
            both.iter().all(|(.., agree)| *agree)
                && (asked || has_tag(both.iter().map(|(_, told, _)| *told), tag))
        });
        Some(own.filter_map(|thing| self.undo_input(thing)).collect())
    }

    /// The input that asks for the page after an answer; None where it was the last.
    fn next_page(&self, answer: &Value) -> Option<Value> {
        let cursor = answer.get("next_cursor").filter(|cursor| cursor.is_string())?;
        properties(&self.tool.input.json)?.get("cursor")?;
        let mut input = self.input.as_object()?.clone();
        input.insert("cursor".to_owned(), cursor.clone());
        Some(Value::Object(input))
    }

    fn undo_input(&self, thing: &Value) -> Option<Value> {
        let input = self.keys.iter().map(|(key, field)| {
            let value = thing.get(field).filter(|value| !value.is_null())?;
            Some((key.clone(), value.clone()))
        });
        input.collect::<Option<Map<_, _>>>().map(Value::Object)
    }
}

/// The field of a listed thing that stands for a key of the undo's input: the one of that name, or its `id` where the list is one of
/// such things.
fn field_of<'k>(key: &'k str, list: &str, has: impl Fn(&str) -> bool) -> Option<&'k str> {
    if has(key) {
        return Some(key);
    }
    let kind = key.strip_suffix("_id").filter(|kind| list.starts_with(kind));
    kind.filter(|_| has("id")).map(|_| "id")
}

fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties")?.as_object()
}

/// The values of an object that hold no others, each by the names that lead to it: `customer_email`.
fn fields(value: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    collect(value, "", &mut found);
    found
}

fn collect(value: &Value, path: &str, found: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(inner) => {
            for (name, value) in inner {
                let path = match path {
                    "" => name.clone(),
                    _ => format!("{path}_{name}"),
                };
                collect(value, &path, found);
            }
        }
        Value::String(_) | Value::Number(_) | Value::Bool(_) if !path.is_empty() => {
            found.insert(path.to_owned(), value.clone());
        }
        _ => {}
    }
}

/// Returns true if two values say the same; None where they cannot be compared.
fn agree(said: &Value, told: &Value) -> Option<bool> {
    match (said, told) {
        (Value::String(said), Value::String(told)) => match (instant(said), instant(told)) {
            (Some(said), Some(told)) => Some(said == told),
            (None, None) => Some(said.trim().eq_ignore_ascii_case(told.trim())),
            _ => None,
        },
        (Value::Number(_), Value::Number(_)) => Some(said.as_f64() == told.as_f64()),
        (Value::Bool(said), Value::Bool(told)) => Some(said == told),
        _ => None,
    }
}

fn instant(text: &str) -> Option<DateTime<Utc>> {
    let parsed = DateTime::parse_from_rfc3339(text).ok()?;
    Some(parsed.to_utc())
}

fn has_tag<'v>(values: impl IntoIterator<Item = &'v Value>, tag: &str) -> bool {
    let tag = tag.to_ascii_lowercase();
    let mut texts = values.into_iter().filter_map(Value::as_str);
    texts.any(|text| text.to_ascii_lowercase().contains(&tag))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;
    use crate::model::{Facts, Reading};

    fn registry() -> Registry {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("capabilities");
        Registry::load(&folder).unwrap_or_else(|problems| panic!("{}", problems.render(false)))
    }

    fn questions(maker: &str, sent: &Value) -> Vec<Question> {
        let registry = registry();
        let maker = registry.at(&maker.parse().unwrap()).unwrap();
        let undo = maker.reversibility.undo.as_ref().unwrap();
        Question::all(&registry, maker, undo, sent)
    }

    fn read(output: Value) -> Answer {
        Reading::default().answer(Facts::of_output(output))
    }

    fn booking() -> Value {
        json!({
            "service_id": "cut", "start_at": "2030-01-01T10:00:00+01:00",
            "customer": { "name": "Ada", "email": "ph+r7k-test@example.com" },
        })
    }

    #[test]
    fn bookings_are_looked_up_by_their_customer_first() {
        let found = questions("booking.create_booking@0.1.0", &booking());
        let first = found.first().unwrap();
        assert_eq!(
            first.tool.reference.to_string(),
            "booking.list_bookings_for_customer@0.1.0"
        );
        assert_eq!(
            first.input,
            json!({ "customer_email": "ph+r7k-test@example.com" })
        );
        let mut tools: Vec<_> = found.iter().map(|question| question.tool.tool()).collect();
        tools.sort_unstable();
        tools.dedup();
        assert_eq!(tools.len(), found.len(), "each tool is asked once");
        assert!(tools.contains(&"list_bookings"), "{tools:?}");
    }

    #[test]
    fn a_service_is_found_by_its_name_in_the_catalogue() {
        let sent = json!({ "name": "Proofhouse r7k one", "duration_minutes": 30, "price": "9.50" });
        let found = questions("booking.create_service@0.1.0", &sent);
        let question = &found[0];
        assert_eq!(
            (question.tool.tool(), &question.input),
            ("list_services", &json!({}))
        );
        let answer = json!({ "ok": true, "services": [
            { "id": "s-1", "name": "Proofhouse r7k one", "duration_minutes": 30.0, "price": 9.5 },
            { "id": "s-2", "name": "Proofhouse r7k two", "duration_minutes": 30, "price": 9.5 },
            { "id": "s-3", "name": "Haircut", "duration_minutes": 30 },
        ] });
        let own = question.own(&read(answer), &sent, "r7k");
        assert_eq!(own, Some(vec![json!({ "service_id": "s-1" })]));
    }

    #[test]
    fn what_somebody_else_made_is_not_our_own() {
        let found = questions("booking.create_booking@0.2.0", &booking());
        let all = found
            .iter()
            .find(|question| question.tool.tool() == "list_bookings")
            .unwrap();
        let thing = |id: &str, start: &str, email: &str| {
            json!({ "booking_id": id, "status": "confirmed", "start_at": start, "end_at": start,
                "service": { "id": "cut", "name": "Cut" }, "customer": { "name": "Ada", "email": email } })
        };
        let answer = json!({ "ok": true, "bookings": [
            thing("other", "2030-01-01T09:00:00Z", "eve@example.com"),
            thing("own", "2030-01-01T09:00:00Z", "PH+R7K-test@example.com"),
            thing("later", "2030-01-01T10:00:00Z", "ph+r7k-test@example.com"),
        ] });
        assert_eq!(
            all.own(&read(answer), &booking(), "r7k"),
            Some(vec![json!({ "booking_id": "own" })])
        );
        // Of a listing that says of nobody who booked, nothing is taken for ours unless it was asked for our customer.
        let nameless =
            json!({ "ok": true, "bookings": [{ "booking_id": "x", "start_at": "2030-01-01T09:00:00Z" }] });
        assert_eq!(
            all.own(&read(nameless.clone()), &booking(), "r7k"),
            Some(Vec::new())
        );
        assert_eq!(
            found[0].own(&read(nameless.clone()), &booking(), "r7k"),
            Some(vec![json!({ "booking_id": "x" })])
        );
        assert_eq!(
            all.own(
                &read(json!({ "ok": false, "error": "invalid_input" })),
                &booking(),
                "r7k"
            ),
            None
        );
    }
}
