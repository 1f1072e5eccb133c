//! A run in progress as server-sent events: its progress and its end.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Request, State as Given};
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

use super::{State, respond};
use crate::app::RunOverview;
use crate::model::RunId;

/// The interval at which the store is polled.
const PACE: Duration = Duration::from_secs(1);
/// The longest duration of one stream. A browser then opens another.
const LONGEST: Duration = Duration::from_secs(3_600);
/// The time after which a browser comes back when the site stops.
const COME_BACK: Duration = Duration::from_secs(5);
/// The largest number of open streams.
const MOST: usize = 256;

/// The permits of open streams.
static FREE: std::sync::LazyLock<Arc<Semaphore>> =
    std::sync::LazyLock::new(|| Arc::new(Semaphore::new(MOST)));

/// Becomes true when the site stops, so that streams end before their connections are cut. The requests of a site that may stop have it
/// among their extensions.
#[derive(Debug, Clone)]
pub(super) struct Stopping(pub(super) watch::Receiver<bool>);

impl Stopping {
    /// Waits until the site stops; for ever where nobody says so.
    async fn wait(stopping: Option<&mut Self>) {
        if let Some(Self(stops)) = stopping
            && stops.wait_for(|stops| *stops).await.is_ok()
        {
            return;
        }
        std::future::pending().await
    }
}

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

pub(super) async fn events(
    Given(state): Given<State>,
    Path(run): Path<String>,
    request: Request,
) -> Response {
    let stopping = request.extensions().get::<Stopping>().cloned();
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
    let start = (state, run, permit, false, String::new(), stopping);
    let watched = stream::unfold(
        start,
        move |(state, run, permit, over, last, mut stopping)| async move {
            if over {
                return None;
            }
            loop {
                let overview = look(&state, &run).await?;
                if overview.finished_at.is_some() || Instant::now() > until {
                    let event = Event::default().event("ended").data("ended");
                    return Some((
                        Ok::<_, Infallible>(event),
                        (state, run, permit, true, last, stopping),
                    ));
                }
                let words = progress(&overview);
                if words != last {
                    let event = Event::default().event("progress").data(&words);
                    return Some((Ok(event), (state, run, permit, false, words, stopping)));
                }
                tokio::select! {
                    () = tokio::time::sleep(PACE) => {}
                    () = Stopping::wait(stopping.as_mut()) => {
                        // A browser comes back by itself, to the site that takes over.
                        let event = Event::default().comment("the site stops").retry(COME_BACK);
                        return Some((Ok(event), (state, run, permit, true, last, stopping)));
                    }
                }
            }
        },
    );
    Sse::new(watched).keep_alive(KeepAlive::default()).into_response()
}

/// The number of streams that are open.
pub(super) fn open() -> usize {
    MOST - FREE.available_permits()
}

async fn look(state: &State, run: &RunId) -> Option<RunOverview> {
    let (history, run) = (state.history.clone(), run.clone());
    tokio::task::spawn_blocking(move || history.overview(&run).ok())
        .await
        .ok()
        .flatten()
}
