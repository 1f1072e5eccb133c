use super::super::sample::Sample;

const QUOTE: &str = "quote_delivery/v0.1.0/capability.yaml";

fn mistake(from: &str, to: &str) -> String {
    Sample::new().change(QUOTE, from, to).mistake()
}

#[test]
fn an_unknown_key_is_an_error_and_the_near_miss_is_suggested() {
    insta::assert_snapshot!(mistake("semantics:", "semantic:"), @"
    error: there is no key `semantic` here
     --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:6:1
      |
    6 | semantic: Read-only. The price holds for the day on which it was asked for.
      | ^^^^^^^^
      |
      = help: did you mean `semantics`?
    ");
}

#[test]
fn an_unknown_key_further_down_is_an_error() {
    insta::assert_snapshot!(mistake("words: Pure", "word: Pure"), @"
    error: there is no key `word` here
     --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:9:5
      |
    9 |     word: Pure read. No state change.
      |     ^^^^
      |
      = help: did you mean `words`?
    ");
}

#[test]
fn a_missing_key_is_an_error() {
    insta::assert_snapshot!(mistake("summary: Say what the delivery of a parcel costs.\n", ""), @"
    error: the key `summary` is missing
     --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:1:1
      |
    1 | format: proofhouse.capability/1
      | ^^^^^^
    ");
}

#[test]
fn a_wrong_type_is_an_error() {
    insta::assert_snapshot!(mistake("summary: Say what the delivery of a parcel costs.", "summary: [a]"), @"
    error: text is expected, not a list
     --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:5:10
      |
    5 | summary: [a]
      |          ^
    ");
}

#[test]
fn an_id_that_is_none_is_an_error() {
    insta::assert_snapshot!(mistake("id: parcels.quote_delivery", "id: quote-delivery"), @"
    error: `quote-delivery` is not a capability id: `domain.tool` in snake_case, for example `notes.add_note`
     --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:2:5
      |
    2 | id: quote-delivery
      |     ^^^^^^^^^^^^^^
    ");
}

#[test]
fn a_key_that_stands_twice_is_an_error() {
    insta::assert_snapshot!(mistake("category:", "version: 0.1.0\ncategory:"), @"
    error: the key `version` stands twice
     --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:4:1
      |
    4 | version: 0.1.0
      | ^^^^^^^
    ");
}

#[test]
fn another_format_is_refused() {
    insta::assert_snapshot!(mistake("capability/1", "capability/2"), @"
    error: `proofhouse.capability/2` is not a format that this version reads
     --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:1:9
      |
    1 | format: proofhouse.capability/2
      |         ^^^^^^^^^^^^^^^^^^^^^^^ expected `proofhouse.capability/1`
    ");
}

#[test]
fn the_folder_and_the_file_must_agree() {
    insta::assert_snapshot!(
        mistake("id: parcels.quote_delivery\nversion: 0.1.0", "id: parcels.quote_parcel\nversion: 0.2.0"), @"
    error: the id is `parcels.quote_parcel`, and the folder says `parcels.quote_delivery`
     --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:2:5
      |
    2 | id: parcels.quote_parcel
      |     ^^^^^^^^^^^^^^^^^^^^ expected `parcels.quote_delivery`
      |
      = help: a contract stands in `parcels/quote_parcel/v0.2.0/`

    error: the version is 0.2.0, and the folder says `v0.1.0`
     --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:3:10
      |
    3 | version: 0.2.0
      |          ^^^^^ expected `0.1.0`
    ");
}

#[test]
fn a_category_says_read_or_write() {
    insta::assert_snapshot!(mistake("logistics.read", "logistics.raed"), @"
    error: `logistics.raed` is not a category
     --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:4:11
      |
    4 | category: logistics.raed
      |           ^^^^^^^^^^^^^^ expected an area and `read` or `write`, for example `scheduling.write`
      |
      = help: did you mean `read`?
    ");
}

#[test]
fn ids_of_rules_are_unique_slugs_and_texts_are_not_blank() {
    insta::assert_snapshot!(
        Sample::new()
            .change(QUOTE, "id: unknown-postcode", "id: pure-read")
            .change(QUOTE, "id: day-price", "id: Day_Price")
            .change(QUOTE, "when_to_use: Before `order_pickup`, unless the price is known.", "when_to_use: ''")
            .mistake(), @"
    error: the id `pure-read` stands twice
      --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:10:9
       |
    10 |   - id: pure-read
       |         ^^^^^^^^^ it stands at 8:9 already

    error: `Day_Price` is not the id of a rule
      --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:13:9
       |
    13 |   - id: Day_Price
       |         ^^^^^^^^^ expected lower-case words joined by dashes, for example `future-start`

    error: a text is missing
      --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:15:14
       |
    15 | when_to_use: ''
       |              ^^ expected at least a sentence
    ");
    insta::assert_snapshot!(mistake("id: pure-read", "id: output-schema"), @"
    error: `output-schema` is the id of a rule that every contract has
     --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:8:9
      |
    8 |   - id: output-schema
      |         ^^^^^^^^^^^^^ expected an id of its own
    ");
}

#[test]
fn an_exclusion_needs_a_reason() {
    insta::assert_snapshot!(mistake("words: Pure read. No state change.", "words: Pure read.\n    excluded: ''"), @"
    error: an exclusion has no reason
      --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:10:15
       |
    10 |     excluded: ''
       |               ^^ expected why no test verifies it
    ");
}

#[test]
fn a_mistake_in_a_schema_hides_none_in_the_contract() {
    let text = Sample::new()
        .change(
            "quote_delivery/v0.1.0/input.schema.json",
            "\"type\": \"integer\"",
            "\"type\": \"int\"",
        )
        .change(QUOTE, "version: 0.1.0", "version: 0.1")
        .mistake();
    assert_eq!(text.matches("error:").count(), 2, "{text}");
}
