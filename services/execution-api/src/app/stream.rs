//! A task as a stream of what happens to it: every finished step once, in order, what its model says meanwhile, and the end.

mod aloud;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use service_api::task::{RunRecord as WireRun, StepRecord as WireStep};
use storage::StepRecord;
use task_model::{Attempt, TaskId};

use super::tasks::{self, Seen};
use super::wait::Waiter;
use super::words::Words;
use aloud::Aloud;

use crate::error::Result;
use crate::render;
use crate::state::State;

/// Where a reader stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The attempt; absent in a bare step number: the current one.
    pub attempt: Option<Attempt>,
    /// The last step that was seen.
    pub step: i64,
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Happened {
    /// A step has its result.
    Step(Attempt, Box<WireStep>),
    /// The model says this right now. Not kept: whoever was not there reads the step.
    Words(Words),
    /// So many pieces of what it said were lost, because they were not read fast enough.
    Missed(u64),
    /// The task has another state; without steps.
    Status(Box<WireRun>),
    /// Nothing more will happen by itself.
    End(Box<WireRun>),
    /// The database does not answer: read again later from where you are.
    Interrupted,
}

/// From `after` (or the beginning) to the end of the task, or of the service.
pub async fn open(
    state: Arc<State>,
    id: TaskId,
    after: Option<Place>,
) -> Result<impl Stream<Item = Happened> + use<>> {
    let seen = tasks::require(&state, &id).await?;
    let attempt = seen.attempt();
    let step = after
        .filter(|place| place.attempt.is_none_or(|known| known == attempt))
        .map_or(0, |place| place.step);
    let waiter = Waiter::new(&state, &id);
    let place = Position { attempt, step, ..Position::default() };
    let listener = state.listeners.listen(&id);
    let reader = Reader { state, id, waiter, place };
    let lasting = futures::stream::unfold(reader, |mut reader| async move {
        let happened = reader.next().await?;
        Some((happened, reader))
    });
    let aloud = Aloud::new(lasting, listener, attempt, step);
    Ok(futures::stream::unfold(aloud, |mut aloud| async move { Some((aloud.next().await?, aloud)) }))
}

struct Reader {
    state: Arc<State>,
    id: TaskId,
    waiter: Waiter,
    place: Position,
}

impl Reader {
    async fn next(&mut self) -> Option<Happened> {
        loop {
            if let Some(happened) = self.place.ready.pop_front() {
                return Some(happened);
            }
            if self.place.over || self.state.stopping.is_cancelled() {
                return None;
            }
            let looking = self.waiter.look();
            match look(&self.state, &self.id, self.place.attempt, self.place.step).await {
                Ok((seen, steps)) => {
                    if !self.place.take(&seen, &steps) {
                        looking.rest(&self.state, &seen, Duration::MAX).await;
                    }
                }
                Err(error) => {
                    tracing::warn!(task.id = %self.id, %error, "a stream was interrupted");
                    self.place.over = true;
                    return Some(Happened::Interrupted);
                }
            }
        }
    }
}

/// How far a reader is, and what it has not been told yet.
struct Position {
    attempt: Attempt,
    step: i64,
    told: Option<String>,
    ready: VecDeque<Happened>,
    over: bool,
}

impl Default for Position {
    fn default() -> Self {
        Self { attempt: Attempt::FIRST, step: 0, told: None, ready: VecDeque::new(), over: false }
    }
}

impl Position {
    /// Takes in what was found; false when it is nothing new.
    fn take(&mut self, seen: &Seen, steps: &[StepRecord]) -> bool {
        if seen.attempt() != self.attempt {
            (self.attempt, self.step) = (seen.attempt(), 0);
            return true;
        }
        // Only what is finished, and never past a step that is not: a reader resumes by number.
        for record in steps.iter().take_while(|record| record.result.is_some()) {
            self.step = record.intent.no;
            self.ready.push_back(Happened::Step(self.attempt, Box::new(render::step(record))));
        }
        let shown = seen.render();
        if seen.is_ended() {
            self.over = true;
            self.ready.push_back(Happened::End(Box::new(shown)));
        } else if self.told.as_deref() != Some(&shown.status) {
            self.told = Some(shown.status.clone());
            self.ready.push_back(Happened::Status(Box::new(shown)));
        }
        !self.ready.is_empty()
    }
}

async fn look(state: &State, id: &TaskId, attempt: Attempt, step: i64) -> Result<(Seen, Vec<StepRecord>)> {
    // The state first: steps that come after it are in the next look, never missing from this end.
    let seen = tasks::require(state, id).await?;
    let steps = state.storage.steps_list(id, attempt, step).await?;
    Ok((seen, steps))
}
