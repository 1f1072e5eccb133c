//! Mails from outside: what is in the data folder after calls, restarts and kills, and how sending is set up.

use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::binary::{binary, body, serve};
use crate::server::request;

const SHOP: &str = "massage-relax";

/// Longer than any mail takes to be written, shorter than anybody waits.
const LONGEST: Duration = Duration::from_secs(60);

fn call(url: &str, tool: &str, input: &Value) -> Value {
    let path = format!("/p/{SHOP}/tools/{tool}");
    body(&request(url, "POST", &path, &input.to_string()))
}

/// Books in a week from now; the id, and the start.
fn book(url: &str, email: &str) -> (String, DateTime<Utc>) {
    // Closed on Sundays, so one of the two days has slots.
    let slot = [7, 8].into_iter().find_map(|days| {
        let day = Utc::now() + TimeDelta::days(days);
        let date = day.format("%Y-%m-%d").to_string();
        let listed = call(
            url,
            "check_availability",
            &json!({ "service_id": "relax-90", "date": date }),
        );
        Some(listed["slots"].as_array()?.first()?["start_at"].clone())
    });
    let start = slot.unwrap();
    let input = json!({
        "service_id": "relax-90",
        "start_at": start,
        "customer": { "name": "Ada", "email": email },
    });
    let booked = call(url, "create_booking", &input);
    let id = booked["booking_id"].as_str().unwrap().to_owned();
    (id, start.as_str().unwrap().parse().unwrap())
}

/// Waits for the mail about a booking whose file's name begins so; its text.
fn mail(data: &Path, id: &str, kind: &str) -> String {
    let begun = Instant::now();
    let start = format!("{id}.{kind}.");
    loop {
        // There is no folder before the first one.
        let files = std::fs::read_dir(data.join("mails")).into_iter().flatten();
        let mut files = files.map(|file| file.unwrap());
        let found = files.find(|file| {
            let name = file.file_name().into_string().unwrap();
            name.starts_with(&start) && name.ends_with(".eml")
        });
        if let Some(found) = found {
            return std::fs::read_to_string(found.path()).unwrap();
        }
        assert!(begun.elapsed() < LONGEST, "there is no mail {start}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// How many mails about a booking are there.
fn mails(data: &Path, id: &str) -> usize {
    let files = std::fs::read_dir(data.join("mails")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with(id)).count()
}

#[test]
fn what_a_killed_provider_had_to_tell_is_told_after_a_restart_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let arguments = ["--data", data.to_str().unwrap()];
    let (mut child, url) = serve(&arguments);
    let (id, _) = book(&url, "ada@example.com");
    child.kill().unwrap();
    child.wait().unwrap();

    let (mut child, url) = serve(&arguments);
    let told = mail(data, &id, "booking_confirmed");
    assert!(
        told.contains("METHOD:REQUEST") && told.contains("To: Ada <ada@example.com>"),
        "{told}"
    );
    // The page is where the provider listened when it wrote the mail.
    let page = format!("/p/{SHOP}/bookings/");
    assert!(told.contains(&page) && told.contains("/cancel"), "{told}");
    for _ in 0..2 {
        let cancelled = call(&url, "cancel_booking", &json!({ "booking_id": id }));
        assert_eq!(cancelled["cancelled"], true);
    }
    assert!(mail(data, &id, "booking_cancelled").contains("METHOD:CANCEL"));
    assert_eq!(mails(data, &id), 2);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_clock_that_is_moved_sends_the_reminders_that_fall_due() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let (mut child, url) = serve(&[
        "--data",
        data.to_str().unwrap(),
        "--sandbox",
        "--public-url",
        "https://book.example/",
    ]);
    let (id, start) = book(&url, "ada@example.com");
    let to_the_day_before = start - Utc::now() - TimeDelta::hours(23);
    let input = json!({ "seconds": to_the_day_before.num_seconds() });
    assert_eq!(call(&url, "advance_clock", &input)["ok"], true);
    let told = mail(data, &id, "booking_reminder");
    assert!(
        told.contains("\r\nhttps://book.example/p/massage-relax/bookings/"),
        "{told}"
    );
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_mail_server_that_cannot_be_used_so_is_refused_before_anything_is_served() {
    let refused = |url: &str, password: Option<&str>| {
        let mut command = binary();
        command.args(["serve", "--memory", "--port", "0", "--smtp-url", url]);
        match password {
            Some(password) => command.env("REFERENCE_PROVIDER_SMTP_PASSWORD", password),
            None => command.env_remove("REFERENCE_PROVIDER_SMTP_PASSWORD"),
        };
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(refused("mail.example:25", None).contains("is not smtp://HOST:PORT"));
    let in_the_clear = refused("smtp://shop@mail.example:25", Some("secret"));
    assert!(in_the_clear.contains("in the clear"), "{in_the_clear}");
    assert!(!in_the_clear.contains("secret"), "{in_the_clear}");
}
