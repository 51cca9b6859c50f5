//! A task followed from change to change, and everything that happens to all of them.

use std::collections::VecDeque;
use std::time::Duration;

use storage::{Signal, TaskEvent};
use task_model::{TaskId, TaskStatus};
use tokio::sync::watch;

use super::LOOK_EVERY;
use crate::app::{Error, State};

/// Events read at once.
const PORTION: usize = 200;

/// One change of a task. `seq` is absent for what only its run shows so far.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) seq: Option<i64>,
    pub(crate) task_id: TaskId,
    pub(crate) status: TaskStatus,
    pub(crate) attempt: Option<i64>,
    pub(crate) detail: Option<String>,
    pub(crate) at: Option<task_model::Micros>,
}

impl From<TaskEvent> for Change {
    fn from(event: TaskEvent) -> Self {
        Self {
            seq: Some(event.seq),
            task_id: event.task_id,
            status: event.status,
            attempt: Some(event.attempt.0),
            detail: event.detail,
            at: Some(event.at),
        }
    }
}

/// Follows one task to its end.
pub(crate) struct Watch {
    state: State,
    task_id: TaskId,
    after: i64,
    shown: Option<TaskStatus>,
    queue: VecDeque<Change>,
    hints: Hints,
    ended: bool,
}

impl Watch {
    /// Begins after the event `after`, 0 for the whole history. Unknown tasks are refused here.
    pub(crate) async fn open(state: State, task_id: TaskId, after: i64) -> Result<Self, Error> {
        let hints = Hints::of(&state);
        let known = state.storage.task_status(&task_id).await?;
        known.ok_or_else(|| Error::TaskUnknown(task_id.clone()))?;
        Ok(Self { state, task_id, after, shown: None, queue: VecDeque::new(), hints, ended: false })
    }

    /// The next change; `None` after the last.
    pub(crate) async fn next(&mut self) -> Option<Result<Change, Error>> {
        loop {
            if let Some(change) = self.queue.pop_front() {
                return Some(Ok(change));
            }
            if self.ended || self.state.stopping.is_cancelled() {
                return None;
            }
            if let Err(error) = self.look().await {
                self.ended = true;
                return Some(Err(error));
            }
            if self.queue.is_empty() && !self.ended {
                self.hints.wait(&self.state).await;
            }
        }
    }

    async fn look(&mut self) -> Result<(), Error> {
        let status = self.state.storage.task_status(&self.task_id).await?;
        for event in self.state.storage.task_events(&self.task_id, self.after).await? {
            self.after = event.seq;
            self.shown = Some(event.status);
            self.queue.push_back(event.into());
        }
        let Some(status) = status else { return Ok(()) };
        self.ended = status.is_terminal();
        if self.shown.replace(status) != Some(status) {
            let task_id = self.task_id.clone();
            self.queue.push_back(Change {
                seq: None,
                task_id,
                status,
                attempt: None,
                detail: None,
                at: None,
            });
        }
        Ok(())
    }
}

/// Follows the history of all tasks.
pub(crate) struct Everything {
    state: State,
    after: i64,
    queue: VecDeque<Change>,
    hints: Hints,
}

impl Everything {
    /// Begins after the event `after`; without one, with what happens from now on.
    pub(crate) async fn open(state: State, after: Option<i64>) -> Result<Self, Error> {
        let hints = Hints::of(&state);
        let after = match after {
            Some(after) => after,
            None => state.storage.events_end().await?,
        };
        Ok(Self { state, after, queue: VecDeque::new(), hints })
    }

    /// The next change; `None` when the service stops.
    pub(crate) async fn next(&mut self) -> Option<Result<Change, Error>> {
        loop {
            if let Some(change) = self.queue.pop_front() {
                return Some(Ok(change));
            }
            if self.state.stopping.is_cancelled() {
                return None;
            }
            match self.state.storage.events_after(self.after, PORTION).await {
                Ok(events) => self.queue.extend(events.into_iter().map(Change::from)),
                Err(error) => return Some(Err(error.into())),
            }
            match self.queue.back() {
                Some(last) => self.after = last.seq.unwrap_or(self.after),
                None => self.hints.wait(&self.state).await,
            }
        }
    }
}

/// What may mean that something changed.
struct Hints {
    changed: watch::Receiver<u64>,
    finished: watch::Receiver<u64>,
    stepped: watch::Receiver<u64>,
    every: Duration,
}

impl Hints {
    fn of(state: &State) -> Self {
        let signals = state.storage.signals();
        Self {
            changed: signals.subscribe(Signal::TaskChanged),
            finished: signals.subscribe(Signal::RunFinished),
            stepped: signals.subscribe(Signal::StepAdded),
            every: LOOK_EVERY,
        }
    }

    async fn wait(&mut self, state: &State) {
        tokio::select! {
            _ = self.changed.changed() => {}
            _ = self.finished.changed() => {}
            _ = self.stepped.changed() => {}
            () = state.stopping.cancelled() => {}
            () = tokio::time::sleep(self.every) => {}
        }
    }
}
