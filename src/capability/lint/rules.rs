//! The rules, applied to every contract of a registry.

use super::report::Report;
use super::{LintFinding, Verified, coverage, draft, limits, text};
use crate::capability::Registry;

/// Applies every rule to every contract of the registry. `verified` says which rules of a contract some test verifies.
pub fn lint(registry: &Registry, verified: &Verified) -> Vec<LintFinding> {
    let mut findings = Vec::new();
    for capability in registry.iter() {
        let mut report = Report::new(capability, &mut findings);
        text::check(&mut report);
        limits::check(&mut report);
        draft::check(&mut report);
        coverage::check(&mut report, verified);
    }
    findings
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::capability::Severity;
    use crate::capability::sample::Sample;

    const QUOTE: &str = "quote_delivery/v0.1.0/capability.yaml";

    const ORDER: &str = "order_pickup/v0.1.0/capability.yaml";

    #[test]
    fn sound_contracts_whose_rules_are_verified_have_no_findings() {
        assert_eq!(Sample::new().findings(), "");
    }

    #[test]
    fn of_the_published_contracts_only_the_limit_of_the_notes_is_reported() {
        let registry = Registry::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("capabilities")).unwrap();
        let mut verified = Verified::new();
        for capability in registry.iter() {
            let open = capability.rules().filter(|rule| rule.excluded.is_none());
            verified.insert(
                capability.reference.clone(),
                open.map(|rule| rule.id.to_owned()).collect(),
            );
        }
        let findings = lint(&registry, &verified);
        let told: Vec<_> = findings
            .iter()
            .map(|finding| (finding.rule, finding.severity, finding.message()))
            .collect();
        assert_eq!(
            told,
            [(
                "limit-in-prose",
                Severity::Warning,
                "`notes` has a limit in its description only: \"max 1000 chars\""
            )]
        );
    }

    #[test]
    fn an_example_must_follow_the_schemas() {
        insta::assert_snapshot!(
            Sample::new()
                .change(ORDER, "day: \"2027-03-02\"", "day: \"2027-02-30\"")
                .change(ORDER, "error: no_courier", "error: no_curier")
                .findings(), @r#"
        [example-valid] error: the input of the example "a courier is ordered" breaks the input schema: `day`: expected a date (YYYY-MM-DD), found "2027-02-30"
          --> capabilities/parcels/order_pickup/v0.1.0/capability.yaml:32:38
           |
        32 |     input: { postcode: "11000", day: "2027-02-30" }
           |                                      ^^^^^^^^^^^^ `format` in capabilities/parcels/order_pickup/v0.1.0/input.schema.json

        [example-valid] error: the output of the example "nobody is free" breaks the output schema: `error`: expected one of "past_day", "no_courier", found "no_curier"
          --> capabilities/parcels/order_pickup/v0.1.0/capability.yaml:36:33
           |
        36 |     output: { ok: false, error: no_curier }
           |                                 ^^^^^^^^^ `enum` in capabilities/parcels/order_pickup/v0.1.0/output.schema.json
        "#);
    }

    #[test]
    fn a_text_that_promises_a_read_implies_the_category() {
        insta::assert_snapshot!(Sample::new().change(QUOTE, "logistics.read", "logistics.write").findings(), @r#"
        [read-category] error: the contract says "Read-only", and its category is `logistics.write`
         --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:4:11
          |
        4 | category: logistics.write
          |           ^^^^^^^^^^^^^^^ expected `logistics.read`
          |
          = help: agents ask their user before every call of a `.write` category
        "#);
    }

    #[test]
    fn a_limit_that_only_a_description_states_is_reported() {
        let sample = Sample::new().change(
            "order_pickup/v0.1.0/input.schema.json",
            "\"maxLength\": 200, ",
            "",
        );
        insta::assert_snapshot!(sample.findings(), @r#"
        [limit-in-prose] warning: `note` has a limit in its description only: "at most 200 characters"
         --> capabilities/parcels/order_pickup/v0.1.0/input.schema.json:7:66
          |
        7 |     "note": { "type": "string", "description": "For the courier, at most 200 characters." }
          |                                                                  ^^^^^^^^^^^^^^^^^^^^^^ no `maxLength` enforces it
          |
          = help: give the next version a `maxLength`; a ruling can say how this one is read
        "#);
    }

    #[test]
    fn an_error_code_that_nothing_explains_is_reported() {
        let sample = Sample::new().change(ORDER, "answered with `no_courier`", "refused");
        insta::assert_snapshot!(sample.findings(), @r#"
        [code-unexplained] warning: no invariant and no ruling says when `no_courier` is answered
         --> capabilities/parcels/order_pickup/v0.1.0/output.schema.json:6:55
          |
        6 |     "error": { "type": "string", "enum": ["past_day", "no_courier"] },
          |                                                       ^^^^^^^^^^^^
          |
          = help: add a ruling with `codes: [no_courier]` that says so
        "#);
    }

    #[test]
    fn a_promise_stands_in_the_prose() {
        let sample = Sample::new().change(ORDER, "words: A courier comes", "words: The courier comes");
        insta::assert_snapshot!(sample.findings(), @"
        [promise-words] error: the promise `courier-comes` stands nowhere in the contract's prose
          --> capabilities/parcels/order_pickup/v0.1.0/capability.yaml:14:12
           |
        14 |     words: The courier comes on the day that was asked for.
           |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ expected words of `summary`, `semantics` or `when_to_use`, unchanged
        ");
    }

    #[test]
    fn an_invariant_that_no_test_verifies_is_an_error_unless_excluded() {
        let exclude = |sample: Sample, name: &str, words: &str| {
            sample.change(
                name,
                words,
                &format!("{words}\n    excluded: it cannot be seen from outside"),
            )
        };
        let sample = exclude(Sample::new(), QUOTE, "No state change.");
        let sample = exclude(sample, ORDER, "answered with `past_day`.");
        let sample = exclude(
            sample,
            "cancel_pickup/v0.1.0/capability.yaml",
            "answered with `already_gone`.",
        );
        let verified = ["future-day".to_owned(), "no-courier".to_owned()].into();
        let verified = Verified::from([("parcels.order_pickup@0.1.0".parse().unwrap(), verified)]);
        insta::assert_snapshot!(sample.findings_with(&verified), @"
        [exclusion-stale] warning: `future-day` is excluded, and a test verifies it
         --> capabilities/parcels/order_pickup/v0.1.0/capability.yaml:8:9
          |
        8 |   - id: future-day
          |         ^^^^^^^^^^
          |
          = help: leave `excluded` out of the next version

        [invariant-unverified] error: no test verifies the invariant `unknown-postcode`
          --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:11:9
           |
        11 |   - id: unknown-postcode
           |         ^^^^^^^^^^^^^^^^
           |
           = help: name it under `verifies` of a test, or say under `excluded` why none can

        [promise-unverified] warning: no test verifies the promise `day-price`
          --> capabilities/parcels/quote_delivery/v0.1.0/capability.yaml:14:9
           |
        14 |   - id: day-price
           |         ^^^^^^^^^
           |
           = help: name it under `verifies` of a test, or say under `excluded` why none can
        ");
    }
}
