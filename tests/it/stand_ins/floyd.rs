//! floyd-run/engine.

use super::*;
use crate::support::stand_ins::floyd::Ways;

impl Floyd {
    /// A request about the ledger.
    fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.ask_with(&[], method, path, body)
    }

    fn ask_with(&self, headers: &[(&str, &str)], method: &str, path: &str, body: &Value) -> (u16, Value) {
        let path = format!("/v1/ledgers/{}{path}", self.ledger());
        read(self.answer(&request(method, &path, headers, &body.to_string())))
    }

    fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask("GET", path, &Value::Null);
        assert_eq!(status, 200, "{body}");
        body["data"].clone()
    }

    /// The first service, which takes half an hour, and its only resource.
    fn service(&self) -> (String, String) {
        let services = self.get("/services");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&services[0]["id"]), text(&services[0]["resourceIds"][0]))
    }

    /// A booking of the first service.
    fn booking(&self, start: DateTime<Utc>, email: &str) -> Value {
        let (service, resource) = self.service();
        json!({
            "serviceId": service, "resourceId": resource, "startTime": start.to_rfc3339(),
            "endTime": (start + TimeDelta::minutes(30)).to_rfc3339(), "metadata": { "email": email },
        })
    }

    /// The starts of the first service that are listed on a day, for each resource.
    fn starts(&self, date: NaiveDate) -> Vec<Vec<String>> {
        let (service, _) = self.service();
        let midnight = date.and_hms_opt(0, 0, 0).unwrap().and_utc();
        let (status, body) = self.ask(
            "POST",
            &format!("/services/{service}/availability/slots"),
            &json!({
                "startTime": midnight.to_rfc3339(), "endTime": (midnight + TimeDelta::days(1)).to_rfc3339(),
                "durationMs": 1_800_000,
            }),
        );
        assert_eq!(status, 200, "{body}");
        let lists = body["data"].as_array().unwrap().iter();
        lists
            .map(|list| {
                let slots = list["slots"].as_array().unwrap().iter();
                slots
                    .map(|slot| slot["startTime"].as_str().unwrap().to_owned())
                    .collect()
            })
            .collect()
    }
}

/// Noon in UTC on a day in the near future.
fn noon() -> DateTime<Utc> {
    day().and_hms_opt(12, 0, 0).unwrap().and_utc()
}

fn code(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["error"]["code"].as_str().unwrap())
}

#[test]
fn the_length_stands_in_the_policy_and_the_zone_in_the_resource() {
    let floyd = Floyd::open(Ways::default());
    let services = floyd.get("/services");
    assert_eq!(services[2]["policyId"], Value::Null);
    assert!(services[0].get("duration").is_none());
    let policy = floyd.get(&format!(
        "/policies/{}",
        services[0]["policyId"].as_str().unwrap()
    ));
    assert_eq!(
        policy["config"]["constraints"]["duration"]["allowed_ms"],
        json!([1_800_000])
    );
    let (_, resource) = floyd.service();
    assert_eq!(
        floyd.get(&format!("/resources/{resource}"))["timezone"],
        "Europe/Prague"
    );
}

#[test]
fn there_is_a_list_of_slots_for_each_resource() {
    let floyd = Floyd::open(Ways {
        resources: 2,
        ..Ways::default()
    });
    let before = floyd.starts(day());
    assert_eq!(before.len(), 2);
    assert_eq!(before[0], before[1]);
    assert_eq!(
        floyd
            .ask("POST", "/bookings", &floyd.booking(noon(), "a@b.example"))
            .0,
        201
    );
    let after = floyd.starts(day());
    assert!(after[0].len() < before[0].len());
    assert_eq!(after[1], before[1]);
}

#[test]
fn a_booking_is_a_hold_until_it_is_confirmed() {
    let floyd = Floyd::open(Ways::default());
    let (status, body) = floyd.ask("POST", "/bookings", &floyd.booking(noon(), "a@b.example"));
    assert_eq!((status, &body["data"]["status"]), (201, &"hold".into()));
    assert!(body["meta"]["serverTime"].is_string());
    let id = body["data"]["id"].as_str().unwrap();
    for _ in 0..2 {
        let (status, body) = floyd.ask("POST", &format!("/bookings/{id}/confirm"), &Value::Null);
        assert_eq!((status, &body["data"]["status"]), (200, &"confirmed".into()));
        assert_eq!(body["data"]["expiresAt"], Value::Null);
    }
    for _ in 0..2 {
        let (status, body) = floyd.ask("POST", &format!("/bookings/{id}/cancel"), &Value::Null);
        assert_eq!((status, &body["data"]["status"]), (200, &"canceled".into()));
    }
    assert_eq!(floyd.standing(), 0);
    assert_eq!(
        code(&floyd.ask("POST", &format!("/bookings/{id}/confirm"), &Value::Null)),
        (409, "booking.invalid_transition")
    );
    assert_eq!(floyd.get("/bookings")[0]["allocations"][0]["active"], false);
}

#[test]
fn a_hold_that_ran_out_frees_its_time_and_cannot_be_confirmed() {
    let floyd = Floyd::open(Ways {
        hold: TimeDelta::zero(),
        ..Ways::default()
    });
    let (_, body) = floyd.ask("POST", "/bookings", &floyd.booking(noon(), "a@b.example"));
    let id = body["data"]["id"].as_str().unwrap();
    assert_eq!(floyd.standing(), 0);
    assert_eq!(
        code(&floyd.ask("POST", &format!("/bookings/{id}/confirm"), &Value::Null)),
        (409, "booking.hold_expired")
    );
    assert_eq!(
        floyd
            .ask("POST", "/bookings", &floyd.booking(noon(), "a@b.example"))
            .0,
        201
    );
}

#[test]
fn refusals_share_statuses_and_are_told_apart_by_their_codes() {
    let floyd = Floyd::open(Ways::default());
    let book = |change: &dyn Fn(&mut Value)| {
        let mut body = floyd.booking(noon(), "a@b.example");
        change(&mut body);
        floyd.ask("POST", "/bookings", &body)
    };
    let unknown = |prefix: &str| format!("{prefix}_{}", "0".repeat(26));
    let rejected = |answer: &(u16, Value)| {
        assert_eq!(code(answer), (409, "policy.rejected"));
        answer.1["error"]["details"]["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        code(&book(&|body| body["serviceId"] = "haircut".into())),
        (422, "invalid_input")
    );
    let answer = book(&|body| body["serviceId"] = unknown("svc").into());
    assert_eq!(code(&answer), (404, "not_found"));
    assert_eq!(answer.1["error"]["message"], "Service not found");
    let answer = book(&|body| body["resourceId"] = unknown("rsc").into());
    assert_eq!(answer.1["error"]["message"], "Resource not found");
    let answer = book(&|body| body["startTime"] = "soon".into());
    assert_eq!(answer.1["error"]["issues"][0]["path"], json!(["startTime"]));
    let at = |start: DateTime<Utc>, minutes: i64| {
        book(&|body| {
            body["startTime"] = start.to_rfc3339().into();
            body["endTime"] = (start + TimeDelta::minutes(minutes)).to_rfc3339().into();
        })
    };
    assert_eq!(rejected(&at(noon() - TimeDelta::hours(9), 30)), "policy.closed");
    assert_eq!(
        rejected(&at(noon() + TimeDelta::minutes(7), 30)),
        "policy.misaligned_start"
    );
    assert_eq!(rejected(&at(noon(), 45)), "policy.invalid_duration");
    assert_eq!(
        rejected(&at(noon() + TimeDelta::hours(9), 600)),
        "policy.overnight_not_supported"
    );
    assert_eq!(book(&|_| {}).0, 201);
    assert_eq!(code(&book(&|_| {})), (409, "allocation.overlap"));
}

#[test]
fn the_past_is_booked_unless_the_policy_asks_for_a_lead_time() {
    let past = noon() - TimeDelta::days(30);
    let floyd = Floyd::open(Ways::default());
    assert_eq!(
        floyd
            .ask("POST", "/bookings", &floyd.booking(past, "a@b.example"))
            .0,
        201
    );
    assert!(!floyd.starts(past.date_naive())[0].is_empty());

    let strict = Floyd::open(Ways {
        lead_time: Some(TimeDelta::zero()),
        ..Ways::default()
    });
    let (status, body) = strict.ask("POST", "/bookings", &strict.booking(past, "a@b.example"));
    assert_eq!(
        (status, &body["error"]["details"]["code"]),
        (409, &"policy.lead_time_violation".into())
    );
    assert!(strict.starts(past.date_naive())[0].is_empty());
}

#[test]
fn a_key_returns_the_first_answer_whoever_the_customer_is() {
    let floyd = Floyd::open(Ways::default());
    let key = [("idempotency-key", "k1")];
    let book = |start, email: &str| floyd.ask_with(&key, "POST", "/bookings", &floyd.booking(start, email));
    let first = book(noon(), "a@b.example");
    floyd.ask(
        "POST",
        &format!("/bookings/{}/cancel", first.1["data"]["id"].as_str().unwrap()),
        &Value::Null,
    );
    assert_eq!(book(noon(), "eve@b.example"), first);
    let other = book(noon() + TimeDelta::hours(1), "a@b.example");
    assert_eq!(code(&other), (422, "idempotency_payload_mismatch"));
}

#[test]
fn an_unknown_ledger_is_empty_and_a_wrong_key_is_refused() {
    let floyd = Floyd::open(Ways {
        api_key: Some("sesame"),
        ..Ways::default()
    });
    let elsewhere = "/v1/ledgers/ldg_00000000000000000000000000/services";
    let ask = |headers: &[(&str, &str)]| read(floyd.answer(&request("GET", elsewhere, headers, "")));
    assert_eq!(code(&ask(&[])), (401, "missing_authorization"));
    assert_eq!(
        code(&ask(&[("authorization", "Bearer other")])),
        (401, "invalid_api_key")
    );
    assert_eq!(
        ask(&[("authorization", "Bearer sesame")]),
        (200, json!({ "data": [] }))
    );
}

#[test]
fn a_ledger_that_double_books_does() {
    let floyd = Floyd::open(Ways {
        double_books: true,
        ..Ways::default()
    });
    for _ in 0..2 {
        assert_eq!(
            floyd
                .ask("POST", "/bookings", &floyd.booking(noon(), "a@b.example"))
                .0,
            201
        );
    }
    assert_eq!(floyd.standing(), 2);
}
