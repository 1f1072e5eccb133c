//! A schema: its JSON as published, and the validator compiled from it.

use std::sync::{Arc, OnceLock};

use jsonschema::{Draft, Validator};
use serde_json::Value;

use super::address::{is_address, is_address_of_any_script};
use super::knowledge::{self, Knowledge};
use super::references::References;
use super::violation::{self, Violation};
use super::{formats, json_text, keywords};
use crate::diagnostic::{Problem, Problems, Source, near_miss};

/// A schema of draft 2020-12 with its formats asserted.
#[derive(Debug)]
pub struct Schema {
    /// The schema, its keys in the order in which they were published.
    pub json: Value,
    source: Arc<Source>,
    /// Compiled when the schema was read, or when a value is first held against it.
    validator: OnceLock<Result<Validator, Problem>>,
    longest_list: usize,
}

impl Schema {
    /// Reads and compiles a schema.
    ///
    /// # Errors
    ///
    /// Broken JSON, a key that stands twice, a keyword or format that draft 2020-12 does not know, a reference out of the file, and
    /// anything else that the draft forbids.
    pub fn read(source: &Arc<Source>) -> Result<Self, Problems> {
        Self::read_as(source, Author::Us)
    }

    /// Reads and compiles a schema as somebody else wrote it, of draft 2020-12 or draft-07.
    ///
    /// # Errors
    ///
    /// As [`Schema::read`], but that keywords and formats which the draft does not know are passed over, as the draft says.
    pub fn read_foreign(source: &Arc<Source>) -> Result<Self, Problems> {
        Self::read_as(source, Author::Others)
    }

    fn read_as(source: &Arc<Source>, author: Author) -> Result<Self, Problems> {
        let json = json_text::read(source)?;
        let mut problems = Problems::new();
        let references = References::of(&json);
        for (pointer, schema) in keywords::subschemas(&json) {
            check_words(source, &references, &pointer, schema, author, &mut problems);
        }
        let json = problems.or(json)?;
        let refused = |error: &jsonschema::ValidationError<'_>| {
            let violation = violation::of(error).swap_remove(0);
            let message = match violation.path.as_str() {
                "" => violation.message,
                path => format!("`{path}`: {}", violation.message),
            };
            json_text::problem_at(source, &violation.pointer, message)
                .label(format!("{} does not allow this", draft_of(&json).1))
        };
        match draft_of(&json).0 {
            Draft::Draft7 => jsonschema::draft7::meta::validate(&json),
            _ => jsonschema::draft202012::meta::validate(&json),
        }
        .map_err(|error| refused(&error))?;
        let validator = compile(source, &json)?;
        Ok(Self::of(json, source, OnceLock::from(Ok(validator))))
    }

    /// Reads a schema that was read before and had no mistake. It is compiled when a value is first held against it.
    ///
    /// # Errors
    ///
    /// Broken JSON, or a key that stands twice.
    pub(super) fn read_again(source: &Arc<Source>) -> Result<Self, Problem> {
        Ok(Self::of(json_text::read(source)?, source, OnceLock::new()))
    }

    fn of(json: Value, source: &Arc<Source>, validator: OnceLock<Result<Validator, Problem>>) -> Self {
        let longest_list = keywords::subschemas(&json)
            .iter()
            .filter_map(|(_, schema)| usize::try_from(schema.get("maxItems")?.as_u64()?).ok())
            .max()
            .unwrap_or_default();
        Self {
            json,
            source: Arc::clone(source),
            validator,
            longest_list,
        }
    }

    /// The largest number of items that the schema bounds a list by; 0 where it bounds none.
    pub fn longest_list(&self) -> usize {
        self.longest_list
    }

    fn validator(&self) -> Result<&Validator, &Problem> {
        let validator = self.validator.get_or_init(|| compile(&self.source, &self.json));
        validator.as_ref()
    }

    /// Returns true if the value follows the schema. Nothing follows one that cannot be compiled.
    pub fn is_valid(&self, value: &Value) -> bool {
        self.validator().is_ok_and(|validator| validator.is_valid(value))
    }

    /// Everything in which the value does not follow the schema.
    pub fn violations(&self, value: &Value) -> Vec<Violation> {
        match self.validator() {
            Ok(validator) => validator
                .iter_errors(value)
                .flat_map(|error| violation::of(&error))
                .collect(),
            Err(problem) => vec![Violation::of_schema(problem.message())],
        }
    }

    /// Tells if a value that follows the schema may have something at this path of keys.
    pub fn property(&self, path: &[&str]) -> Knowledge {
        knowledge::of(&self.json, path)
    }

    /// The names of the properties at the top, in the order in which they were published.
    pub fn property_names(&self) -> impl Iterator<Item = &str> {
        self.json
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|names| names.keys().map(String::as_str))
    }

    /// The names of the properties at the top without which no value is valid.
    pub fn required(&self) -> impl Iterator<Item = &str> {
        self.json
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
    }

    /// The file that it was read from.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }
}

/// Why a schema is not valid in the dialect that it names, 2020-12 where it names none. None where it is valid, or of a dialect that is not
/// known here.
pub fn invalid_schema(json: &Value) -> Option<String> {
    let named = json.get("$schema").and_then(Value::as_str);
    let checked = match named {
        Some(dialect) if keywords::is_draft_07(dialect) => jsonschema::draft7::meta::validate(json),
        Some(dialect) if !dialect.contains("2020-12") => return None,
        _ => jsonschema::draft202012::meta::validate(json),
    };
    let error = checked.err()?;
    let violation = violation::of(&error).swap_remove(0);
    Some(match violation.path.as_str() {
        "" => violation.message,
        path => format!("`{path}`: {}", violation.message),
    })
}

/// Who wrote a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Author {
    /// The author of the contract: a word that would be passed over is a slip.
    Us,
    /// The author of a server, whose schema is taken as it is.
    Others,
}

/// The draft that a schema says it is of, and its name; 2020-12 where it says none.
fn draft_of(json: &Value) -> (Draft, &'static str) {
    match json.get("$schema").and_then(Value::as_str) {
        Some(draft) if keywords::is_draft_07(draft) => (Draft::Draft7, "draft-07"),
        _ => (Draft::Draft202012, "draft 2020-12"),
    }
}

/// The validator of a schema, as every schema is read here.
pub(super) fn validator(json: &Value) -> Result<Validator, Box<jsonschema::ValidationError<'static>>> {
    jsonschema::options()
        .with_draft(draft_of(json).0)
        .should_validate_formats(true)
        .with_format("email", is_address)
        .with_format("idn-email", is_address_of_any_script)
        .with_format("idn-hostname", formats::is_host_name)
        // Schemas come from anybody: a pattern may not make us backtrack for ever.
        .with_pattern_options(jsonschema::PatternOptions::regex())
        .offline()
        .build(json)
        .map_err(Box::new)
}

fn compile(source: &Arc<Source>, json: &Value) -> Result<Validator, Problem> {
    validator(json).map_err(|error| Problem::of(source, format!("the schema cannot be compiled: {error}")))
}

/// Finds the keywords and formats that the library would ignore because it does not know them.
fn check_words(
    source: &Arc<Source>,
    references: &References<'_>,
    pointer: &str,
    schema: &Value,
    author: Author,
    problems: &mut Problems,
) {
    let strict = author == Author::Us;
    let Some(object) = schema.as_object() else { return };
    for (key, value) in object {
        let here = json_text::join(pointer, key);
        match (key.as_str(), value.as_str()) {
            ("$ref" | "$dynamicRef", Some(target)) if references.target(pointer, target).is_some() => {}
            ("$ref" | "$dynamicRef", Some(target)) if !target.starts_with('#') => problems.push(
                json_text::problem_at(source, &here, format!("`{target}` leads out of the file"))
                    .label("expected a reference within this schema, such as `#/$defs/slot`")
                    .hint("copy what it leads to under `$defs`: nothing is ever fetched"),
            ),
            ("$ref" | "$dynamicRef", Some(target)) => problems.push(
                json_text::problem_at(source, &here, format!("`{target}` leads nowhere"))
                    .label("nothing stands there in this schema"),
            ),
            ("pattern", Some(pattern)) if !is_pattern(pattern) => {
                problems.push(no_pattern(
                    json_text::problem_at(source, &here, not_read(pattern)),
                    pattern,
                ));
            }
            ("patternProperties", _) => {
                let names = value.as_object().into_iter().flat_map(|patterns| patterns.keys());
                for pattern in names.filter(|pattern| !is_pattern(pattern)) {
                    let problem = json_text::problem_at_key(source, &here, pattern, not_read(pattern));
                    problems.push(no_pattern(problem, pattern));
                }
            }
            ("$schema", Some(draft))
                if draft.trim_end_matches('#') != keywords::DRAFT
                    && (strict || !keywords::is_draft_07(draft)) =>
            {
                problems.push(
                    json_text::problem_at(
                        source,
                        &here,
                        format!("`{draft}` is not the draft that contracts use"),
                    )
                    .label(format!("expected `{}`, or no `$schema` at all", keywords::DRAFT)),
                )
            }
            ("format", Some(format)) if strict && !keywords::FORMATS.contains(&format) => problems.push(
                json_text::problem_at(source, &here, format!("`{format}` is no format of draft 2020-12"))
                    .label("it would be ignored, and formats are asserted here")
                    .did_you_mean(near_miss(format, keywords::FORMATS.iter().copied())),
            ),
            (word, _) if strict && !keywords::is_known(word) => problems.push(
                json_text::problem_at_key(source, pointer, word, format!("unknown keyword `{word}`"))
                    .label("it would be ignored")
                    .did_you_mean(near_miss(word, keywords::all()))
                    .hint("a keyword of your own begins with `x-`"),
            ),
            _ => {}
        }
    }
}

/// Returns true if a pattern can be compiled. Schemas come from anybody, so it may need no more time than the text is long.
fn is_pattern(pattern: &str) -> bool {
    validator(&serde_json::json!({ "pattern": pattern })).is_ok()
}

fn not_read(pattern: &str) -> String {
    format!("`{pattern}` is a pattern that is not read here")
}

fn no_pattern(problem: Problem, pattern: &str) -> Problem {
    let looks = ["(?=", "(?!", "(?<=", "(?<!"]
        .iter()
        .any(|looks| pattern.contains(looks));
    match looks {
        true => problem
            .label("it looks around, which may take for ever")
            .hint("say the same with `allOf`, `not` and `pattern`, or with `minLength` and `maxLength`"),
        false => problem.label("no regular expression, or one that refers back to what it has matched"),
    }
}

#[cfg(test)]
pub(super) fn sample(text: &str) -> Schema {
    Schema::read(&Source::new("sample.json", text)).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn mistake(text: &str) -> String {
        Schema::read(&Source::new("input.schema.json", text))
            .unwrap_err()
            .render(false)
    }

    #[test]
    fn formats_are_asserted_and_patterns_read_ascii_digits() {
        let schema = sample(
            r#"{"type":"object","properties":{"at":{"type":"string","format":"date-time"},"email":{"type":"string","format":"email"},"day":{"type":"string","pattern":"^\\d{4}-\\d{2}-\\d{2}$"}}}"#,
        );
        assert!(schema.is_valid(
            &json!({ "at": "2027-03-02T09:00:00Z", "email": "a@example.com", "day": "2027-03-02" })
        ));
        for wrong in [
            json!({ "at": "2027-03-02T09:00:00" }),
            json!({ "email": "a@" }),
            json!({ "day": "٢٠٢٧-03-02" }),
        ] {
            assert!(!schema.is_valid(&wrong), "{wrong} was taken");
        }
    }

    #[test]
    fn a_schema_that_is_read_again_refuses_the_same_and_one_that_cannot_be_compiled_refuses_all() {
        let again = |text: &str| Schema::read_again(&Source::new("again.json", text)).unwrap();
        let schema = again(r#"{"type":"object","required":["ok"]}"#);
        assert!(schema.is_valid(&json!({ "ok": 1 })));
        assert_eq!(
            schema.violations(&json!({})),
            sample(r#"{"type":"object","required":["ok"]}"#).violations(&json!({}))
        );
        let broken = again(r#"{"type":"nothing"}"#);
        assert!(!broken.is_valid(&json!({})));
        assert!(
            broken.violations(&json!({}))[0]
                .message
                .contains("cannot be compiled")
        );
    }

    #[test]
    fn the_order_of_keys_is_kept() {
        let schema = sample(r#"{"type":"object","properties":{"z":{},"a":{},"m":{}}}"#);
        assert_eq!(schema.property_names().collect::<Vec<_>>(), ["z", "a", "m"]);
    }

    #[test]
    fn broken_json_is_shown_at_its_place() {
        insta::assert_snapshot!(mistake("{\n  \"type\": \"object\"\n  \"required\": []\n}\n"), @r#"
        error: this is no JSON: expected `,` or `}`
         --> input.schema.json:3:3
          |
        3 |   "required": []
          |   ^
        "#);
    }

    #[test]
    fn a_key_that_stands_twice_is_an_error() {
        insta::assert_snapshot!(mistake("{\n  \"type\": \"object\",\n  \"type\": \"string\"\n}\n"), @r#"
        error: the key `type` stands twice
         --> input.schema.json:3:8
          |
        3 |   "type": "string"
          |        ^
        "#);
    }

    #[test]
    fn what_the_draft_forbids_is_shown_at_its_place() {
        insta::assert_snapshot!(
            mistake("{\n  \"type\": \"object\",\n  \"properties\": { \"a\": { \"type\": \"strin\" } }\n}\n"), @r#"
        error: `properties.a.type`: expected one of "array", "boolean", "integer", "null", "number", "object", "string", found "strin"
         --> input.schema.json:3:34
          |
        3 |   "properties": { "a": { "type": "strin" } }
          |                                  ^^^^^^^ draft 2020-12 does not allow this
        "#);
        insta::assert_snapshot!(mistake("{ \"type\": \"string\", \"minLength\": -1 }"), @r#"
        error: `minLength`: expected 0 or more, found -1
         --> input.schema.json:1:34
          |
        1 | { "type": "string", "minLength": -1 }
          |                                  ^^ draft 2020-12 does not allow this
        "#);
    }

    #[test]
    fn an_unknown_keyword_and_an_unknown_format_are_errors() {
        insta::assert_snapshot!(
            mistake("{\n  \"type\": \"string\",\n  \"minLenght\": 1,\n  \"format\": \"datetime\"\n}\n"), @r#"
        error: unknown keyword `minLenght`
         --> input.schema.json:3:3
          |
        3 |   "minLenght": 1,
          |   ^^^^^^^^^^^ it would be ignored
          |
          = help: did you mean `minLength`?
          = help: a keyword of your own begins with `x-`

        error: `datetime` is no format of draft 2020-12
         --> input.schema.json:4:13
          |
        4 |   "format": "datetime"
          |             ^^^^^^^^^^ it would be ignored, and formats are asserted here
          |
          = help: did you mean `date-time`?
        "#);
    }

    #[test]
    fn a_reference_may_not_lead_out_of_the_file() {
        insta::assert_snapshot!(
            mistake("{ \"properties\": { \"a\": { \"$ref\": \"https://example.com/slot.json\" } } }"), @r#"
        error: `https://example.com/slot.json` leads out of the file
         --> input.schema.json:1:34
          |
        1 | { "properties": { "a": { "$ref": "https://example.com/slot.json" } } }
          |                                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ expected a reference within this schema, such as `#/$defs/slot`
          |
          = help: copy what it leads to under `$defs`: nothing is ever fetched
        "#);
    }

    #[test]
    fn what_a_reference_names_within_the_file_is_found_and_a_pattern_that_looks_around_is_shown() {
        for good in [
            r##"{ "$ref": "#here", "$defs": { "x": { "$anchor": "here" } } }"##,
            r##"{ "$ref": "slot.json", "$defs": { "x": { "$id": "slot.json" } } }"##,
            r##"{ "$ref": "#/$defs/a~1b", "$defs": { "a/b": {} } }"##,
            r#"{ "type": "string", "format": "idn-email" }"#,
            r#"{ "type": "string", "format": "idn-hostname" }"#,
        ] {
            let read = Schema::read(&Source::new("input.schema.json", good));
            assert!(read.is_ok(), "{good}: {}", read.unwrap_err().render(false));
        }
        let looks = mistake("{\n  \"type\": \"string\",\n  \"pattern\": \"^(?!x).*$\"\n}\n");
        for words in [
            "a pattern that is not read here",
            "input.schema.json:3:14",
            "it looks around",
        ] {
            assert!(looks.contains(words), "{looks}");
        }
        let names = mistake("{\n  \"patternProperties\": { \"(a)\\\\1\": {} }\n}\n");
        assert!(names.contains("input.schema.json:2:"), "{names}");
        let anchor = mistake("{ \"$ref\": \"#nowhere\" }");
        assert!(
            anchor.contains("leads nowhere") && anchor.contains(":1:11"),
            "{anchor}"
        );
    }

    #[test]
    fn a_reference_to_nothing_is_an_error() {
        insta::assert_snapshot!(mistake("{ \"$ref\": \"#/$defs/slot\" }"), @r##"
        error: `#/$defs/slot` leads nowhere
         --> input.schema.json:1:11
          |
        1 | { "$ref": "#/$defs/slot" }
          |           ^^^^^^^^^^^^^^ nothing stands there in this schema
        "##);
    }

    #[test]
    fn a_schema_of_another_draft_is_refused() {
        insta::assert_snapshot!(mistake("{ \"$schema\": \"http://json-schema.org/draft-07/schema#\" }"), @r#"
        error: `http://json-schema.org/draft-07/schema#` is not the draft that contracts use
         --> input.schema.json:1:14
          |
        1 | { "$schema": "http://json-schema.org/draft-07/schema#" }
          |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ expected `https://json-schema.org/draft/2020-12/schema`, or no `$schema` at all
        "#);
    }

    #[test]
    fn an_address_has_no_name_and_no_space_around_it() {
        for text in ["a@example.com", "a%2fb@example.com", "o'hara+x@example.co.uk"] {
            assert!(is_address(text), "{text:?}");
        }
        for text in [
            "Ada <a@example.com>",
            " <a@example.com>",
            "<a@example.com>",
            " a@example.com",
            "a@example.com ",
            "a",
        ] {
            assert!(!is_address(text), "{text:?}");
        }
    }
}
