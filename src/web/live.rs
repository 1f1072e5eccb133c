//! A run in progress as server-sent events: its progress and its end.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State as Given};
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::{State, respond};
use crate::app::RunOverview;
use crate::model::RunId;

/// The interval at which the store is polled.
const PACE: Duration = Duration::from_secs(1);
/// The longest duration of one stream. A browser then opens another.
const LONGEST: Duration = Duration::from_secs(3_600);
/// The largest number of open streams.
const MOST: usize = 256;

/// The permits of open streams.
static FREE: std::sync::LazyLock<Arc<Semaphore>> =
    std::sync::LazyLock::new(|| Arc::new(Semaphore::new(MOST)));

/// Responds with the script of the page.
pub(super) async fn script() -> Response {
    (
        [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")],
        include_str!("live.js"),
    )
        .into_response()
}

/// The progress of a run as a sentence.
pub(super) fn progress(overview: &RunOverview) -> String {
    let totals = overview.totals;
    format!(
        "{} of {} tests have ended: {} passed, {} failed, {} errors.",
        totals.sum(),
        overview.planned,
        totals.pass,
        totals.fail,
        totals.error
    )
}

pub(super) async fn events(Given(state): Given<State>, Path(run): Path<String>) -> Response {
    let Ok(permit) = Arc::clone(&FREE).try_acquire_owned() else {
        return respond::error_page(StatusCode::SERVICE_UNAVAILABLE, "Too many people are watching.");
    };
    let Ok(run) = run.parse::<RunId>() else {
        return respond::error_page(StatusCode::NOT_FOUND, "There is no such run.");
    };
    if look(&state, &run).await.is_none() {
        return respond::error_page(StatusCode::NOT_FOUND, "There is no such run.");
    }
    let until = Instant::now() + LONGEST;
    // The permit is part of the state, so that it is released with the stream.
    let start = (state, run, permit, false, String::new());
    let watched = stream::unfold(start, move |(state, run, permit, over, last)| async move {
        if over {
            return None;
        }
        loop {
            let overview = look(&state, &run).await?;
            if overview.finished_at.is_some() || Instant::now() > until {
                let event = Event::default().event("ended").data("ended");
                return Some((Ok::<_, Infallible>(event), (state, run, permit, true, last)));
            }
            let words = progress(&overview);
            if words != last {
                let event = Event::default().event("progress").data(&words);
                return Some((Ok(event), (state, run, permit, false, words)));
            }
            tokio::time::sleep(PACE).await;
        }
    });
    Sse::new(watched).keep_alive(KeepAlive::default()).into_response()
}

async fn look(state: &State, run: &RunId) -> Option<RunOverview> {
    let (history, run) = (state.history.clone(), run.clone());
    tokio::task::spawn_blocking(move || history.overview(&run).ok())
        .await
        .ok()
        .flatten()
}
