use chrono::{TimeZone, Utc};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::diagnostic::{Node, Problem, Source, read_yaml};

fn names() -> Names {
    let mut names = Names::new();
    names.insert("now", Shape::Any);
    names.insert(
        "output",
        Shape::object([
            ("ok", Shape::Any),
            ("booking_id", Shape::Any),
            ("slots", Shape::Any),
        ]),
    );
    names.insert("input", Shape::Any);
    names
}

fn bindings() -> Bindings {
    let mut bindings = Bindings::new();
    bindings.bind(
        "now",
        Bound::instant(Utc.with_ymd_and_hms(2026, 3, 29, 0, 30, 0).unwrap()),
    );
    bindings.bind_json(
        "output",
        json!({
            "ok": true, "booking_id": "b-1",
            "slots": [{ "start_at": "2026-06-01T10:00:00+02:00", "n": 1 }, { "start_at": "2026-06-01T07:30:00Z", "n": 2 }]
        }),
    );
    bindings.bind_json(
        "input",
        json!({ "z": 1, "a": { "k": 30 }, "email": "a@example.com" }),
    );
    bindings
}

fn compile(text: &str) -> Result<Expression, Problem> {
    let source = Source::new("t.yaml", format!("check: {text}\n"));
    Expression::compile(&source, &(7..7 + text.len()), text, &names())
}

fn value(text: &str) -> serde_json::Value {
    compile(text).unwrap().evaluate(&bindings()).unwrap()
}

#[test]
fn integers_of_json_add_and_compare_with_decimals() {
    assert_eq!(value("input.a.k + 1"), json!(31));
    assert_eq!(value("input.a.k == 30.0"), json!(true));
    assert_eq!(value("input.z == 200 || input.z in [1, 2]"), json!(true));
}

#[test]
fn a_plain_path_keeps_the_order_of_keys() {
    assert_eq!(
        value("input").to_string(),
        r#"{"z":1,"a":{"k":30},"email":"a@example.com"}"#
    );
}

#[test]
fn instants_compare_as_instants_whatever_their_offset() {
    assert_eq!(
        value("timestamp(output.slots[0].start_at) > timestamp(output.slots[1].start_at)"),
        json!(true)
    );
    assert_eq!(
        value("timestamp('2026-06-01T10:00:00+02:00') == timestamp('2026-06-01T08:00:00Z')"),
        json!(true)
    );
    assert_eq!(
        value("timestamp('2026-06-01T10:00:00.000+02:00') == timestamp('2026-06-01t08:00:00z')"),
        json!(true)
    );
}

#[test]
fn the_functions_do_what_they_say() {
    assert_eq!(value("rfc3339(now - days(1))"), json!("2026-03-28T00:30:00Z"));
    assert_eq!(
        value("distance(now, now + minutes(90)) == duration('90m')"),
        json!(true)
    );
    assert_eq!(value("minutes(0.5) == duration('30s')"), json!(true));
    assert_eq!(value("local_date(now, 'America/New_York')"), json!("2026-03-28"));
    assert_eq!(
        value("on_date(now, '2026-03-30', 'Europe/Prague')"),
        json!("2026-03-29T23:30:00Z")
    );
    assert_eq!(value("get(input, 'a.k', 0)"), json!(30));
    assert_eq!(value("get(input, 'a.nothing', 'x')"), json!("x"));
    assert_eq!(value("sorted([3, 1, 2])"), json!([1, 2, 3]));
    assert_eq!(value("sum([3, -1, 2])"), json!(4));
    assert_eq!(
        value(
            "keyed([{'a': {'id': 'x'}, 'n': 1}, {'a': {'id': 'x'}, 'n': 2}, {'a': {'id': 7}}, {}], 'a.id')['x'].n"
        ),
        json!(1)
    );
    assert_eq!(value("sum([])"), json!(0));
    assert_eq!(value("seconds(duration('1m'))"), json!(60));
    assert_eq!(value("seconds(duration('1500ms'))"), json!(1.5));
    assert_eq!(
        value("output.slots.sortBy(s, timestamp(s.start_at)).map(s, s.n)"),
        json!([2, 1])
    );
}

#[test]
fn local_times_become_instants_by_the_rules_that_were_asked_for() {
    let at = |local: &str, gap: &str, fold: &str| {
        value(&format!(
            "local_instant('{local}', 'Europe/Prague', '{gap}', '{fold}')"
        ))
    };
    assert_eq!(
        at("2027-03-02T09:30", "error", "error"),
        json!("2027-03-02T08:30:00Z")
    );
    assert_eq!(
        at("2027-03-28 02:30:00", "later", "error"),
        json!("2027-03-28T01:30:00Z")
    );
    assert_eq!(
        at("2027-03-28 02:30", "earlier", "error"),
        json!("2027-03-28T00:30:00Z")
    );
    assert_eq!(
        at("2027-10-31T02:30", "error", "earlier"),
        json!("2027-10-31T00:30:00Z")
    );
    assert_eq!(
        at("2027-10-31T02:30", "error", "later"),
        json!("2027-10-31T01:30:00Z")
    );
    for wrong in [
        "'2027-03-28T02:30', 'Europe/Prague', 'error', 'later'",
        "'2027-10-31T02:30', 'Europe/Prague', 'later', 'error'",
    ] {
        assert!(compile(&format!("local_instant({wrong})")).is_err(), "{wrong}");
    }
    assert_eq!(
        value(
            "local_instants(['2027-10-31T02:00', '2027-10-31T02:00', '2027-03-28T02:30'], 'Europe/Prague')"
        ),
        json!(["2027-10-31T00:00:00Z", "2027-10-31T01:00:00Z", null])
    );
    assert_eq!(
        value("local_text(now, 'America/New_York', '%Y-%m-%d %H:%M')"),
        json!("2026-03-28 20:30")
    );
    assert_eq!(
        value("day_start('2027-03-28', 'Europe/Prague')"),
        json!("2027-03-27T23:00:00Z")
    );
    assert_eq!(
        value("day_start('2018-11-04', 'America/Sao_Paulo')"),
        json!("2018-11-04T03:00:00Z")
    );
    assert_eq!(value("next_date('2028-02-28')"), json!("2028-02-29"));
}

#[test]
fn amounts_and_numbers_lose_nothing_on_their_way() {
    assert_eq!(value("minor_units('12.5', 'EUR')"), json!(1250));
    assert_eq!(value("minor_units('1250', 'JPY')"), json!(1250));
    assert_eq!(value("major_units(5, 'EUR')"), json!("0.05"));
    assert_eq!(value("major_units(-1250, 'KWD')"), json!("-1.250"));
    assert_eq!(
        value("[number('12'), number('012'), number('svc-7'), number(3)]"),
        json!([12, "012", "svc-7", 3])
    );
    assert!(compile("minor_units('0.001', 'EUR')").is_err());
    for amount in [
        "", "-", ".", "-.", ".5", "5.", "--5", "+5", " 5", "5,00", "1e3", "5.0.0", "٥",
    ] {
        for function in ["minor_units", "major_units"] {
            assert!(
                compile(&format!("{function}('{amount}', 'EUR')")).is_err(),
                "{function} {amount:?}"
            );
        }
    }
    for currency in ["", "E", "EURO", "ABC", "XXX", "XAU"] {
        assert!(
            compile(&format!("minor_units('5', '{currency}')")).is_err(),
            "{currency}"
        );
    }
    assert_eq!(
        value("stable_hash(['a', 1]) == stable_hash(['a', 1])"),
        json!(true)
    );
    assert_eq!(
        value("stable_hash(['a', 1]) == stable_hash(['a', 2])"),
        json!(false)
    );
}

#[test]
fn what_a_predicate_reads_goes_through_lists() {
    let reads = |text: &str| {
        let mut paths: Vec<_> = compile(text)
            .unwrap()
            .reads()
            .iter()
            .map(|path| path.join("."))
            .collect();
        paths.retain(|path| path.starts_with("output"));
        paths
    };
    assert_eq!(reads("output.slots.all(s, s.n > 0)"), ["output.slots.n"]);
    assert_eq!(
        reads("output.slots.sortBy(s, s.n).map(s, get(s, 'm', 1))"),
        ["output.slots.m", "output.slots.n"]
    );
    assert_eq!(
        reads("has(output.ok) && output.slots[0].n == 1"),
        ["output.ok", "output.slots.n"]
    );
}

#[test]
fn a_change_of_the_clocks_is_found_to_the_second_and_within_a_year() {
    let change = |from: &str, zone: &str| value(&format!("clock_change(timestamp('{from}'), '{zone}')"));
    for (from, zone, change_at) in [
        (
            "2026-11-24T09:00:00.250Z",
            "Europe/Prague",
            "2027-03-28T01:00:00Z",
        ),
        ("2027-03-28T00:59:59Z", "Europe/Prague", "2027-03-28T01:00:00Z"),
        ("2027-03-28T01:00:00Z", "Europe/Prague", "2027-10-31T01:00:00Z"),
        ("2026-11-24T09:00:00Z", "America/New_York", "2027-03-14T07:00:00Z"),
        (
            "2026-11-24T09:00:00Z",
            "Australia/Lord_Howe",
            "2027-04-03T15:00:00Z",
        ),
    ] {
        assert_eq!(change(from, zone), json!(change_at), "{from} {zone}");
    }
    for zone in ["UTC", "Asia/Tokyo", "Asia/Kathmandu"] {
        assert_eq!(change("2026-11-24T09:00:00Z", zone), json!(null), "{zone}");
    }
}

#[test]
fn a_function_says_what_it_cannot_take() {
    let wrong = |text: &str| {
        compile(text)
            .unwrap()
            .evaluate(&bindings())
            .unwrap_err()
            .to_string()
    };
    assert!(
        wrong("local_date(now, input.email)").contains("no time zone"),
        "{}",
        wrong("local_date(now, input.email)")
    );
    assert!(wrong("minutes(input.z * 1e300)").contains("too many minutes"));
    assert!(
        wrong("input.nothing_here == 1").contains("nothing_here"),
        "{}",
        wrong("input.nothing_here == 1")
    );
}

#[test]
fn an_unknown_name_is_shown_with_its_caret() {
    insta::assert_snapshot!(compile("outptu.ok == true").unwrap_err().render(false), @"
    error: unknown name `outptu`
     --> t.yaml:1:8
      |
    1 | check: outptu.ok == true
      |        ^^^^^^ known here: input, now, output
      |
      = help: did you mean `output`?
    ");
}

#[test]
fn a_field_that_cannot_be_there_is_shown_with_its_caret() {
    insta::assert_snapshot!(compile("has(output.bookng_id) && true").unwrap_err().render(false), @"
    error: `output` has no field `bookng_id`
     --> t.yaml:1:19
      |
    1 | check: has(output.bookng_id) && true
      |                   ^^^^^^^^^ its fields: booking_id, ok, slots
      |
      = help: did you mean `booking_id`?
    ");
}

#[test]
fn an_unknown_function_is_shown_with_its_caret() {
    insta::assert_snapshot!(compile("localdate(now, 'x') == ''").unwrap_err().render(false), @"
    error: unknown function `localdate`
     --> t.yaml:1:8
      |
    1 | check: localdate(now, 'x') == ''
      |        ^^^^^^^^^
      |
      = help: did you mean `local_date`?
    ");
}

#[test]
fn broken_syntax_is_shown_with_its_caret() {
    insta::assert_snapshot!(compile("output.ok == ").unwrap_err().render(false), @"
    error: unexpected end of the expression
     --> t.yaml:1:20
      |
    1 | check: output.ok == 
      |                    ^
    ");
}

#[test]
fn names_masked_at_run_time_are_still_unknown_at_load() {
    assert!(compile("false && nope == 1").is_err());
    assert!(compile("output.slots.all(s, s.n > 0 && t.n > 0)").is_err());
    assert!(compile("output.slots.all(s, s.n > 0)").is_ok());
}

#[test]
fn what_is_too_long_or_too_deep_is_refused_before_it_is_parsed() {
    assert!(
        compile(&format!("{}1{}", "(".repeat(30), ")".repeat(30)))
            .unwrap_err()
            .message()
            .contains("nested deeper")
    );
    assert!(
        compile(&"1 + ".repeat(1000))
            .unwrap_err()
            .message()
            .contains("longer than")
    );
}

#[test]
fn an_expression_over_lists_that_are_too_long_ends_as_that() {
    let mut bindings = Bindings::new();
    let slots: Vec<_> = (0..400).map(|n| json!({ "n": n })).collect();
    bindings.bind_json("output", json!({ "ok": true, "slots": slots }));
    let evaluate = |text: &str| compile(text).unwrap().holds(&bindings);
    // Each element is found, in the middle of the list on average: half of the looks of the second.
    assert_eq!(
        evaluate("output.slots.all(s, output.slots.exists(t, t.n == s.n))"),
        Ok(true)
    );
    let never = evaluate("output.slots.all(s, !output.slots.exists(t, t.n == s.n + 1000))").unwrap_err();
    assert_eq!(never.cause(), EvalCause::TooLong);
    assert!(never.to_string().contains("too long"), "{never}");
}

#[test]
fn the_turn_of_a_provider_pays_for_every_evaluation_and_ends_when_it_cannot() {
    let limits = crate::model::BudgetLimits {
        steps: 3_000,
        ..Default::default()
    };
    let turn = crate::model::TurnBudget::new(limits);
    let mut bindings = Bindings::new();
    bindings.set_budget(std::sync::Arc::clone(&turn));
    let slots: Vec<_> = (0..100).map(|n| json!({ "n": n })).collect();
    bindings.bind_json("output", json!({ "ok": true, "slots": slots }));
    let check = compile("output.slots.map(s, s.n) == sorted(output.slots.map(s, s.n))").unwrap();
    let mut done = 0;
    let error = loop {
        match check.holds(&bindings) {
            Ok(holds) => assert!(holds),
            Err(error) => break error,
        }
        done += 1;
        assert!(done < 100, "it never runs out");
    };
    assert!(done > 1, "{done}");
    assert_eq!(error.cause(), EvalCause::TooLong);
    assert!(turn.ran_out().is_some_and(|why| why.contains("3000 steps")));
}

#[test]
fn instants_of_a_long_list_are_told_apart_without_comparing_each_with_each() {
    let mut bindings = Bindings::new();
    let slots: Vec<_> = (0..2_000)
        .map(|n| json!({ "at": format!("2026-06-01T{:02}:{:02}:{:02}Z", n / 100 % 24, n % 60, n % 59) }))
        .collect();
    bindings.bind_json("output", json!({ "ok": true, "slots": slots }));
    let distinct = compile("size(output.slots.map(s, timestamp(s.at)).distinct()) > 1000").unwrap();
    assert_eq!(distinct.holds(&bindings), Ok(true));
    assert_eq!(
        value(
            "[timestamp('2026-06-01T10:00:00+02:00'), timestamp('2026-06-01T08:00:00Z')].distinct().size()"
        ),
        json!(1)
    );
}

#[test]
fn an_error_says_whether_it_speaks_of_values_or_of_the_expression() {
    let cause = |text: &str| compile(text).unwrap().holds(&bindings()).unwrap_err().cause();
    for text in [
        "input.nothing == 1",
        "timestamp(input.email) < now",
        "input.email > 1",
        "input.email",
    ] {
        assert_eq!(cause(text), EvalCause::Values, "{text}");
    }
    for text in ["now > 1", "now", "now + 1 == now"] {
        assert_eq!(cause(text), EvalCause::Expression, "{text}");
    }
}

#[test]
fn a_false_predicate_shows_both_sides_and_what_it_read() {
    let explanation = compile("output.ok && output.booking_id == input.email")
        .unwrap()
        .explain(&bindings());
    assert_eq!(explanation.actual.as_deref(), Some(r#""b-1""#));
    assert_eq!(explanation.expected.as_deref(), Some(r#""a@example.com""#));
    let read: Vec<_> = explanation.values.iter().map(|seen| seen.path.as_str()).collect();
    assert_eq!(read, ["output.booking_id", "input.email"]);
}

#[test]
fn a_false_predicate_over_a_list_shows_the_first_element_that_breaks_it() {
    let explanation = compile("output.slots.all(s, s.n < 2)")
        .unwrap()
        .explain(&bindings());
    assert_eq!(explanation.actual.as_deref(), Some("2"));
    assert_eq!(explanation.expected.as_deref(), Some("less than 2"));
    assert!(explanation.values[0].value.contains("07:30"), "{explanation:?}");
}

fn template(yaml: &str) -> Template {
    let source = Source::new("t.yaml", yaml);
    let node: Node = read_yaml(&source).unwrap();
    Template::compile(&source, &node, &names()).unwrap()
}

#[test]
fn a_string_that_is_one_expression_takes_its_type() {
    let template = template(
        "a: \"${ input.a.k }\"\nb: \"k=${ input.a.k }, ${ {'x': '}'}.x }\"\nc: $${ literal }\nd: [1, x]\n",
    );
    let rendered = template.render(&bindings()).unwrap();
    assert_eq!(
        rendered,
        json!({ "a": 30, "b": "k=30, }", "c": "${ literal }", "d": [1, "x"] })
    );
}

#[test]
fn a_number_that_would_be_sent_in_another_spelling_is_refused_with_its_place() {
    for written in [
        "08540",
        "2024_05",
        "18446744073709551616",
        "1.10",
        "0x10",
        "+5",
        "1e3",
    ] {
        let source = Source::new("t.yaml", format!("a:\n  - zip: {written}\n"));
        let node: Node = read_yaml(&source).unwrap();
        let problem = Template::compile(&source, &node, &names()).unwrap_err();
        let shown = problem.render(false);
        assert!(
            shown.contains(&format!("in quotes: \"{written}\"")) && shown.contains("t.yaml:2:10"),
            "{shown}"
        );
    }
    for written in [
        "0",
        "-3",
        "30.0",
        "2.5",
        "18446744073709551615",
        "\"08540\"",
        "true",
        "null",
        "2024-05-01",
    ] {
        template(&format!("a: {written}\n"));
    }
}

#[test]
fn an_unknown_name_in_a_template_is_pointed_at_in_the_file() {
    let source = Source::new("t.yaml", "input:\n  service_id: \"${ outpt.ok }\"\n");
    let node: Node = read_yaml(&source).unwrap();
    insta::assert_snapshot!(Template::compile(&source, &node, &names()).unwrap_err().render(false), @r#"
    error: unknown name `outpt`
     --> t.yaml:2:19
      |
    2 |   service_id: "${ outpt.ok }"
      |                   ^^^^^ known here: input, now, output
      |
      = help: did you mean `output`?
    "#);
}

#[test]
fn numbers_compare_and_calculate_by_their_value_however_they_are_spelled() {
    let mut bindings = Bindings::new();
    bindings.bind_json(
        "output",
        json!({ "ok": true, "slots": [9_007_199_254_740_993_i64, 9_007_199_254_740_992.0, 19.5, u64::MAX] }),
    );
    for text in [
        "output.slots[0] != output.slots[1] && output.slots[0] > output.slots[1]",
        "9007199254740993 != 9007199254740992.0 && 9007199254740992 == 9007199254740992.0",
        "[9007199254740993] != [9007199254740992.0] && {'a': 1} == {'a': 1.0}",
        "!(9007199254740993 in [9007199254740992.0]) && 1 in [1.0] && 2.0 in [1, 2]",
        "20 - 19.5 == 0.5 && 20 - output.slots[2] > 0 && 20 - output.slots[2] > 0.4",
        "0.1 + 0.2 == 0.3 && 3 * 0.1 == 0.3 && 7 / 2 == 3 && 7 / 2.0 == 3.5 && 7.5 % 2 == 1.5",
        "output.slots[3] + 1 > output.slots[3] && output.slots[3] - 1 < output.slots[3]",
        "output.slots[3] > 9007199254740993 && output.slots[3] + 0.5 > 1",
        "sum([1.5, 2]) == 3.5 && sum([0.1, 0.2]) == 0.3 && sum([]) == 0 && sum([1, 2]) == 3",
        "[3, 1.5].sort() == [1.5, 3] && sorted([3, 1.5, 2]) == [1.5, 2, 3]",
        "[{'n': 3}, {'n': 1.5}].sortBy(e, e.n).map(e, e.n) == [1.5, 3]",
        "'a' + 'b' == 'ab' && [1] + [2] == [1, 2] && duration('1h') + duration('30m') == duration('90m')",
    ] {
        let predicate =
            Expression::compile(&Source::new("t", text), &(0..text.len()), text, &names()).unwrap();
        assert_eq!(
            predicate.holds(&bindings),
            Ok(true),
            "{text}: {:?}",
            predicate.explain(&bindings)
        );
    }
    assert_eq!(value("1 + 1"), json!(2));
    assert_eq!(value("1.5 + 1.5"), json!(3.0));
    let wrong = compile("output.ok - 1 > 0")
        .unwrap()
        .holds(&bindings)
        .unwrap_err();
    assert!(wrong.to_string().contains("_-_"), "{wrong}");
    let false_sum = compile("20 - 19.5 > 1").unwrap().explain(&bindings);
    assert_eq!(
        (false_sum.actual.as_deref(), false_sum.expected.as_deref()),
        (Some("0.5"), Some("more than 1"))
    );
}

#[test]
fn a_duration_is_read_whole_or_not_at_all() {
    assert_eq!(value("duration('1h30m') == minutes(90)"), json!(true));
    assert_eq!(value("duration('-1.5s') == duration('-1500ms')"), json!(true));
    assert_eq!(value("duration('0') == duration('0s')"), json!(true));
    for text in ["1h30", "1h junk", "--1h", "", "h", "1.h", "9999999999999h"] {
        let problem = compile(&format!("duration('{text}') == duration('1h')")).unwrap_err();
        assert!(
            problem.message().contains("is no duration"),
            "{}",
            problem.render(false)
        );
        let mut bindings = Bindings::new();
        bindings.bind_json("input", json!(text));
        assert!(
            compile("duration(input)").unwrap().evaluate(&bindings).is_err(),
            "{text}"
        );
    }
}

#[test]
fn an_argument_that_is_written_out_is_checked_at_load() {
    for text in [
        "timestamp('2026-02-30T00:00:00Z') < now",
        "output.booking_id.matches('(')",
        "matches(output.booking_id, '[')",
        "output.slots.all(s, s.start_at.matches('*'))",
        "input.a.k == 1 || minor_units('-', 'EUR') == 0",
        "minor_units('1', 'XQQ') == 1",
        "local_date(now, 'Mars/Base') == ''",
    ] {
        assert!(compile(text).is_err(), "{text}");
    }
    insta::assert_snapshot!(compile("output.ok && duration('1h30') > minutes(1)").unwrap_err().render(false), @"
    error: error executing function 'duration': `1h30` is no duration such as `1h30m`
     --> t.yaml:1:21
      |
    1 | check: output.ok && duration('1h30') > minutes(1)
      |                     ^^^^^^^^
    ");
    assert!(compile("output.booking_id.matches('^b-[0-9]+$')").is_ok());
}

#[test]
fn an_amount_without_a_digit_or_of_an_unknown_currency_is_an_error() {
    let amount = |amount: &str, currency: &str| {
        let mut bindings = Bindings::new();
        bindings.bind_json("input", json!([amount, currency]));
        compile("minor_units(input[0], input[1])")
            .unwrap()
            .evaluate(&bindings)
    };
    for (text, currency) in [
        ("", "EUR"),
        ("-", "EUR"),
        (".", "EUR"),
        ("-.", "EUR"),
        ("1", "XQQ"),
        ("1", ""),
    ] {
        assert!(amount(text, currency).is_err(), "{text} {currency}");
    }
    for (text, currency, units) in [
        ("12.50", "EUR", 1250),
        ("-0.5", "eur", -50),
        ("1", "JPY", 1),
        ("1.234", "BHD", 1234),
        ("1.2345", "CLF", 12345),
        ("0.0001", "UYW", 1),
    ] {
        assert_eq!(amount(text, currency), Ok(json!(units)), "{text} {currency}");
    }
    assert_eq!(value("major_units(12345, 'CLF')"), json!("1.2345"));
}

/// Each row of the table of functions: `name(arguments)`, what it gives, and an example.
#[test]
fn the_guide_shows_every_function_with_an_example_that_compiles() {
    let guide = include_str!("../../docs/suite-format.md");
    let mut names = Names::new();
    for name in ["now", "slot", "services"] {
        names.insert(name, Shape::Any);
    }
    for function in functions::names() {
        let row = guide
            .lines()
            .find(|line| line.starts_with(&format!("| `{function}(")))
            .unwrap_or_else(|| panic!("the guide does not show `{function}`"));
        let example = row.rsplit('`').nth(1).unwrap();
        assert!(example.contains(&format!("{function}(")), "{row}");
        let source = Source::new("suite-format.md", example);
        if let Err(problem) = Expression::compile(&source, &(0..example.len()), example, &names) {
            panic!("{}", problem.render(false));
        }
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_compiler_panic(text in "[a-z0-9_.()\\[\\]{}'\" +*<>=!&|?:,-]{0,60}") {
        let _ = compile(&text);
    }

    #[test]
    fn an_instant_reads_back_as_it_was_written(seconds in 0i64..4_102_444_800) {
        let mut bindings = Bindings::new();
        let instant = Utc.timestamp_opt(seconds, 0).unwrap();
        bindings.bind("now", Bound::instant(instant));
        let written = compile("rfc3339(now)").unwrap().evaluate(&bindings).unwrap();
        prop_assert_eq!(chrono::DateTime::parse_from_rfc3339(written.as_str().unwrap()).unwrap(), instant);
    }
}
