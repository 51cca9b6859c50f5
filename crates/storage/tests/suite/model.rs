//! The rules of tasks, runs, steps and sessions once more, small and in memory, for random operations to agree with.

mod runs;
mod tasks;

use std::collections::{BTreeMap, BTreeSet};

use super::operations::{Answer, Operation};

const CLAIM_MS: i64 = 10_000;
pub const TTL_MS: i64 = 50;
pub const WAIT_MS: i64 = 20;
pub const POSTPONE_MS: i64 = 7;
/// After this time a run whose task's number is odd is late; the others never are.
pub const DEADLINE_MS: i64 = 120;

#[derive(Debug)]
pub struct Task {
    hash: u8,
    pub status: &'static str,
    pub attempt: i64,
    due: Option<i64>,
    /// Grows with every change of the reward.
    pub version: i64,
    /// Who has said something, and the keys of all words.
    sources: BTreeSet<u8>,
    keys: BTreeSet<u8>,
}

#[derive(Debug, Default)]
pub struct Run {
    pub status: &'static str,
    due: i64,
    deadline: Option<i64>,
    pub fence: i64,
    session: Option<usize>,
    deaths: i64,
    cancel: bool,
    pause: bool,
    /// Whether each step has its result.
    steps: BTreeMap<i64, bool>,
    pub tokens: i64,
}

#[derive(Debug)]
struct Session {
    expires: i64,
    closed: bool,
}

/// Everything there is.
#[derive(Debug, Default)]
pub struct Model {
    pub tasks: BTreeMap<u8, Task>,
    pub runs: BTreeMap<(u8, i64), Run>,
    sessions: Vec<Session>,
    finished: Vec<(u8, i64)>,
    pub experiences: usize,
}

fn ended(status: &str) -> bool {
    ["completed", "failed", "cancelled"].contains(&status)
}

fn word<T: std::fmt::Debug>(value: T) -> Answer {
    format!("{value:?}")
}

impl Model {
    /// What the operation answers at the instant `now`, in milliseconds. Of several runs that wait equally long any may
    /// be claimed; `answered` says which one was.
    pub fn apply(&mut self, operation: &Operation, now: i64, answered: &str) -> Answer {
        use Operation::*;
        match *operation {
            Assign { task, hash } => self.assign(task, hash, now),
            DispatchDue => self.dispatch_due(now),
            Postpone { task, attempt } => self.postpone(task, attempt, now),
            Dead { task, attempt } => self.end(task, attempt, "failed", 0),
            Dispatched { task, attempt } => word(self.dispatched(task, attempt)),
            CancelTask { task } => self.cancel_task(task),
            RetryTask { task } => self.retry_task(task, now),
            InsertRun { task, attempt } => self.insert_run(task, attempt, now),
            OpenSession => {
                self.sessions.push(Session { expires: now + TTL_MS, closed: false });
                word(())
            }
            CloseSession { session } => self.close(session, now),
            Renew { session } => self.renew(session, now),
            Reap => self.reap(now),
            Expire => self.expire(now),
            Claim { session } => self.claim(session, now, answered),
            Intent { task, attempt, fence, no } => self.intent(task, attempt, fence, no),
            Result { task, attempt, fence, no } => self.result(task, attempt, fence, no),
            ResultAndIntent { task, attempt, fence, no } => self.result_and_intent(task, attempt, fence, no),
            Finish { task, attempt, fence, done } => self.finish(task, attempt, fence, done),
            FinishWith { task, attempt, fence, no } => self.finish_with(task, attempt, fence, no),
            Wait { task, attempt, fence } => self.wait(task, attempt, fence, now),
            Release { task, attempt, fence } => self.release(task, attempt, fence, now),
            CancelRun { task } => self.cancel_run(task),
            PauseRun { task } => self.pause_run(task, now),
            ResumeRun { task } => self.resume_run(task, now),
            Outcomes => self.outcomes(),
            Settle { task, attempt, done } => {
                self.end(task, attempt, if done { "completed" } else { "failed" }, 1)
            }
            Feedback { task, source, key, late } => self.hear(task, source, key, late),
            SettleRetry { task, attempt } => self.settle_retry(task, attempt, now),
        }
    }
}

impl Task {
    fn new(hash: u8, now: i64) -> Self {
        let (sources, keys) = (BTreeSet::new(), BTreeSet::new());
        Self { hash, status: "assigned", attempt: 1, due: Some(now), version: 0, sources, keys }
    }
}
