//! The rules of tasks, runs, steps and sessions once more, small and in memory, for random operations to agree with.

use std::collections::BTreeMap;

use super::operations::{Answer, Operation};

const CLAIM_MS: i64 = 10_000;
pub const TTL_MS: i64 = 50;

#[derive(Debug)]
pub struct Task {
    hash: u8,
    pub status: &'static str,
    pub attempt: i64,
    due: Option<i64>,
}

#[derive(Debug, Default)]
pub struct Run {
    pub status: &'static str,
    due: i64,
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
            Dispatched { task, attempt } => word(self.dispatched(task, attempt)),
            CancelTask { task } => self.cancel_task(task),
            RetryTask { task } => self.retry_task(task, now),
            InsertRun { task, attempt } => self.insert_run(task, attempt, now),
            OpenSession => {
                self.sessions.push(Session { expires: now + TTL_MS, closed: false });
                word(())
            }
            CloseSession { session } => self.close(session, now),
            Reap => self.reap(now),
            Claim { session } => self.claim(session, now, answered),
            Intent { task, attempt, fence, no } => self.intent(task, attempt, fence, no),
            Result { task, attempt, fence, no } => self.result(task, attempt, fence, no),
            Finish { task, attempt, fence, done } => self.finish(task, attempt, fence, done),
            Release { task, attempt, fence } => self.release(task, attempt, fence, now),
            CancelRun { task } => self.cancel_run(task),
            PauseRun { task } => self.pause_run(task, now),
            ResumeRun { task } => self.resume_run(task, now),
            Outcomes => self.outcomes(),
            Settle { task, attempt, done } => self.settle(task, attempt, done),
            SettleRetry { task, attempt } => self.settle_retry(task, attempt, now),
        }
    }

    fn assign(&mut self, task: u8, hash: u8, now: i64) -> Answer {
        match self.tasks.get(&task) {
            None => {
                self.tasks.insert(task, Task { hash, status: "assigned", attempt: 1, due: Some(now) });
                "new".to_owned()
            }
            Some(known) if known.hash == hash => "replay".to_owned(),
            Some(_) => "conflict".to_owned(),
        }
    }

    fn dispatch_due(&mut self, now: i64) -> Answer {
        let mut due = Vec::new();
        for (name, task) in &mut self.tasks {
            if task.due.is_some_and(|at| at <= now) {
                task.due = Some(now + CLAIM_MS);
                due.push((*name, task.attempt));
            }
        }
        word(due)
    }

    fn dispatched(&mut self, task: u8, attempt: i64) -> bool {
        let Some(task) = self.tasks.get_mut(&task).filter(|task| task.attempt == attempt) else {
            return false;
        };
        if task.status == "assigned" {
            (task.status, task.due) = ("queued", None);
        }
        task.status == "queued"
    }

    fn cancel_task(&mut self, name: u8) -> Answer {
        let Some(task) = self.tasks.get_mut(&name) else { return "not found".to_owned() };
        if task.status == "assigned" && !self.runs.contains_key(&(name, task.attempt)) {
            (task.status, task.due) = ("cancelled", None);
            return "done".to_owned();
        }
        if ended(task.status) { "ended".to_owned() } else { format!("requested {}", task.attempt) }
    }

    fn retry_task(&mut self, task: u8, now: i64) -> Answer {
        let Some(task) = self.tasks.get_mut(&task) else { return "not found".to_owned() };
        if !["failed", "cancelled"].contains(&task.status) {
            return "conflict".to_owned();
        }
        (task.status, task.due, task.attempt) = ("assigned", Some(now), task.attempt + 1);
        word(task.attempt)
    }

    fn insert_run(&mut self, task: u8, attempt: i64, now: i64) -> Answer {
        if self.runs.contains_key(&(task, attempt)) {
            return "existing".to_owned();
        }
        if self.tasks.get(&task).is_some_and(|task| ended(task.status) || task.attempt > attempt) {
            return "conflict".to_owned();
        }
        self.runs.insert((task, attempt), Run { status: "queued", due: now, ..Run::default() });
        "new".to_owned()
    }

    fn live(&self, session: usize, now: i64) -> bool {
        self.sessions.get(session).is_some_and(|session| !session.closed && session.expires > now)
    }

    fn claim(&mut self, session: usize, now: i64, answered: &str) -> Answer {
        let waiting = || self.runs.iter().filter(|(_, run)| run.status == "queued" && run.due <= now);
        let Some(first) = waiting().map(|(_, run)| run.due).min() else { return "nothing".to_owned() };
        if !self.live(session, now) {
            return "stale".to_owned();
        }
        let claim = |(key, run): (&(u8, i64), &Run)| (*key, word((key.0, key.1, run.fence + 1)));
        let mut claims: Vec<_> = waiting().filter(|(_, run)| run.due == first).map(claim).collect();
        let chosen = claims.iter().position(|(_, claim)| claim == answered).unwrap_or(0);
        let (key, claim) = claims.swap_remove(chosen);
        let run = self.runs.get_mut(&key).unwrap();
        (run.status, run.fence, run.session) = ("running", run.fence + 1, Some(session));
        claim
    }

    fn driven(&mut self, task: u8, attempt: i64, fence: i64) -> Option<&mut Run> {
        self.runs.get_mut(&(task, attempt)).filter(|run| run.fence == fence && run.session.is_some())
    }

    fn intent(&mut self, task: u8, attempt: i64, fence: i64, no: i64) -> Answer {
        let Some(run) = self.driven(task, attempt, fence) else { return "stale".to_owned() };
        match run.steps.get(&no) {
            Some(true) => "conflict".to_owned(),
            _ => {
                run.steps.insert(no, false);
                "ok".to_owned()
            }
        }
    }

    fn result(&mut self, task: u8, attempt: i64, fence: i64, no: i64) -> Answer {
        let Some(run) = self.driven(task, attempt, fence) else { return "stale".to_owned() };
        let Some(known) = run.steps.get_mut(&no) else { return "not found".to_owned() };
        run.tokens += if *known { 0 } else { 10 };
        *known = true;
        "ok".to_owned()
    }

    fn finish(&mut self, task: u8, attempt: i64, fence: i64, done: bool) -> Answer {
        let Some(run) = self.driven(task, attempt, fence) else { return "stale".to_owned() };
        (run.status, run.session, run.fence) =
            (if done { "completed" } else { "failed" }, None, run.fence + 1);
        self.finished.push((task, attempt));
        "ok".to_owned()
    }

    /// A run leaves its worker for `status`, unless somebody asked for something else.
    fn give_back(&mut self, key: (u8, i64), status: &'static str, now: i64) -> &'static str {
        let run = self.runs.get_mut(&key).unwrap();
        run.status = match (run.cancel, run.pause && status != "needs_review") {
            (true, _) => "cancelled",
            (_, true) => "paused",
            _ => status,
        };
        (run.session, run.fence, run.due, run.pause) = (None, run.fence + 1, now, false);
        if run.status == "cancelled" {
            self.finished.push(key);
        }
        self.runs[&key].status
    }

    fn release(&mut self, task: u8, attempt: i64, fence: i64, now: i64) -> Answer {
        if self.driven(task, attempt, fence).is_none() {
            return "stale".to_owned();
        }
        self.give_back((task, attempt), "queued", now);
        "ok".to_owned()
    }

    fn driven_by(&self, session: usize) -> Vec<(u8, i64)> {
        self.runs.iter().filter(|(_, run)| run.session == Some(session)).map(|(key, _)| *key).collect()
    }

    fn close(&mut self, session: usize, now: i64) -> Answer {
        let Some(closing) = self.sessions.get_mut(session) else { return word(0) };
        closing.closed = true;
        let runs = self.driven_by(session);
        for key in &runs {
            self.give_back(*key, "queued", now);
        }
        word(runs.len())
    }

    fn reap(&mut self, now: i64) -> Answer {
        let (mut queued, mut poisoned, mut stopped) = (0, 0, 0);
        for session in 0..self.sessions.len() {
            if self.sessions[session].closed || self.sessions[session].expires > now {
                continue;
            }
            self.sessions[session].closed = true;
            for key in self.driven_by(session) {
                let run = self.runs.get_mut(&key).unwrap();
                run.deaths += 1;
                let next = if run.deaths >= 2 { "needs_review" } else { "queued" };
                match self.give_back(key, next, now) {
                    "queued" => queued += 1,
                    "needs_review" => poisoned += 1,
                    _ => stopped += 1,
                }
            }
        }
        word((queued, poisoned, stopped))
    }

    fn latest(&mut self, task: u8) -> Option<(i64, &mut Run)> {
        self.runs.range_mut((task, 0)..(task + 1, 0)).next_back().map(|((_, attempt), run)| (*attempt, run))
    }

    fn cancel_run(&mut self, task: u8) -> Answer {
        let Some((attempt, run)) = self.latest(task) else { return "not found".to_owned() };
        if ended(run.status) {
            return "ignored".to_owned();
        }
        if run.session.is_some() {
            run.cancel = true;
            return "requested".to_owned();
        }
        (run.status, run.fence, run.pause) = ("cancelled", run.fence + 1, false);
        self.finished.push((task, attempt));
        "done".to_owned()
    }

    fn pause_run(&mut self, task: u8, now: i64) -> Answer {
        let Some((_, run)) = self.latest(task) else { return "not found".to_owned() };
        if run.session.is_some() {
            run.pause = true;
            return "requested".to_owned();
        }
        match run.status {
            "queued" => {
                (run.status, run.fence, run.due) = ("paused", run.fence + 1, now);
                "done".to_owned()
            }
            "paused" => "done".to_owned(),
            _ => "ignored".to_owned(),
        }
    }

    fn resume_run(&mut self, task: u8, now: i64) -> Answer {
        let Some((_, run)) = self.latest(task) else { return "not found".to_owned() };
        if run.session.is_some() {
            run.pause = false;
            return "done".to_owned();
        }
        if run.status != "paused" {
            return "ignored".to_owned();
        }
        (run.status, run.fence, run.due) = ("queued", run.fence + 1, now);
        "done".to_owned()
    }

    fn outcomes(&mut self) -> Answer {
        let tasks = &self.tasks;
        let current = |(task, attempt): &(u8, i64)| {
            tasks.get(task).map(|task| !ended(task.status) && task.attempt == *attempt)
        };
        self.finished.retain(|key| current(key) != Some(false));
        word(self.finished.iter().filter(|key| current(key) == Some(true)).collect::<Vec<_>>())
    }

    fn settle(&mut self, task: u8, attempt: i64, done: bool) -> Answer {
        let Some(known) = self.tasks.get_mut(&task) else { return "not found".to_owned() };
        self.finished.retain(|key| *key != (task, attempt));
        if ended(known.status) || known.attempt != attempt {
            return "already".to_owned();
        }
        (known.status, known.due) = (if done { "completed" } else { "failed" }, None);
        self.experiences += 1;
        "done".to_owned()
    }

    fn settle_retry(&mut self, task: u8, attempt: i64, now: i64) -> Answer {
        let Some(known) = self.tasks.get_mut(&task) else { return "not found".to_owned() };
        self.finished.retain(|key| *key != (task, attempt));
        if ended(known.status) || known.attempt != attempt {
            return "already".to_owned();
        }
        (known.status, known.due, known.attempt) = ("assigned", Some(now), attempt + 1);
        self.experiences += 1;
        "done".to_owned()
    }
}
