use std::sync::Mutex;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::json;

use super::*;
use crate::model::Endpoint;
use crate::store::Wait;
use crate::summary::sample::{Sample, owed, row};

const SHOP: &str = "twice:shop";
const MADE: &str = "create_booking with the same words";

/// A shop that books a call anew each time it is sent.
struct Shop {
    /// The bookings that stand.
    standing: Mutex<Vec<&'static str>>,
    /// Those that it refuses to cancel.
    kept: Vec<&'static str>,
    /// False if no tool of it lists bookings.
    lists: bool,
}

async fn answer(
    State(shop): State<Arc<Shop>>,
    Path(tool): Path<String>,
    Json(input): Json<Value>,
) -> Response {
    let mut standing = shop.standing.lock().unwrap();
    match tool.as_str() {
        "list_bookings_for_customer" if shop.lists => {
            let bookings = standing.iter().map(|id| json!({ "booking_id": id }));
            Json(json!({ "ok": true, "bookings": bookings.collect::<Vec<_>>() })).into_response()
        }
        "cancel_booking" if shop.kept.iter().any(|kept| input["booking_id"] == *kept) => {
            Json(json!({ "ok": false, "error": "too_late" })).into_response()
        }
        "cancel_booking" => {
            standing.retain(|id| input["booking_id"] != *id);
            Json(json!({ "ok": true, "cancelled": true })).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// What the cleanup of a killed run says of each undo, and what stands after it. The run sent one call two times: one was answered with
/// `b-1`, the other was under way at the end.
async fn cleaned(shop: Shop, settled_before: bool) -> (Vec<(u64, TakenBack)>, Vec<&'static str>, usize) {
    let shop = Arc::new(shop);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new()
        .route("/tools/{tool}", post(answer))
        .with_state(Arc::clone(&shop));
    tokio::spawn(async move { axum::serve(listener, router).await });

    let mut run = Sample::of([row(SHOP, "happy_path")]).killed();
    run.header.providers[0].endpoint = Endpoint::Http { url };
    let named = OwedUndo {
        input: Some(json!({ "booking_id": "b-1" })),
        made: MADE.to_owned(),
        ..owed(1, SHOP)
    };
    let email = format!("ph+{}@example.com", run.header.run.short());
    let unnamed = OwedUndo {
        input: None,
        call: Some(MakingCall {
            capability: "booking.create_booking@0.1.0".parse().unwrap(),
            input: json!({ "service_id": "cut", "start_at": "2030-01-01T10:00:00Z",
                "customer": { "name": "Ada", "email": email } }),
        }),
        made: MADE.to_owned(),
        ..owed(2, SHOP)
    };
    run = run
        .and(RunEventKind::UndoOwed(Box::new(unnamed)))
        .and(RunEventKind::UndoOwed(Box::new(named)));
    if settled_before {
        run = run.and(RunEventKind::UndoSettled { id: 1 });
    }
    let folder = tempfile::tempdir().unwrap();
    let history = History::open(folder.path()).unwrap();
    history
        .store
        .append(&run.header.run, &run.events())
        .wait()
        .unwrap();
    let bundle = Bundle::load(None).unwrap();
    let (_, cleaned) = clean_up(&bundle, &history, "latest", &|_| None).await.unwrap();
    let still = history.store.owed(&run.header.run).wait().unwrap().len();
    let ends = cleaned.into_iter().map(|item| (item.owed.id, item.taken));
    let standing = shop.standing.lock().unwrap().clone();
    (ends.collect(), standing, still)
}

fn is_no(taken: &TakenBack) -> bool {
    matches!(taken, TakenBack::No(_))
}

#[tokio::test]
async fn a_second_booking_of_the_same_words_that_cannot_be_cancelled_is_still_there() {
    let shop = Shop {
        standing: Mutex::new(vec!["b-1", "b-2"]),
        kept: vec!["b-2"],
        lists: true,
    };
    let (ends, standing, still) = cleaned(shop, false).await;
    assert_eq!((ends[0].0, &ends[0].1), (1, &TakenBack::Yes));
    assert_eq!(ends[1].0, 2);
    assert!(is_no(&ends[1].1), "{ends:?}");
    assert_eq!(standing, ["b-2"]);
    assert_eq!(still, 1, "it is owed to the next cleanup");
}

#[tokio::test]
async fn a_second_booking_of_the_same_words_is_found_and_cancelled() {
    let shop = Shop {
        standing: Mutex::new(vec!["b-1", "b-2"]),
        kept: Vec::new(),
        lists: true,
    };
    let (ends, standing, still) = cleaned(shop, false).await;
    assert_eq!(ends, [(1, TakenBack::Yes), (2, TakenBack::Yes)]);
    assert!(standing.is_empty(), "{standing:?}");
    assert_eq!(still, 0);
}

#[tokio::test]
async fn where_nothing_lists_bookings_a_repeat_is_gone_with_what_the_same_call_made() {
    for settled_before in [false, true] {
        let shop = Shop {
            standing: Mutex::new(vec!["b-1"]),
            kept: Vec::new(),
            lists: false,
        };
        let (ends, _, still) = cleaned(shop, settled_before).await;
        assert!(ends.iter().all(|(_, end)| *end == TakenBack::Yes), "{ends:?}");
        assert_eq!(still, 0);
    }
}

#[tokio::test]
async fn a_repeat_of_what_is_still_there_is_still_there() {
    let shop = Shop {
        standing: Mutex::new(vec!["b-1"]),
        kept: vec!["b-1"],
        lists: false,
    };
    let (ends, standing, still) = cleaned(shop, false).await;
    assert!(ends.iter().all(|(_, end)| is_no(end)), "{ends:?}");
    assert_eq!((standing.len(), still), (1, 2));
}
