//! Tells if a catalogue can show a fault, without any suite: a tenant with the fault and a correct one are asked the same, and their
//! answers are compared.
//!
//! A third tenant, correct as well, is asked too. Where the two correct ones differ, chance decided, and nothing is concluded.

use std::sync::Arc;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use futures_util::future::join_all;
use reference_provider::{Clock, Fault, ManualClock, Server, Version};
use serde_json::{Value, json};

use super::AppError;
use super::fault_catalogue::Catalogue;
use super::fault_shop::Shop;
use super::fault_side::Side;
use super::fault_tenants::{FAULTLESS, PEER, SHOP, platform, serve, slug};
use super::fault_walk::{CUSTOMERS, Known, Walk};
use crate::capability::{Capability, Registry};
use crate::model::CapabilityRef;

/// The platform of the other correct tenant.
const CONTROL: &str = "control";

/// The tools that change what the catalogue offers.
const MAKES_SERVICES: [&str; 2] = ["create_service", "retire_service"];

/// Walks, each over new tenants.
const WALKS: u64 = 6;

/// Calls of one walk, without those that look at the end.
const CALLS: u32 = 80;

/// Days whose slots are looked at.
const LOOKED_AT: i64 = 6;

/// Time for a call to take effect whose caller has left.
const LEFT: Duration = Duration::from_millis(60);

/// The same where a machine under load may have been all that made a difference.
const LEFT_FOR_LONG: Duration = Duration::from_millis(1_500);

/// What the tenant with a fault answers in another way than correct ones; None where these walks show nothing. A difference counts if the
/// same walk shows it again when there is more time for calls whose caller has left.
///
/// # Errors
///
/// The tenants do not start.
pub(super) async fn difference(
    registry: &Registry,
    fault: Fault,
    catalogue: Catalogue,
    contract: &CapabilityRef,
    seed: u64,
) -> Result<Option<String>, AppError> {
    for walk in 0..WALKS {
        let seed = seed.wrapping_add(walk);
        let mut shown = [None, None];
        for (shown, left) in shown.iter_mut().zip([LEFT, LEFT_FOR_LONG]) {
            let mut trio = Trio::start(registry, fault, catalogue, contract, seed).await?;
            trio.left = left;
            let end = trio.walk().await;
            trio.stop().await;
            let Err(End::Shown(difference)) = end else { break };
            *shown = Some(difference);
        }
        let [once, again] = shown;
        if again.is_some() && once == again {
            return Ok(again);
        }
    }
    Ok(None)
}

/// The end of a walk before its last call.
enum End {
    /// The faulty tenant answers in another way.
    Shown(String),
    /// The correct tenants differ.
    Chance,
}

/// Three tenants of one catalogue: two are correct, the last has the fault.
struct Trio<'r> {
    server: Server,
    clock: Arc<ManualClock>,
    sides: Vec<Side>,
    /// The contracts that are asked for.
    tools: Vec<&'r Arc<Capability>>,
    focus: &'r Arc<Capability>,
    known: Known,
    walk: Walk,
    left: Duration,
}

impl<'r> Trio<'r> {
    async fn start(
        registry: &'r Registry,
        fault: Fault,
        catalogue: Catalogue,
        contract: &CapabilityRef,
        seed: u64,
    ) -> Result<Self, AppError> {
        let version = match contract.version.to_string() == Version::V0_2_0.name() {
            true => Version::V0_2_0,
            false => Version::V0_1_0,
        };
        let now = Utc::now();
        let clock = Arc::new(ManualClock::at(now));
        let platforms = [platform(fault), CONTROL.to_owned(), FAULTLESS.to_owned()];
        let server = serve(
            &platforms,
            &[fault],
            catalogue,
            Arc::clone(&clock) as Arc<dyn Clock>,
        )
        .await?;
        let pool = Shop::pool()?;
        let sides = platforms
            .iter()
            .rev()
            .map(|platform| {
                let shop = Shop::open(&pool, &server, &slug(platform, SHOP), version)?;
                let peer = Shop::open(&pool, &server, &slug(platform, PEER), version)?;
                Ok(Side::new(platform, shop, peer))
            })
            .collect::<Result<_, AppError>>()?;
        let focus = registry
            .at(contract)
            .ok_or_else(|| AppError::Bug(format!("no contract {contract}")))?;
        // A service that the walk makes would show what the services of the catalogue cannot.
        let makes_services = MAKES_SERVICES.contains(&focus.tool());
        let tools = version
            .tools()
            .filter(|tool| tool.name() != "advance_clock")
            .filter(|tool| makes_services || !MAKES_SERVICES.contains(&tool.name()))
            .filter_map(|tool| {
                let reference = format!("{}.{}@{}", tool.domain(), tool.name(), version.name());
                let first = format!("{}.{}@{}", tool.domain(), tool.name(), Version::V0_1_0.name());
                let at = |text: String| text.parse().ok().and_then(|reference| registry.at(&reference));
                at(reference).or_else(|| at(first))
            })
            .collect();
        Ok(Self {
            server,
            clock,
            sides,
            tools,
            focus,
            known: Known {
                now,
                ..Known::default()
            },
            walk: Walk::new(seed),
            left: LEFT,
        })
    }

    async fn stop(self) {
        drop(self.sides);
        // It has nothing to say any more.
        let _ = self.server.stop().await;
    }

    /// Asks, until an answer differs.
    async fn walk(&mut self) -> Result<(), End> {
        self.look_around().await?;
        self.book_at_the_peer().await?;
        for _ in 0..CALLS {
            let tool = match self.walk.once_in(2) {
                true => self.focus,
                false => self.any_tool(),
            };
            if self.walk.once_in(10) {
                self.let_time_pass().await?;
            }
            let input = self.walk.next(tool, &self.known);
            if self.walk.once_in(12) {
                let left = self
                    .sides
                    .iter()
                    .map(|side| side.ask_and_leave(tool.tool(), &input));
                join_all(left).await;
                tokio::time::sleep(self.left).await;
            }
            self.ask(tool.tool(), &input).await?;
            if self.walk.once_in(4) {
                self.ask(tool.tool(), &input).await?;
            }
        }
        self.look_at_all().await?;
        self.race().await
    }

    fn any_tool(&mut self) -> &'r Arc<Capability> {
        self.walk.choice(&self.tools).unwrap_or(self.focus)
    }

    /// Learns the services, and the slots of the next days.
    async fn look_around(&mut self) -> Result<(), End> {
        self.ask("list_services", &json!({})).await?;
        for day in 0..LOOKED_AT {
            let date = (self.known.now + TimeDelta::days(day)).date_naive().to_string();
            for service in self.known.services.clone() {
                let asked = json!({ "service_id": service, "date": date });
                self.ask("check_availability", &asked).await?;
            }
        }
        Ok(())
    }

    /// Makes a booking at another tenant, whose id a tenant then meets.
    async fn book_at_the_peer(&mut self) -> Result<(), End> {
        let Some((service, start)) = self
            .known
            .services
            .first()
            .cloned()
            .zip(self.known.starts.last().copied())
        else {
            return Ok(());
        };
        let asked = json!({
            "service_id": service,
            "start_at": start.to_rfc3339(),
            "customer": { "name": "Peer", "email": "ada@example.com" },
        });
        let answers = self
            .sides
            .iter()
            .map(|side| side.peer.ask("create_booking", side.own(&asked)));
        let answers = join_all(answers).await;
        self.compare("create_booking", answers)
    }

    /// Lets the clock of each tenant run ahead: by a little, past a window, or to a booking.
    async fn let_time_pass(&mut self) -> Result<(), End> {
        let next = self
            .known
            .starts
            .iter()
            .filter(|start| **start > self.known.now)
            .min();
        let to_next = next.map_or(60, |start| (*start - self.known.now).num_seconds() + 1);
        let seconds = self
            .walk
            .choice(&[1, 7, 45, 61, 3_600, to_next, 86_400])
            .unwrap_or(1);
        self.known.now += TimeDelta::seconds(seconds);
        self.ask("advance_clock", &json!({ "seconds": seconds })).await
    }

    /// Asks each tenant the same, and compares.
    async fn ask(&mut self, tool: &str, input: &Value) -> Result<(), End> {
        // No two things are made at one instant, or their order would be chance.
        self.clock.advance(TimeDelta::milliseconds(1));
        let answers = self.sides.iter().map(|side| side.shop.ask(tool, side.own(input)));
        let answers = join_all(answers).await;
        self.compare(tool, answers)
    }

    /// Compares the answers of the tenants, and learns from that of the first.
    fn compare(&mut self, tool: &str, answers: Vec<Result<Value, String>>) -> Result<(), End> {
        let mut answers = answers
            .into_iter()
            .map(|answer| answer.unwrap_or_else(|error| json!({ "no_answer": error })));
        let first = answers.next().unwrap_or_default();
        let [_, control, faulty] = self.sides.as_mut_slice() else {
            return Ok(());
        };
        if control
            .differs(&first, &answers.next().unwrap_or_default(), "")
            .is_some()
        {
            return Err(End::Chance);
        }
        if let Some(place) = faulty.differs(&first, &answers.next().unwrap_or_default(), "") {
            return Err(End::Shown(format!("{tool} answers another {place}")));
        }
        self.known.learn(&first);
        Ok(())
    }

    /// Looks at everything that is known.
    async fn look_at_all(&mut self) -> Result<(), End> {
        self.look_around().await?;
        for booking in self.known.bookings.clone() {
            for tool in ["get_booking", "effects"] {
                self.ask(tool, &json!({ "booking_id": booking })).await?;
            }
        }
        for (_, email) in CUSTOMERS {
            self.ask("get_customer", &json!({ "email": email })).await?;
            self.ask("list_bookings_for_customer", &json!({ "customer_email": email }))
                .await?;
        }
        for tool in ["list_bookings", "list_customers"] {
            self.ask(tool, &json!({})).await?;
        }
        Ok(())
    }

    /// Makes calls at one time, whose order is chance: how many of each kind of answer there are is not, where all is well.
    async fn race(&mut self) -> Result<(), End> {
        let fresh = self.walk.fresh(&self.focus.input.json, &self.known);
        let tool = self.focus.tool();
        self.race_of(tool, &[fresh.clone(), fresh]).await?;
        let Some((service, start)) = self
            .known
            .services
            .first()
            .cloned()
            .zip(self.walk.choice(&self.known.starts))
        else {
            return Ok(());
        };
        let racer = |email: &str| {
            json!({
                "service_id": service,
                "start_at": start.to_rfc3339(),
                "customer": { "name": "Racer", "email": email },
            })
        };
        // Strangers first: once somebody has the slot, no two of them can get it.
        let strangers = ["other@example.com", "third@example.com"].map(racer);
        self.race_of("create_booking", &strangers).await?;
        let one = racer("one@example.com");
        self.race_of("create_booking", &[one.clone(), one]).await?;
        let tags =
            ["a", "b", "c"].map(|tag| json!({ "customer_email": "ada@example.com", "tags_add": [tag] }));
        self.race_of("tag_customer", &tags).await?;
        let moves: Vec<_> = self
            .known
            .bookings
            .iter()
            .rev()
            .take(3)
            .map(|booking| json!({ "booking_id": booking, "start_at": start.to_rfc3339() }))
            .collect();
        self.race_of("reschedule_booking", &moves).await
    }

    async fn race_of(&mut self, tool: &str, inputs: &[Value]) -> Result<(), End> {
        self.clock.advance(TimeDelta::milliseconds(1));
        let mut kinds = Vec::new();
        for side in &self.sides {
            let calls = inputs.iter().map(|input| side.shop.ask(tool, side.own(input)));
            let answers = join_all(calls).await;
            let mut ends: Vec<String> = answers.iter().map(kind).collect();
            ends.sort();
            let mut ids: Vec<_> = answers
                .iter()
                .flatten()
                .map(|answer| answer["booking_id"].to_string())
                .collect();
            ids.sort();
            ids.dedup();
            let mut sizes = Vec::new();
            for email in ["one@example.com", "ada@example.com"] {
                for (tool, key) in [
                    ("get_customer", "email"),
                    ("list_bookings_for_customer", "customer_email"),
                ] {
                    let seen = side.shop.ask(tool, json!({ key: email })).await;
                    sizes.push(size(&seen.unwrap_or_default()));
                }
            }
            let listed = side.shop.ask("list_customers", json!({})).await;
            sizes.push(size(&listed.unwrap_or_default()));
            kinds.push((ends, ids.len(), sizes));
        }
        match kinds.as_slice() {
            [right, control, _] if right != control => Err(End::Chance),
            [right, _, faulty] if right != faulty => Err(End::Shown(format!(
                "{tool}, called {} times at one time, does not end as it should",
                inputs.len()
            ))),
            _ => Ok(()),
        }
    }
}

/// How a call ended: with success, an error code, or without an answer.
fn kind(answer: &Result<Value, String>) -> String {
    match answer {
        Ok(answer) => answer["error"].as_str().unwrap_or("ok").to_owned(),
        Err(_) => "no answer".to_owned(),
    }
}

/// The number of values in an answer.
fn size(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(size).sum::<usize>() + 1,
        Value::Object(fields) => fields.values().map(size).sum::<usize>() + 1,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Bundle;

    async fn shown(fault: Fault, catalogue: Catalogue) -> Option<String> {
        let bundle = Bundle::load(None).unwrap();
        let contract = "booking.create_booking@0.1.0".parse().unwrap();
        difference(&bundle.registry, fault, catalogue, &contract, 7)
            .await
            .unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_comparison_shows_what_a_catalogue_can_show() {
        for fault in [
            Fault::DoubleBooks,
            Fault::OverlapPerService,
            Fault::WindowNeverEnds,
            Fault::RacesDoubleBook,
        ] {
            let shown = shown(fault, Catalogue::UnequalLengths).await;
            assert!(shown.is_some(), "{fault}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_comparison_shows_nothing_where_a_catalogue_cannot() {
        assert_eq!(shown(Fault::OverlapPerService, Catalogue::OneService).await, None);
    }
}
