//! Correct providers of every kind.

use std::fmt::Write as _;
use std::time::Duration;

use chrono::{Datelike, TimeDelta, Utc, Weekday};
use proofhouse::model::{Level, Outcome, TestResult};
use proofhouse::summary::RunSummary;

use crate::support::proving::{Entry, TOOLS, ended, lacks_a_sandbox, message, name, prove};
use crate::support::stranger::{
    Again, Beyond, Listed, Listing, Nothing, Offered, Order, Others, Stranger, Times, Ways, Wire,
};

/// What must come of a correct provider beside the lack of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// Every test passes that the shop's data allows to be made, and nothing is left behind.
    Passes,
    /// The same, but some bookings cannot be taken back.
    LeavesBehind,
    /// Many tests cannot be made; so many pass at least.
    Lacks(usize),
}

struct Row {
    name: &'static str,
    ways: Ways,
    entry: fn(Entry) -> Entry,
    then: Then,
}

fn row(name: &'static str, change: impl FnOnce(&mut Ways)) -> Row {
    Row {
        name,
        ways: Ways::but(change),
        entry: |entry| entry,
        then: Then::Passes,
    }
}

impl Row {
    fn then(mut self, then: Then) -> Self {
        self.then = then;
        self
    }

    fn named(mut self, entry: fn(Entry) -> Entry) -> Self {
        self.entry = entry;
        self
    }
}

/// How many tests a shop passes at least that has something to offer.
const MOST_PASS: usize = 30;

const MOST: &[&str] = &["list_services", "check_availability", "create_booking"];

fn one(minutes: i64) -> Vec<Offered> {
    vec![Offered {
        id: "only",
        title: "The only one",
        minutes,
    }]
}

/// Their answers are odd.
fn odd_answers() -> Vec<Row> {
    vec![
        row("plain", |_| {}),
        row("errors-are-4xx", |ways| {
            ways.statuses = &[
                ("slot_taken", 409),
                ("invalid_service", 404),
                ("past_time", 422),
                ("invalid_input", 400),
                ("invalid_email", 400),
                ("unknown_booking", 404),
                ("unknown field", 400),
            ];
        }),
        row("errors-are-403-and-405", |ways| {
            ways.statuses = &[
                ("slot_taken", 403),
                ("invalid_service", 405),
                ("past_time", 401),
                ("unknown_booking", 410),
            ];
        }),
        row("invalid-input-from-every-tool", |ways| {
            ways.one_code_for_broken_input = true;
        }),
        row("extra-fields", |ways| ways.extras = true),
        row("minimal", |ways| ways.minimal = true),
        row("offset-east", |ways| ways.times = Times::Offset(120)),
        row("offset-west", |ways| ways.times = Times::Offset(-300)),
        row("offset-local", |ways| ways.times = Times::Local),
        row("fractions", |ways| ways.times = Times::Fractions),
        row("lower-case-times", |ways| ways.times = Times::Lower),
        row("only-z-in-but-offsets-out", |ways| {
            ways.refuses_offsets = true;
            ways.times = Times::Offset(60);
        }),
        row("minutes-are-floats", |ways| ways.minutes_as_float = true),
        row("lists-taken-slots", |ways| {
            ways.lists_taken = true;
            ways.free_of_ten = 5;
        }),
        row("no-slots-is-an-error", |ways| {
            ways.nothing = Nothing::NoSlots;
            ways.statuses = &[("no_slots", 404)];
        }),
        row("second-cancel-says-so", |ways| {
            ways.again = Again::AlreadyCancelled
        }),
        row("no-alternatives-to-offer", |ways| ways.alternatives = 1),
        row("lower-case-emails", |ways| ways.lowers_emails = true),
        row("strict-emails", |ways| ways.strict_emails = true),
        row("confirmed-unsaid", |ways| ways.says_confirmed = false),
        row("earliest-first", |ways| ways.listed = Listed::EarliestStart),
        row("latest-made-first", |ways| ways.listed = Listed::LatestMade),
        row("time-before-service", |ways| {
            ways.order = Order::TimeFirst;
            ways.nothing = Nothing::NoSlots;
            ways.beyond = Beyond::InvalidDate;
            ways.horizon = 9;
            let open = Utc::now() + TimeDelta::days(5);
            ways.days = vec![open.weekday()];
        }),
    ]
}

/// Their shops are odd.
fn odd_shops() -> Vec<Row> {
    let in_four_days = (Utc::now() + TimeDelta::days(4)).weekday();
    vec![
        row("one-service", |ways| ways.services = one(45)),
        row("twenty-minutes", |ways| {
            ways.services = one(20);
            ways.grid = 20;
        }),
        row("a-whole-day", |ways| {
            ways.services = one(480);
            ways.hours = (9 * 60, 17 * 60);
        }),
        row("one-day-a-week", move |ways| ways.days = vec![in_four_days]),
        row("many-services-one-day-a-week", move |ways| {
            ways.days = vec![(Utc::now() + TimeDelta::days(8)).weekday()];
            ways.services = (0..100)
                .map(|number| Offered {
                    id: Box::leak(format!("s-{number}").into_boxed_str()),
                    title: "One of many",
                    minutes: 30,
                })
                .collect();
        }),
        row("always-closed", |ways| ways.days = Vec::new()).then(Then::Lacks(8)),
        row("always-closed-and-says-so", |ways| {
            ways.days = Vec::new();
            ways.nothing = Nothing::NoSlots;
        })
        .then(Then::Lacks(8)),
        row("no-service", |ways| ways.services = Vec::new()).then(Then::Lacks(6)),
        row("auckland", |ways| {
            ways.zone = time_zones::Zone::named("Pacific/Auckland").unwrap()
        }),
        row("honolulu", |ways| {
            ways.zone = time_zones::Zone::named("Pacific/Honolulu").unwrap()
        }),
        row("kathmandu", |ways| {
            ways.zone = time_zones::Zone::named("Asia/Kathmandu").unwrap()
        }),
        row("kiritimati-unsaid", |ways| {
            ways.zone = time_zones::Zone::named("Pacific/Kiritimati").unwrap();
            ways.tells_zone = false;
        }),
        row("pago-pago-unsaid", |ways| {
            ways.zone = time_zones::Zone::named("Pacific/Pago_Pago").unwrap();
            ways.tells_zone = false;
        }),
        row("nine-tenths-full", |ways| ways.free_of_ten = 1),
        row("nine-tenths-full-and-says-so", |ways| {
            ways.free_of_ten = 1;
            ways.nothing = Nothing::NoSlots;
            ways.statuses = &[("no_slots", 404)];
            ways.services = one(120);
        }),
        row("three-days-ahead", |ways| {
            ways.days = all_days();
            ways.horizon = 3;
            ways.beyond = Beyond::InvalidDate;
            ways.statuses = &[("invalid_date", 422)];
        }),
        row("one-slot-a-day", |ways| {
            ways.services = one(60);
            ways.hours = (12 * 60, 13 * 60);
            ways.nothing = Nothing::NoSlots;
        }),
        row("moving-grid", |ways| ways.packs = true).then(Then::Lacks(20)),
        row("buffers", |ways| ways.buffer = 15),
        row("buffers-and-nine-tenths-full", |ways| {
            ways.buffer = 15;
            ways.free_of_ten = 1;
        })
        .then(Then::Lacks(20)),
    ]
}

fn all_days() -> Vec<Weekday> {
    (0..7).map(|day| Weekday::try_from(day).unwrap()).collect()
}

/// Their wire is odd, or what they offer.
fn odd_servers() -> Vec<Row> {
    vec![
        row("loose-listing", |ways| ways.listing = Listing::Loose).named(Entry::listing_itself),
        row("slow", |ways| ways.pace = Some(Duration::from_millis(150))),
        row("rate-limited", |ways| ways.limited = Some((5, "0"))),
        row("rate-limited-for-a-second", |ways| ways.limited = Some((40, "1"))),
        row("starting", |ways| ways.starting = 3),
        row("http-1-0", |ways| ways.wire = Wire::OldAndClosed),
        row("closes-connections", |ways| ways.wire = Wire::Closed),
        row("no-date", |ways| ways.tells_date = false),
        row("an-hour-ahead", |ways| ways.ahead = 3600),
        row("an-hour-behind", |ways| ways.ahead = -3600),
        row("three-days-behind", |ways| ways.ahead = -3 * 24 * 3600),
        row("no-cancel", |ways| ways.without = &["cancel_booking"])
            .named(|entry| entry.claiming(&[MOST, &["list_bookings_for_customer"]].concat()))
            .then(Then::LeavesBehind),
        row("no-list-of-bookings", |ways| {
            ways.without = &["list_bookings_for_customer"]
        })
        .named(|entry| entry.claiming(&[MOST, &["cancel_booking"]].concat())),
        row("no-list-of-services", |ways| {
            ways.without = &["list_services"];
            ways.ahead = -3600;
        })
        .named(|entry| {
            let claimed: Vec<_> = TOOLS
                .into_iter()
                .filter(|tool| *tool != "list_services")
                .collect();
            entry
                .claiming(&claimed)
                .with("fixtures: { service_id: \"SVC/8 ü\" }")
        }),
        row("listing-without-list-of-services", |ways| {
            ways.without = &["list_services"];
            ways.listing = Listing::Loose;
            ways.ahead = -3600;
        })
        .named(|entry| entry.listing_itself().with("fixtures: { service_id: \"7\" }")),
        row("only-booking-claimed", |_| {})
            .then(Then::Lacks(18))
            .named(|entry| entry.claiming(&["create_booking"])),
    ]
}

/// Others book there meanwhile.
fn busy_shops() -> Vec<Row> {
    let busy = |name, others| row(name, move |ways| ways.others = Some(others)).then(Then::Lacks(MOST_PASS));
    vec![
        busy("others-take-what-is-freed", Others::Freed),
        busy("others-take-what-is-refused", Others::Refused),
        busy("others-take-what-is-listed", Others::Listed(2)),
    ]
}

async fn check(rows: Vec<Row>) {
    let strangers: Vec<_> = rows.iter().map(|row| Stranger::open(row.ways.clone())).collect();
    let entries: Vec<_> = rows
        .iter()
        .zip(&strangers)
        .map(|(row, stranger)| (row.entry)(Entry::new(format!("stranger:{}", row.name), stranger.url())))
        .collect();
    let summary = prove(&entries).await;
    let (mut wrong, mut table) = (Vec::new(), String::new());
    for (row, stranger) in rows.iter().zip(&strangers) {
        let why = complaint(row, stranger, &summary);
        let _ = writeln!(
            table,
            "{:<40} {}",
            row.name,
            why.as_deref().unwrap_or("as expected")
        );
        wrong.extend(why);
    }
    assert!(wrong.is_empty(), "{table}\n{wrong:#?}");
}

/// What is not as it should be with one provider.
fn complaint(row: &Row, stranger: &Stranger, summary: &RunSummary) -> Option<String> {
    let id = format!("stranger:{}", row.name);
    let of = |outcome| ended(summary, &id, outcome);
    // Who the peer of a stranger is, and what it lacks, is chance.
    let chance = |result: &&TestResult| message(result).starts_with("the other provider");
    let told = |outcome| {
        let rows: Vec<_> = of(outcome)
            .into_iter()
            // A ruling on what the contract leaves open accuses nobody.
            .filter(|result| outcome != Outcome::Fail || result.level == Level::Must)
            // None of them has a test clock; the tests that take one say so.
            .filter(|result| outcome != Outcome::Skip || !lacks_a_sandbox(message(result)))
            .filter(|result| outcome != Outcome::Skip || !chance(result))
            .map(|result| format!("{}: {}", name(result), message(result)))
            .collect();
        (!rows.is_empty()).then(|| format!("{} {outcome}: {}", row.name, rows.join(" | ")))
    };
    let accused = told(Outcome::Fail).or_else(|| told(Outcome::Error));
    let passed = of(Outcome::Pass).len();
    let few = |passed: usize, least: usize| {
        (passed < least).then(|| format!("{}: only {passed} pass: {:?}", row.name, told(Outcome::Skip)))
    };
    let silent = || {
        let mut untested = [Outcome::Blocked, Outcome::Skip].into_iter().flat_map(of);
        let silent = untested.find(|result| message(result).is_empty());
        silent.map(|result| format!("{}: {} has no reason", row.name, name(result)))
    };
    let (made, standing) = stranger.bookings();
    let left = summary
        .leftovers
        .iter()
        .filter(|leftover| leftover.provider.as_str() == id)
        .count();
    accused.or_else(|| match row.then {
        Then::Passes => told(Outcome::Blocked)
            .or_else(|| few(passed, MOST_PASS))
            .or_else(silent)
            .or_else(|| {
                (standing + left > 0).then(|| format!("{}: {standing} bookings still stand", row.name))
            }),
        Then::LeavesBehind => (made != standing || left != standing || left == 0)
            .then(|| format!("{}: {standing} of {made} stand, {left} are listed", row.name)),
        Then::Lacks(least) => few(passed, least).or_else(silent),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correct_provider_with_odd_answers_is_not_accused() {
    check(odd_answers()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correct_provider_of_an_odd_shop_is_not_accused() {
    check(odd_shops()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correct_provider_on_an_odd_server_is_not_accused() {
    check(odd_servers()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correct_provider_is_not_accused_of_what_others_book_meanwhile() {
    check(busy_shops()).await;
}
