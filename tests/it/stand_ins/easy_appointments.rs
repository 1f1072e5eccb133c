//! Easy!Appointments.

use time_zones::Zone;

use super::*;
use crate::support::stand_ins::easy_appointments::{TOKEN, Ways};

impl EasyAppointments {
    fn ask(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let token = format!("Bearer {TOKEN}");
        let path = format!("/index.php/api/v1{path}");
        read(self.answer(&request(method, &path, &[("authorization", &token)], body)))
    }

    fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask("GET", path, "");
        assert_eq!(status, 200, "{body}");
        body
    }

    /// A customer with this address.
    fn customer(&self, email: &str) -> Value {
        let body = json!({ "firstName": "Ada", "lastName": "Byron", "email": email, "phone": "1" });
        let (status, body) = self.ask("POST", "/customers", &body.to_string());
        assert_eq!(status, 201, "{body}");
        body["id"].clone()
    }

    fn book(&self, customer: &Value, start: &str) -> (u16, Value) {
        let body = json!({ "start": start, "serviceId": 1, "providerId": 2, "customerId": customer });
        self.ask("POST", "/appointments", &body.to_string())
    }
}

/// The message of a 500.
fn message(answer: &(u16, Value)) -> &str {
    assert_eq!((answer.0, &answer.1["success"]), (500, &false.into()));
    answer.1["message"].as_str().unwrap()
}

#[test]
fn services_are_a_bare_array_and_ids_are_numbers() {
    let office = EasyAppointments::open(Ways::default());
    let services = office.get("/services?length=2");
    assert_eq!(services.as_array().unwrap().len(), 2);
    assert_eq!(
        (
            &services[0]["id"],
            &services[0]["duration"],
            &services[0]["price"]
        ),
        (&json!(1), &json!(30), &json!(25.5))
    );
    assert_eq!(
        office.get("/services?page=2&length=2&fields=id,currency"),
        json!([{ "id": 3, "currency": "" }])
    );
    assert_eq!(
        office.get("/providers?fields=id,timezone,services"),
        json!([{ "id": 2, "timezone": "Europe/Prague", "services": [1, 2, 3] }])
    );
}

#[test]
fn free_hours_are_local_and_have_no_date() {
    let office = EasyAppointments::open(Ways::default());
    let path = format!("/availabilities?providerId=2&serviceId=1&date={}", day());
    let hours = office.get(&path);
    assert_eq!((&hours[0], &hours[1]), (&"08:00".into(), &"08:15".into()));
    let customer = office.customer("ada@example.com");
    assert_eq!(office.book(&customer, &format!("{} 08:00:00", day())).0, 201);
    assert_eq!(office.get(&path)[0], "08:30");
    for date in ["2020-03-02", "2027-02-30"] {
        let path = format!("/availabilities?providerId=2&serviceId=1&date={date}");
        assert_eq!(office.get(&path), json!([]), "{date}");
    }
}

#[test]
fn an_hour_that_is_repeated_is_listed_twice_and_one_that_is_left_out_not_at_all() {
    let office = EasyAppointments::open(Ways {
        hours: (0, 6 * 60),
        zone: Zone::named("Europe/Prague").unwrap(),
        ..Ways::default()
    });
    let count = |date: &str, hour: &str| {
        let path = format!("/availabilities?providerId=2&serviceId=1&date={date}");
        let hours = office.get(&path);
        let hours = hours.as_array().unwrap().iter();
        hours.filter(|listed| *listed == hour).count()
    };
    // The days on which the clocks change in 2035.
    assert_eq!(count("2035-10-28", "02:00"), 2);
    assert_eq!(count("2035-03-25", "02:00"), 0);
    assert_eq!(count("2035-03-25", "03:00"), 1);
}

#[test]
fn nearly_every_refusal_is_a_500_with_a_message() {
    let office = EasyAppointments::open(Ways::default());
    let customer = office.customer("ada@example.com");
    let post = |body: Value| office.ask("POST", "/appointments", &body.to_string());
    let complete = |service: Value, customer: &Value, start: &str| json!({ "start": start, "serviceId": service, "providerId": 2, "customerId": customer });
    let start = format!("{} 10:00:00", day());
    assert_eq!(
        message(&post(complete(99.into(), &customer, &start))),
        "The provided service ID was not found in the database: 99"
    );
    let mut with_end = complete(99.into(), &customer, &start);
    with_end["end"] = format!("{} 10:30:00", day()).into();
    assert_eq!(message(&post(with_end)), "Appointment service id is invalid.");
    for start in ["2027-03-02T10:00:00Z", "soon"] {
        assert_eq!(
            message(&post(complete(1.into(), &customer, start))),
            "The appointment start date time is invalid."
        );
    }
    assert_eq!(
        message(&post(complete(1.into(), &json!(77), &start))),
        "The appointment customer ID was not found in the database: 77"
    );
    assert!(
        message(&post(json!({ "serviceId": 1 }))).starts_with("Not all required fields are provided: Array")
    );
    assert!(message(&office.ask("POST", "/appointments", "{")).contains("/var/www/html/"));
    let path = format!("/availabilities?providerId=2&serviceId=99&date={}", day());
    assert_eq!(
        message(&office.ask("GET", &path, "")),
        "The provided service ID was not found in the database: 99"
    );
    let path = "/availabilities?providerId=2&serviceId=1&date=tomorrow";
    assert_eq!(
        message(&office.ask("GET", path, "")),
        "Invalid date format provided."
    );
}

#[test]
fn a_customer_is_there_once_whatever_the_case_of_the_address() {
    let office = EasyAppointments::open(Ways::default());
    let id = office.customer("Ada@example.com");
    let again = json!({ "firstName": "A", "lastName": "B", "email": "ADA@example.com", "phone": "1" });
    assert_eq!(
        message(&office.ask("POST", "/customers", &again.to_string())),
        "The provided email address is already in use, please use a different one."
    );
    assert_eq!(
        office.get("/customers?q=ada%40EXAMPLE.com&fields=id,email"),
        json!([{ "id": id, "email": "Ada@example.com" }])
    );
    let nameless = json!({ "firstName": "Ada", "email": "eve@example.com", "phone": "1" });
    assert!(
        message(&office.ask("POST", "/customers", &nameless.to_string()))
            .starts_with("Not all required fields")
    );
}

#[test]
fn no_calendar_is_looked_at_unless_the_office_is_told_to() {
    let taken = format!("{} 10:00:00", day());
    let night = format!("{} 03:00:00", day());
    let office = EasyAppointments::open(Ways::default());
    let customer = office.customer("ada@example.com");
    for start in [&taken, &taken, &night, "2020-03-02 10:00:00"] {
        let (status, body) = office.book(&customer, start);
        assert_eq!(
            (status, &body["start"], &body["status"]),
            (201, &(*start).into(), &"".into())
        );
    }
    assert_eq!(office.counts(), (4, 1));

    let mended = EasyAppointments::open(Ways {
        checks_availability: true,
        ..Ways::default()
    });
    let customer = mended.customer("ada@example.com");
    let (status, body) = mended.book(&customer, &taken);
    assert_eq!(
        (status, &body["end"]),
        (201, &format!("{} 10:30:00", day()).into())
    );
    for start in [taken.clone(), format!("{} 10:07:00", day()), night] {
        assert_eq!(
            message(&mended.book(&customer, &start)),
            "The selected appointment slot is not available.",
            "{start}"
        );
    }
    assert_eq!(
        message(&mended.book(&customer, "2020-03-02 10:00:00")),
        "The appointment start date time is in the past."
    );
}

#[test]
fn a_deleted_appointment_is_gone_and_one_with_another_status_still_blocks() {
    let office = EasyAppointments::open(Ways::default());
    let customer = office.customer("ada@example.com");
    let (_, booked) = office.book(&customer, &format!("{} 08:00:00", day()));
    let path = format!("/appointments/{}", booked["id"]);
    let (status, _) = office.ask("PUT", &path, r#"{"status":"Cancelled"}"#);
    assert_eq!(status, 200);
    let hours = format!("/availabilities?providerId=2&serviceId=1&date={}", day());
    assert_eq!(office.get(&hours)[0], "08:30");
    assert_eq!(office.ask("DELETE", &path, ""), (204, "".into()));
    assert_eq!(office.ask("DELETE", &path, ""), (404, "".into()));
    assert_eq!(office.ask("GET", &path, ""), (404, "".into()));
    assert_eq!(office.get(&hours)[0], "08:00");
}

#[test]
fn appointments_are_listed_in_pages_without_a_total() {
    let office = EasyAppointments::open(Ways::default());
    let (ada, eve) = (
        office.customer("ada@example.com"),
        office.customer("eve@example.com"),
    );
    for hour in 8..11 {
        office.book(&ada, &format!("{} {hour:02}:00:00", day()));
    }
    office.book(&eve, &format!("{} 12:00:00", day()));
    let path = format!("/appointments?customerId={ada}&sort=-start&length=2&fields=start");
    let start = |hour| json!({ "start": format!("{} {hour}:00:00", day()) });
    assert_eq!(office.get(&path), json!([start("10"), start("09")]));
    assert_eq!(office.get(&format!("{path}&page=2")), json!([start("08")]));
    assert_eq!(office.get(&format!("{path}&page=3")), json!([]));
    let rows = office.get("/appointments?with=service&length=1");
    assert_eq!(
        (&rows[0]["service"]["id"], &rows[0]["service"]["duration"]),
        (&"1".into(), &"30".into())
    );
}

#[test]
fn who_has_no_token_is_told_so_in_plain_text_and_who_asks_too_often_nothing() {
    let office = EasyAppointments::open(Ways {
        limit: Some((2, Duration::from_secs(3600))),
        ..Ways::default()
    });
    let ask = || read(office.answer(&request("GET", "/api/v1/services", &[], "")));
    assert_eq!(ask(), (401, "You are not authorized to use the API.".into()));
    office.get("/services");
    assert_eq!(ask(), (429, "".into()));
}
