//! A task's stream as server-sent events. Event ids are step numbers, `attempt.step` from the second attempt on.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use serde::Serialize;
use serde_json::json;
use service_kit::Problem;
use task_model::{Attempt, TaskId};

use crate::app::stream::{self as app, Happened, Place};
use crate::app::words::Words;
use crate::state::State;

/// Proxies close connections on which nothing happens for longer.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Opens the stream of one task where its reader stopped.
pub async fn open(state: &Arc<State>, id: TaskId, headers: &HeaderMap) -> Result<Response, Problem> {
    let after = match headers.get("last-event-id").map(|value| value.to_str().ok().and_then(place)) {
        Some(None) => {
            return Err(Problem::invalid(
                "Last-Event-ID",
                "must be an id that this stream gave out, such as 3 or 2.3",
            ));
        }
        Some(place) => place,
        None => None,
    };
    let events =
        app::open(state.clone(), id, after).await?.map(|happened| Ok::<_, Infallible>(event(&happened)));
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

fn place(raw: &str) -> Option<Place> {
    let number = |text: &str| text.parse::<i64>().ok().filter(|number| *number >= 0);
    match raw.trim().split_once('.') {
        None => Some(Place { attempt: None, step: number(raw.trim())? }),
        Some((attempt, step)) => {
            Some(Place { attempt: Some(Attempt(number(attempt)?)), step: number(step)? })
        }
    }
}

fn event(happened: &Happened) -> Event {
    match happened {
        Happened::Step(attempt, step) => {
            let id = match *attempt {
                Attempt::FIRST => step.number.to_string(),
                Attempt(attempt) => format!("{attempt}.{}", step.number),
            };
            data("step", step).id(id)
        }
        Happened::Words(words) => {
            let Words { attempt, step, at, text } = words;
            data("token", &json!({ "attempt": attempt.0, "step": step, "at": at, "text": &**text }))
        }
        Happened::Missed(pieces) => data("lagged", &json!({ "missed": pieces })),
        Happened::Status(task) => data("status", task),
        Happened::End(task) => data("end", task),
        // The reader connects again by itself and resumes.
        Happened::Interrupted => Event::default().comment("interrupted"),
    }
}

fn data(name: &str, value: &impl Serialize) -> Event {
    Event::default().event(name).data(serde_json::to_string(value).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_names_its_place_with_or_without_the_attempt() {
        assert_eq!(place("3"), Some(Place { attempt: None, step: 3 }));
        assert_eq!(place("2.7"), Some(Place { attempt: Some(Attempt(2)), step: 7 }));
        for bad in ["", "x", "-1", "1.", "1.2.3", "99999999999999999999"] {
            assert_eq!(place(bad), None, "{bad}");
        }
    }
}
