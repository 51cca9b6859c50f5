//! The kinds of calls that are batched, because every task makes them.

use task_model::{Attempt, Micros, TaskId};

use crate::writer::group::Group;
use crate::writer::lane::{Lane, OddLane, Waiting};
use crate::{
    Assigned, Assignment, Inserted, ModelCall, NewRun, Settle, Settled, runs::finish::Finish,
    steps::write::StepWrite,
};

/// One queue for each of them, in the order of a task's life, and one for everything else.
pub(crate) struct Lanes {
    pub(crate) assign: Lane<Assignment, Assigned>,
    pub(crate) dispatched: Lane<(TaskId, Attempt, Micros), bool>,
    pub(crate) run_insert: Lane<NewRun, Inserted>,
    pub(crate) step: Lane<StepWrite, ()>,
    pub(crate) finish: Lane<Finish, ()>,
    pub(crate) settle: Lane<Settle, Settled>,
    pub(crate) model_calls: Lane<Vec<ModelCall>, ()>,
    pub(crate) odd: OddLane,
}

impl Lanes {
    pub(crate) fn new() -> Self {
        Self {
            assign: Lane::new(crate::tasks::assign::MANNER),
            dispatched: Lane::new(crate::tasks::dispatch::DISPATCHED),
            run_insert: Lane::new(crate::runs::insert::MANNER),
            step: Lane::new(crate::steps::write::MANNER),
            finish: Lane::new(crate::runs::finish::MANNER),
            settle: Lane::new(crate::settle::end::MANNER),
            model_calls: Lane::new(crate::models::calls::MANNER),
            odd: OddLane::new(),
        }
    }

    fn all(&self) -> [&dyn Waiting; 8] {
        [
            &self.assign,
            &self.dispatched,
            &self.run_insert,
            &self.step,
            &self.finish,
            &self.settle,
            &self.model_calls,
            &self.odd,
        ]
    }

    /// How many calls wait.
    pub(crate) fn waiting(&self) -> usize {
        self.all().iter().map(|lane| lane.waiting()).sum()
    }

    /// Takes up to `max` calls from each lane.
    pub(crate) fn take(&self, max: usize) -> Vec<Box<dyn Group>> {
        let mut groups = Vec::new();
        self.all().iter().for_each(|lane| lane.take(max, &mut groups));
        groups
    }

    /// Takes no more calls.
    pub(crate) fn close(&self) {
        self.all().iter().for_each(|lane| lane.close());
    }
}
