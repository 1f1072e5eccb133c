use super::*;

fn parsed(status: u16, content_type: &str, body: &[u8]) -> Result<Facts, TransportError> {
    parsed_as(AnswerShape::Envelope, status, content_type, body)
}

fn parsed_as(
    shape: AnswerShape,
    status: u16,
    content_type: &str,
    body: &[u8],
) -> Result<Facts, TransportError> {
    let heading = Heading {
        status: StatusCode::from_u16(status).unwrap(),
        content_type: Some(content_type),
        content_encoding: None,
        location: None,
        advice: None,
    };
    let received = Received {
        bytes: body.to_vec(),
        end: Some(End::Whole),
        done: None,
    };
    parse_answer(
        heading,
        &received,
        shape,
        &Limits::default(),
        Duration::from_secs(10),
        &|text| text,
    )
}

#[test]
fn a_native_body_is_any_json_and_the_status_says_whether_it_is_a_refusal() {
    let native = |status, content_type: &str, body: &str| {
        parsed_as(AnswerShape::Native, status, content_type, body.as_bytes())
    };
    for (status, is_error) in [(200, false), (201, false), (400, true), (409, true), (422, true)] {
        let facts = native(status, "application/json", "[1]").unwrap();
        assert_eq!((facts.output, facts.is_error), (serde_json::json!([1]), is_error));
    }
    assert_eq!(native(204, "", "").unwrap().output, Value::Null);
    assert_eq!(
        native(200, "text/plain; charset=utf-8", "fine").unwrap().text,
        "fine"
    );
    for (status, content_type, body, said) in [
        (200, "text/html", "<html>", "an HTML page"),
        (
            500,
            "application/json",
            "{}",
            "status 500 and JSON, which only counts",
        ),
        (404, "application/json", "{}", "404"),
        (401, "application/json", "{}", "401"),
    ] {
        let told = native(status, content_type, body).unwrap_err().to_string();
        assert!(told.contains(said), "{told}");
    }
}

fn said(status: u16, body: &str) -> String {
    parsed(status, "application/json", body.as_bytes())
        .unwrap_err()
        .to_string()
}

#[test]
fn an_object_with_ok_is_an_answer_with_any_2xx_or_4xx_whatever_its_content_type() {
    for status in [200, 201, 400, 401, 403, 404, 405, 409, 422] {
        let answer = parsed(status, "text/html", b"{\"ok\":false}").unwrap();
        assert_eq!(answer.status, Some(status));
    }
    assert!(parsed(200, "text/plain", b"\xef\xbb\xbf {\"ok\":true}\n").is_ok());
    assert!(
        parsed(200, "", b"{\"ok\":\"maybe\"}").is_ok(),
        "what `ok` holds is for the schema to judge"
    );
}

#[test]
fn a_body_that_is_no_answer_is_named() {
    let rows = [
        ("", "an empty body"),
        (" \n", "an empty body"),
        ("<!DOCTYPE html><p>hi", "an HTML page"),
        ("  <html lang=en>", "an HTML page"),
        ("[1]", "a JSON array"),
        ("\"ok\"", "a JSON string"),
        ("1", "a JSON number"),
        ("true", "a JSON boolean"),
        ("null", "a JSON null"),
        (
            "{\"OK\":true}",
            "JSON without `ok` (it has `OK`, which is another key)",
        ),
        ("{}", "an empty JSON object"),
        (
            "{\"result\":{\"ok\":true}}",
            "JSON without `ok` (the object with `ok` stands under `result`)",
        ),
        ("{\"a\":1,\"b\":{}}", "JSON without `ok` (its keys: `a`, `b`)"),
        ("[{\"ok\":true}]", "a JSON array around the object with `ok`"),
        (
            "\"{\\\"ok\\\":true}\"",
            "a JSON string that holds the object with `ok` as text (it is encoded twice)",
        ),
        (
            "{\"ok\":false,\"error\":\"closed\",\"ok\":true}",
            "JSON in which the key `ok` stands twice in one object, so that readers differ in what it says,",
        ),
        (
            "{\"ok\":true,\"slots\":[{\"a\":{\"n\":1,\"n\":1}}]}",
            "JSON in which the key `n` stands twice in one object, so that readers differ in what it says,",
        ),
        (
            "{'ok': True}",
            "text in single quotes, as Python prints it, which is not JSON,",
        ),
        (
            "Sure! {\"ok\":true}",
            "JSON with other text around it, which has to stand alone, (starts with \"Sure! {\\\"ok\\\":true}\")",
        ),
        (
            "data: {\"ok\":true}\n\n",
            "an event stream under another content type (starts with \"data: {\\\"ok\\\":true}\")",
        ),
        ("{\"ok\":tr", "JSON that ends too early"),
        (
            "{\"ok\":True}",
            "JSON that cannot be read (expected value at line 1 column 7)",
        ),
        (
            "{\"ok\":1e999}",
            "JSON that cannot be read (number out of range at line 1 column 11)",
        ),
        (
            "{\"ok\":true}{}",
            "JSON that cannot be read (trailing characters at line 1 column 12)",
        ),
        (
            "Internal \"Server\"\nError",
            "text that is not JSON (starts with \"Internal \\\"Server\\\"\")",
        ),
        (
            "<?xml version='1.0'?>",
            "text that is not JSON (starts with \"<?xml version='1.0'?>\")",
        ),
    ];
    for (body, what) in rows {
        assert_eq!(
            said(200, body),
            format!("answered with {what} instead of a JSON object with `ok`"),
            "{body:?}"
        );
    }
    let long = said(200, &"ž".repeat(100));
    assert!(long.contains(&format!("{}…", "ž".repeat(40))), "{long}");
    let latin = parsed(200, "text/plain", b"caf\xe9").unwrap_err().to_string();
    assert!(latin.contains("bytes that are not UTF-8 text"), "{latin}");
}

#[test]
fn the_status_decides_what_a_body_without_an_answer_means() {
    let said = [200, 204, 304, 400, 401, 403, 404, 405, 410, 500].map(|status| said(status, "[]"));
    insta::assert_snapshot!(said.join("\n"), @r"
    answered with a JSON array instead of a JSON object with `ok`
    answered with a JSON array (status 204) instead of a JSON object with `ok`
    answered with a redirect (304) to nowhere (it has no `Location`)
    answered with status 400 and a JSON array
    the provider answered 401 (not authorised)
    the provider answered 403 (not authorised)
    the provider answered 404 for this tool
    the provider answered 405 for this tool
    answered with status 410 and a JSON array
    answered with status 500 and a JSON array
    ");
}

#[test]
fn an_object_with_ok_is_no_answer_with_a_status_of_5xx() {
    assert_eq!(
        said(500, "{\"ok\":false}"),
        "answered with status 500 and a JSON object with `ok`, which only counts with a status of 2xx or 4xx"
    );
}

#[test]
fn limits_come_before_ok() {
    let nested = |levels: usize| format!("{{\"ok\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
    assert!(parsed(200, "", nested(64).as_bytes()).is_ok());
    for levels in [65, 100, 127, 128, 129, 10_000] {
        assert_eq!(
            parsed(200, "", nested(levels).as_bytes()),
            Err(TransportError::TooDeep(64)),
            "{levels} levels"
        );
        assert_eq!(
            parsed(422, "", nested(levels).as_bytes()),
            Err(TransportError::TooDeep(64)),
            "{levels} levels"
        );
    }
    let brackets_in_text = format!(
        "{{\"ok\":true,\"note\":\"{}\\\"{}\"}}",
        "[".repeat(99),
        "{".repeat(99)
    );
    assert!(parsed(200, "", brackets_in_text.as_bytes()).is_ok());
}

#[test]
fn a_status_that_settles_the_matter_needs_no_whole_body() {
    let limits = Limits::default();
    for (status, expected) in [
        (401, "the provider answered 401 (not authorised)"),
        (404, "the provider answered 404 for this tool"),
        (500, "answered with status 500 and a body over 1048576 bytes"),
        (400, "answered with a body over 1048576 bytes"),
        (302, "answered with a redirect (302) to elsewhere"),
    ] {
        let heading = Heading {
            status: StatusCode::from_u16(status).unwrap(),
            content_type: None,
            content_encoding: None,
            location: Some("elsewhere"),
            advice: None,
        };
        let received = Received {
            bytes: Vec::new(),
            end: Some(End::TooLarge),
            done: None,
        };
        let error = parse_answer(
            heading,
            &received,
            AnswerShape::Envelope,
            &limits,
            limits.call,
            &|text| text,
        )
        .unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn only_json_that_was_valid_up_to_there_is_too_deep() {
    let open = "[\n".repeat(500);
    assert_eq!(
        parsed(200, "", format!("{{\"ok\":\n{open}").as_bytes()),
        Err(TransportError::TooDeep(64))
    );
    assert!(said(200, &format!("<p>{open}")).contains("text that is not JSON"));
    assert!(said(200, &format!("{{\"ok\":}}{open}")).contains("JSON that cannot be read"));
}
