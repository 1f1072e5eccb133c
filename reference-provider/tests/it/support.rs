//! A provider of three small shops whose clock stands still, called without a network.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};
use chrono::{DateTime, TimeDelta, Utc};
use jsonschema::{Draft, Validator};
use reference_provider::{
    Fault, GatewayOptions, ManualClock, Options, Provider, Storage, Tenants, Version, router,
};
use serde_json::{Value, json};
use tower::ServiceExt;

/// Monday, 1 March 2027, 09:00 in Prague: the shop has just opened.
pub(crate) const NOW: &str = "2027-03-01T08:00:00Z";

/// Open 09:00 to 12:00 and 13:00 to 17:00, never on Sunday.
const TENANTS: &str = "tenants:
  - slug: shop
    name: Shop
    timezone: Europe/Prague
    currency: CZK
    slot_step_minutes: 30
    horizon_days: 60
    hours: &hours
      monday: [\"09:00-12:00\", \"13:00-17:00\"]
      tuesday: [\"09:00-12:00\", \"13:00-17:00\"]
      wednesday: [\"09:00-12:00\", \"13:00-17:00\"]
      thursday: [\"09:00-12:00\", \"13:00-17:00\"]
      friday: [\"09:00-12:00\", \"13:00-17:00\"]
      saturday: [\"09:00-12:00\"]
    services: &services
      - { id: half, name: Half an hour, price: \"10.50\", duration_minutes: 30 }
      - { id: hour, name: An hour, duration_minutes: 60 }
      - { id: long, name: An hour and a half, duration_minutes: 90 }
      - { id: asked, name: An hour that waits, duration_minutes: 60, requires_confirmation: true }
  - slug: other-shop
    name: Other shop
    timezone: Europe/Prague
    currency: CZK
    slot_step_minutes: 30
    horizon_days: 60
    hours: *hours
    services: *services
  - slug: west
    name: Shop in the west
    timezone: America/Los_Angeles
    currency: USD
    slot_step_minutes: 30
    horizon_days: 60
    hours: { monday: [\"10:00-20:00\"], tuesday: [\"10:00-20:00\"], wednesday: [\"10:00-20:00\"] }
    services: *services
";

fn tenants() -> Tenants {
    static READ: LazyLock<Tenants> = LazyLock::new(|| Tenants::parse(TENANTS, "tenants.yaml").unwrap());
    READ.clone()
}

pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The provider and its clock.
pub(crate) struct TestProvider {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) router: Router,
    /// Whether answers must keep the output schema.
    strict: bool,
}

impl TestProvider {
    /// A faultless one in memory.
    pub(crate) fn new() -> Self {
        Self::open(tenants(), Storage::Memory, NOW, Vec::new())
    }

    /// A faultless one in memory where this gateway takes the money.
    pub(crate) fn paid_by(gateway: GatewayOptions) -> Self {
        Self::with(tenants(), Storage::Memory, NOW, Vec::new(), gateway)
    }

    /// One in memory that is wrong at every shop.
    pub(crate) fn faulty(faults: &[Fault]) -> Self {
        Self::open(
            tenants(),
            Storage::Memory,
            NOW,
            faults.iter().map(|fault| (None, *fault)).collect(),
        )
    }

    /// One in memory that is wrong at one shop.
    pub(crate) fn faulty_at(tenant: &str, fault: Fault) -> Self {
        Self::open(
            tenants(),
            Storage::Memory,
            NOW,
            vec![(Some(tenant.to_owned()), fault)],
        )
    }

    /// One that keeps its bookings on disk.
    pub(crate) fn on_disk(folder: PathBuf) -> Self {
        Self::open(tenants(), Storage::Folder(folder), NOW, Vec::new())
    }

    /// A faultless one for these tenants, at this time.
    pub(crate) fn of(tenants: Tenants, now: &str) -> Self {
        Self::open(tenants, Storage::Memory, now, Vec::new())
    }

    fn open(tenants: Tenants, storage: Storage, now: &str, faults: Vec<(Option<String>, Fault)>) -> Self {
        Self::with(tenants, storage, now, faults, GatewayOptions::Embedded)
    }

    fn with(
        tenants: Tenants,
        storage: Storage,
        now: &str,
        faults: Vec<(Option<String>, Fault)>,
        gateway: GatewayOptions,
    ) -> Self {
        let clock = Arc::new(ManualClock::at(instant(now)));
        let strict = faults.is_empty();
        let options = Options {
            storage,
            clock: Arc::clone(&clock) as _,
            faults,
            sandbox: true,
            gateway,
            ..Options::in_memory(tenants)
        };
        Self {
            clock,
            router: router(Arc::new(Provider::open(options).unwrap())),
            strict,
        }
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, method: &str, path: &str, body: impl Into<Body>) -> Response<Body> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "book.test")
            .header("content-type", "application/json");
        self.router
            .clone()
            .oneshot(request.body(body.into()).unwrap())
            .await
            .unwrap()
    }

    /// Calls a tool of the shop; its answer.
    pub(crate) async fn call(&self, tool: &str, input: Value) -> Value {
        self.call_at("shop", tool, input).await.1
    }

    /// Calls a tool of one tenant, of its v0.2.0 as `tenant/v0.2.0`; the status and the answer, which must keep the output schema.
    pub(crate) async fn call_at(&self, tenant: &str, tool: &str, input: Value) -> (u16, Value) {
        let path = format!("/p/{tenant}/tools/{tool}");
        let response = self.send("POST", &path, input.to_string()).await;
        let (status, answer) = read(response).await;
        assert!(answer["ok"].is_boolean(), "{tool} {input}: {answer}");
        if self.strict {
            let version = tenant.split_once('/').map_or("", |(_, version)| version);
            assert!(
                OUTPUTS[&(version, tool)].is_valid(&answer),
                "{tool} {input}: {answer}"
            );
        }
        (status, answer)
    }

    /// Books a service for a customer.
    pub(crate) async fn book(&self, service: &str, start: &str, email: &str) -> Value {
        self.call("create_booking", booking(service, start, email)).await
    }

    /// Books, and finds the id even where the answer has none.
    pub(crate) async fn booked(&self, service: &str, start: &str, email: &str) -> String {
        let answer = self.book(service, start, email).await;
        assert_eq!(answer["ok"], true, "{answer}");
        match answer["booking_id"].as_str() {
            Some(id) => id.to_owned(),
            None => self.list(email).await["bookings"][0]["booking_id"]
                .as_str()
                .unwrap()
                .to_owned(),
        }
    }

    /// Cancels a booking of the shop.
    pub(crate) async fn cancel(&self, id: &str) -> Value {
        self.call("cancel_booking", json!({ "booking_id": id })).await
    }

    /// All bookings of a customer.
    pub(crate) async fn list(&self, email: &str) -> Value {
        self.call(
            "list_bookings_for_customer",
            json!({ "customer_email": email, "include_past": true }),
        )
        .await
    }

    /// The starts that are listed as free.
    pub(crate) async fn free(&self, service: &str, date: &str) -> Vec<String> {
        let answer = self
            .call(
                "check_availability",
                json!({ "service_id": service, "date": date }),
            )
            .await;
        let slots = answer["slots"].as_array().unwrap();
        slots
            .iter()
            .map(|slot| slot["start_at"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// The input of a booking.
pub(crate) fn booking(service: &str, start: &str, email: &str) -> Value {
    json!({ "service_id": service, "start_at": start, "customer": { "name": "Ada", "email": email } })
}

/// The status and the body, which must be JSON.
pub(crate) async fn read(response: Response<Body>) -> (u16, Value) {
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

/// By the version's part of the address, and the tool.
static OUTPUTS: LazyLock<HashMap<(&str, &str), Validator>> = LazyLock::new(|| {
    let tools = Version::ALL.into_iter().flat_map(|version| {
        let path = version.path().trim_start_matches('/');
        version.tools().map(move |tool| (path, tool))
    });
    tools
        .map(|(version, tool)| {
            let tool = tool.name();
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("contract");
            // What was published once is the same at every version.
            let text = [folder.join(version), folder.clone()]
                .into_iter()
                .find_map(|folder| std::fs::read_to_string(folder.join(format!("{tool}.json"))).ok());
            let contract: Value = serde_json::from_str(&text.unwrap()).unwrap();
            let validator = jsonschema::options()
                .with_draft(Draft::Draft202012)
                .should_validate_formats(true)
                .build(&contract["outputSchema"])
                .unwrap();
            ((version, tool), validator)
        })
        .collect()
});
