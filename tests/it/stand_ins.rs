//! The stand-ins for other makes keep the shapes, and the oddities, of the servers that they stand in for.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::servers::{Request, Response};
use crate::support::stand_ins::{EasyAppointments, Floyd};

mod easy_appointments;
mod floyd;

/// A request as it would come over a network.
fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request {
    Request {
        method: method.to_owned(),
        path: path.to_owned(),
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: body.as_bytes().to_vec(),
        number: 1,
    }
}

/// The status of an answer, and its body as JSON or as a text.
fn read(response: Response) -> (u16, Value) {
    match response {
        Response::Json(status, body) => (status, body),
        Response::Full { status, body, .. } => (status, String::from_utf8(body).unwrap().into()),
        other => panic!("{other:?} is no whole answer"),
    }
}

/// A day in the near future, as it is called in UTC.
fn day() -> NaiveDate {
    Utc::now().date_naive() + Days::new(7)
}

/// The first line of what is answered at an address, over a real connection.
fn first_line(url: &str, headers: &str) -> String {
    let address = url.strip_prefix("http://").unwrap();
    let (host, path) = address.split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = [0; 1024];
    let length = stream.read(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
    answer.lines().next().unwrap().to_owned()
}

#[test]
fn each_answers_where_it_says_that_it_listens() {
    let floyd = Floyd::open(crate::support::stand_ins::floyd::Ways::default());
    let url = format!("{}/services", floyd.base());
    assert!(url.starts_with(&floyd.url()));
    assert!(first_line(&url, "").starts_with("HTTP/1.1 200"));
    let office = EasyAppointments::open(crate::support::stand_ins::easy_appointments::Ways::default());
    let url = format!("{}/services", office.base());
    assert!(first_line(&url, "").starts_with("HTTP/1.1 401"));
    assert!(first_line(&url, "Authorization: Bearer sesame\r\n").starts_with("HTTP/1.1 200"));
}
