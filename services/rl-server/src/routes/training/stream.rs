//! The progress of a job as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, stream};
use http::{HeaderMap, header};
use service_api::policy::TrainingJob;

use super::render;
use crate::app::{State, train};

/// Often enough that no proxy closes a quiet stream.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// Between two looks at the job.
const LOOK: Duration = Duration::from_millis(200);

/// Whether the caller asks for a stream.
pub(super) fn wanted(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.split(',').any(|kind| kind.trim().to_ascii_lowercase().starts_with("text/event-stream"))
}

/// Whatever moves until the job is over.
pub(super) fn of_job(state: State, id: String) -> Response {
    let following = Following { state, id, last: None, over: false };
    Sse::new(events(following)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
}

struct Following {
    state: State,
    id: String,
    last: Option<String>,
    over: bool,
}

fn events(following: Following) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(following, |mut following| async move { Some((Ok(following.next().await?), following)) })
}

impl Following {
    /// The next event; nothing after the end, and nothing more when the service stops.
    async fn next(&mut self) -> Option<Event> {
        while !self.over {
            let job = render(train::find(&self.state, &self.id).await.ok()?);
            let text = serde_json::to_string(&job).ok()?;
            if self.last.as_deref() != Some(text.as_str()) {
                self.over = is_over(&job);
                self.last = Some(text.clone());
                return Some(Event::default().event(if self.over { "end" } else { "progress" }).data(text));
            }
            let stopping = self.state.stopping.clone();
            stopping.run_until_cancelled(tokio::time::sleep(LOOK)).await?;
        }
        None
    }
}

fn is_over(job: &TrainingJob) -> bool {
    !matches!(job.status.as_str(), "queued" | "running")
}
