//! The progress of a job as events.

use std::time::Duration;

use futures::{Stream, stream};
use service_api::policy::TrainingJob;
use service_kit::Problem;
use service_kit::events::Event;

use super::render;
use crate::app::{State, train};

/// Between two looks at the job.
const LOOK: Duration = Duration::from_millis(200);

/// Whatever moves until the job is over; nothing more when the service stops.
pub(super) fn of_job(state: State, id: String) -> impl Stream<Item = Result<Event, Problem>> {
    let following = Following { state, id, last: None, over: false };
    stream::unfold(following, |mut following| async move {
        let next = following.next().await.transpose()?;
        Some((next, following))
    })
}

struct Following {
    state: State,
    id: String,
    last: Option<TrainingJob>,
    over: bool,
}

impl Following {
    async fn next(&mut self) -> Result<Option<Event>, Problem> {
        while !self.over {
            let job = render(train::find(&self.state, &self.id).await?);
            if self.last.as_ref() != Some(&job) {
                self.over = is_over(&job);
                let event = Event::new(if self.over { "end" } else { "progress" }, &job);
                self.last = Some(job);
                return Ok(Some(event));
            }
            let stopping = self.state.stopping.clone();
            if stopping.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_none() {
                return Ok(None);
            }
        }
        Ok(None)
    }
}

fn is_over(job: &TrainingJob) -> bool {
    !matches!(job.status.as_str(), "queued" | "running")
}
