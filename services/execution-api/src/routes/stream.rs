//! A task's stream as events. Their ids are step numbers, `attempt.step` from the second attempt on.

use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use futures::{Stream, StreamExt};
use serde::Deserialize;
use serde_json::json;
use service_kit::Problem;
use service_kit::events::{Event, Socket};
use service_kit::extract::{Path, Query};
use task_model::{Attempt, TaskId};
use utoipa::IntoParams;

use super::{Held, task_id};
use crate::app::stream::{self as app, Happened, Place};
use crate::app::words::Words;
use crate::state::State;

/// Where a WebSocket goes on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct SocketQuery {
    /// The id of the last event that was seen.
    #[param(example = "3")]
    last_event_id: Option<String>,
}

/// A task's steps, changes and words over a WebSocket: one text frame `{"id","event","data"}` for each event of the same address without
/// `/ws`. docs/STREAMS.md tells the close codes and how a browser shows its key.
#[utoipa::path(
    get,
    path = "/api/v1/tasks/{id}/ws",
    tag = "tasks",
    params(("id" = String, Path, description = "The task's id"), SocketQuery),
    responses((status = 101, description = "A WebSocket"), Problem)
)]
pub async fn socket(
    state: Held,
    Path(id): Path<String>,
    Query(query): Query<SocketQuery>,
    socket: Socket,
) -> Result<Response, Problem> {
    let after = query.last_event_id.as_ref().map(|id| ("last_event_id", id.as_bytes()));
    socket.follow(open(&state, task_id(id)?, after).await?)
}

/// The stream of one task where its reader stopped; `after` is the name of a field and the id in it.
pub async fn open(
    state: &Arc<State>,
    id: TaskId,
    after: Option<(&'static str, &[u8])>,
) -> Result<impl Stream<Item = Result<Event, Problem>> + use<>, Problem> {
    let known = |(field, raw)| {
        let place = std::str::from_utf8(raw).ok().and_then(place);
        place.ok_or_else(|| {
            Problem::invalid(field, "must be an id that this stream gave out, such as 3 or 2.3")
        })
    };
    let after = after.map(known).transpose()?;
    Ok(app::open(state.clone(), id, after).await?.map(|happened| event(&happened)))
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

fn event(happened: &Happened) -> Result<Event, Problem> {
    Ok(match happened {
        Happened::Step(attempt, step) => {
            let id = match *attempt {
                Attempt::FIRST => step.number.to_string(),
                Attempt(attempt) => format!("{attempt}.{}", step.number),
            };
            Event::new("step", step).id(id)
        }
        Happened::Words(words) => {
            let Words { attempt, step, at, text } = words;
            Event::new("token", &json!({ "attempt": attempt.0, "step": step, "at": at, "text": &**text }))
        }
        Happened::Missed(pieces) => Event::new("lagged", &json!({ "missed": pieces })),
        Happened::Status(task) => Event::new("status", task),
        Happened::End(task) => Event::new("end", task),
        Happened::Interrupted => {
            let why = "the database does not answer; come back with the last id";
            return Err(Problem::unavailable(why, Duration::from_secs(1)));
        }
    })
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
