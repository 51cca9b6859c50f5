//! Operations for the model and the database alike, and their answers in the same words.

use rand::prelude::*;
use rand::rngs::StdRng;
use storage::*;
use task_model::*;

use super::model::{DEADLINE_MS, POSTPONE_MS, TTL_MS, WAIT_MS};
use super::records::*;

/// An answer in words that the model and the database share.
pub type Answer = String;

#[derive(Debug, Clone)]
pub enum Operation {
    Assign {
        task: u8,
        hash: u8,
    },
    DispatchDue,
    Postpone {
        task: u8,
        attempt: i64,
    },
    Dead {
        task: u8,
        attempt: i64,
    },
    Dispatched {
        task: u8,
        attempt: i64,
    },
    CancelTask {
        task: u8,
    },
    RetryTask {
        task: u8,
    },
    InsertRun {
        task: u8,
        attempt: i64,
    },
    OpenSession,
    CloseSession {
        session: usize,
    },
    Renew {
        session: usize,
    },
    Reap,
    Expire,
    Claim {
        session: usize,
    },
    Intent {
        task: u8,
        attempt: i64,
        fence: i64,
        no: i64,
    },
    Result {
        task: u8,
        attempt: i64,
        fence: i64,
        no: i64,
    },
    ResultAndIntent {
        task: u8,
        attempt: i64,
        fence: i64,
        no: i64,
    },
    Finish {
        task: u8,
        attempt: i64,
        fence: i64,
        done: bool,
    },
    FinishWith {
        task: u8,
        attempt: i64,
        fence: i64,
        no: i64,
    },
    Wait {
        task: u8,
        attempt: i64,
        fence: i64,
    },
    Release {
        task: u8,
        attempt: i64,
        fence: i64,
    },
    CancelRun {
        task: u8,
    },
    PauseRun {
        task: u8,
    },
    ResumeRun {
        task: u8,
    },
    Outcomes,
    Settle {
        task: u8,
        attempt: i64,
        done: bool,
    },
    SettleRetry {
        task: u8,
        attempt: i64,
    },
    /// A word by one of a few sources under one of a few keys; a late one was decided upon before another came in.
    Feedback {
        task: u8,
        source: u8,
        key: u8,
        late: bool,
    },
}

impl Operation {
    /// Something that might happen; few names and numbers, so that operations meet. `leases` are those of all claims
    /// so far, so that most writes come from somebody who had the run once, and some from somebody who has it now.
    pub fn random(rng: &mut StdRng, sessions: usize, leases: &[(u8, i64, i64)]) -> Self {
        use Operation::*;
        let (name, number, no) = (rng.random_range(0..3), rng.random_range(1..3), rng.random_range(1..3));
        let recent = leases.len().saturating_sub(4);
        let lease = leases[recent..].choose(rng).copied().unwrap_or((name, number, 1));
        let (session, done) = (sessions.saturating_sub(rng.random_range(0..3)), rng.random());
        let ((task, attempt, fence), (any, try_no)) = (lease, (name, number));
        match rng.random_range(0..54) {
            0..3 => Assign { task: any, hash: u8::from(rng.random_bool(0.1)) },
            3 => DispatchDue,
            4..6 => Dispatched { task: any, attempt: try_no },
            6 => CancelTask { task: any },
            7 => RetryTask { task: any },
            8..11 => InsertRun { task: any, attempt: try_no },
            11..13 => OpenSession,
            13 if done => CloseSession { session },
            13 | 14 => Reap,
            15..20 | 30 => Claim { session },
            20..25 => Intent { task, attempt, fence, no },
            25..30 => Result { task, attempt, fence, no },
            31 => Finish { task, attempt, fence, done },
            32 => Release { task, attempt, fence },
            33 if done => CancelRun { task: any },
            33 | 34 => PauseRun { task: any },
            35 => ResumeRun { task: any },
            36 | 37 => Outcomes,
            38 => Settle { task: any, attempt: try_no, done },
            39 | 40 => Renew { session },
            41..44 => ResultAndIntent { task, attempt, fence, no },
            44 => FinishWith { task, attempt, fence, no },
            45 => Wait { task, attempt, fence },
            46 => Postpone { task: any, attempt: try_no },
            47 if done => Dead { task: any, attempt: try_no },
            47..51 => {
                let (source, key) = (rng.random_range(0..2), rng.random_range(0..6));
                Feedback { task: any, source, key, late: rng.random_bool(0.2) }
            }
            53 => Expire,
            _ => SettleRetry { task: any, attempt: try_no },
        }
    }
}

/// The database, with names of its own so that many can share one.
pub struct Subject {
    pub storage: Storage,
    pub prefix: String,
    pub sessions: Vec<String>,
    decisions: i64,
}

impl Subject {
    pub fn new(storage: Storage, prefix: String) -> Self {
        Self { storage, prefix, sessions: Vec::new(), decisions: 0 }
    }

    pub fn name(&self, task: u8) -> String {
        format!("{}-{task}", self.prefix)
    }

    fn id(&self, task: u8) -> TaskId {
        id(&self.name(task))
    }

    fn number(&self, task_id: &TaskId) -> u8 {
        task_id.as_str().rsplit('-').next().unwrap().parse().unwrap()
    }

    fn lease(&self, task: u8, attempt: i64, fence: i64) -> RunLease {
        RunLease { task_id: self.id(task), attempt: Attempt(attempt), fence: Fence(fence) }
    }

    fn session(&self, session: usize) -> &str {
        self.sessions.get(session).map_or("nobody", String::as_str)
    }

    fn next_decision(&mut self, at: Micros) -> NewDecision {
        self.decisions += 1;
        NewDecision { decided_at: at, ..decision(&self.prefix, 100 + self.decisions, "tester") }
    }

    /// What the operation answers at the instant `now`, in milliseconds.
    pub async fn apply(&mut self, operation: &Operation, now: i64) -> Answer {
        use Operation::*;
        let at = later(now);
        match *operation {
            Assign { .. }
            | DispatchDue
            | Postpone { .. }
            | Dead { .. }
            | Dispatched { .. }
            | CancelTask { .. }
            | RetryTask { .. } => self.apply_to_task(operation, at).await,
            ResultAndIntent { task, attempt, fence, no } => {
                let lease = self.lease(task, attempt, fence);
                done(self.storage.step_result_and_intent(&lease, result(no), intent(no + 1)).await)
            }
            FinishWith { task, attempt, fence, no } => {
                let lease = self.lease(task, attempt, fence);
                done(self.storage.run_finish(lease, Some(result(no)), completed()).await)
            }
            Wait { task, attempt, fence } => {
                let due = later(now + WAIT_MS);
                done(self.storage.run_wait(self.lease(task, attempt, fence), due).await)
            }
            Feedback { task, source, key, late } => self.hear(task, source, key, late, at).await,
            Intent { task, attempt, fence, no } => {
                done(self.storage.step_intent(&self.lease(task, attempt, fence), intent(no)).await)
            }
            Result { task, attempt, fence, no } => {
                done(self.storage.step_result(&self.lease(task, attempt, fence), result(no)).await)
            }
            Finish { task, attempt, fence, done: well } => {
                let end = if well { completed() } else { failed() };
                done(self.storage.run_finish(self.lease(task, attempt, fence), None, end).await)
            }
            Release { task, attempt, fence } => {
                done(self.storage.run_release(self.lease(task, attempt, fence), at).await)
            }
            CancelRun { task } => asked(self.storage.run_cancel_request(&self.id(task), None, at).await),
            PauseRun { task } => asked(self.storage.run_pause_request(&self.id(task), at).await),
            ResumeRun { task } => asked(self.storage.run_resume(&self.id(task), at).await),
            Outcomes | Settle { .. } | SettleRetry { .. } => self.apply_to_outcome(operation, at).await,
            InsertRun { .. }
            | OpenSession
            | CloseSession { .. }
            | Renew { .. }
            | Reap
            | Expire
            | Claim { .. } => self.apply_to_worker(operation, at).await,
        }
    }

    async fn apply_to_task(&mut self, operation: &Operation, at: Micros) -> Answer {
        match *operation {
            Operation::Assign { task, hash } => {
                let mut assignment = assignment(&self.name(task));
                assignment.task.content_hash = format!("{hash}");
                assignment.task.created_at = at;
                match self.storage.task_assign(assignment).await.unwrap() {
                    Assigned::New => "new".to_owned(),
                    Assigned::Replay(_) => "replay".to_owned(),
                    Assigned::Conflict => "conflict".to_owned(),
                    Assigned::Pruned => "pruned".to_owned(),
                }
            }
            Operation::DispatchDue => {
                let due = self.storage.task_dispatch_due(at, 100).await.unwrap();
                let mut due: Vec<_> =
                    due.iter().map(|i| (self.number(&i.task.task_id), i.attempt.0)).collect();
                due.sort_unstable();
                format!("{due:?}")
            }
            Operation::Postpone { task, attempt } => {
                let due = at.plus_millis(POSTPONE_MS);
                done(self.storage.task_dispatch_postpone(&self.id(task), Attempt(attempt), due, "away").await)
            }
            Operation::Dead { task, attempt } => {
                let why = TaskError { code: "DEAD".to_owned(), message: "nobody takes it".to_owned() };
                match self.storage.task_dispatch_dead(&self.id(task), Attempt(attempt), why, at).await {
                    Ok(Settled::Done { experience_seq }) => {
                        assert!(experience_seq.is_none(), "nothing is learned from what never ran");
                        "done".to_owned()
                    }
                    other => settled(other),
                }
            }
            Operation::Dispatched { task, attempt } => {
                let known = self.storage.task_dispatched(&self.id(task), Attempt(attempt), at).await.unwrap();
                format!("{known:?}")
            }
            Operation::CancelTask { task } => {
                match self.storage.task_cancel_request(&self.id(task), at).await {
                    Ok(Cancel::Done) => "done".to_owned(),
                    Ok(Cancel::Requested(attempt)) => format!("requested {}", attempt.0),
                    Ok(Cancel::Ended(_)) => "ended".to_owned(),
                    Err(error) => refusal(error),
                }
            }
            Operation::RetryTask { task } => {
                let decision = self.next_decision(at);
                let retried = self.storage.task_retry(&self.id(task), decision).await;
                retried.map_or_else(refusal, |attempt| attempt.0.to_string())
            }
            _ => unreachable!("not about a task"),
        }
    }

    async fn apply_to_worker(&mut self, operation: &Operation, at: Micros) -> Answer {
        match *operation {
            Operation::InsertRun { task, attempt } => {
                let deadline_at = (task % 2 == 1).then(|| at.plus_millis(DEADLINE_MS));
                let run = NewRun { created_at: at, deadline_at, ..new_run(&self.name(task), attempt) };
                match self.storage.run_insert(run).await.unwrap() {
                    Inserted::New => "new".to_owned(),
                    Inserted::Existing(_) => "existing".to_owned(),
                    Inserted::Conflict => "conflict".to_owned(),
                }
            }
            Operation::OpenSession => {
                let session = self.storage.session_open("host", 1, TTL_MS, at).await.unwrap();
                self.sessions.push(session.session_id);
                "()".to_owned()
            }
            Operation::CloseSession { session } => {
                self.storage.session_close(self.session(session), at).await.unwrap().to_string()
            }
            Operation::Renew { session } => {
                done(self.storage.session_renew(self.session(session), TTL_MS, at).await)
            }
            Operation::Reap => {
                let reaped = self.storage.sessions_reap(at).await.unwrap();
                format!("{:?}", (reaped.requeued, reaped.poisoned, reaped.stopped))
            }
            Operation::Expire => self.storage.runs_expire(at, 100).await.unwrap().to_string(),
            Operation::Claim { session } => {
                match self.storage.run_claim(self.session(session), 1, at).await {
                    Ok(runs) if runs.is_empty() => "nothing".to_owned(),
                    Ok(runs) => {
                        let lease = runs[0].lease();
                        format!("{:?}", (self.number(&lease.task_id), lease.attempt.0, lease.fence.0))
                    }
                    Err(error) => refusal(error),
                }
            }
            _ => unreachable!("not about a worker"),
        }
    }

    /// A word about a task, combined and guarded as the orchestrator does it.
    async fn hear(&mut self, task: u8, source: u8, key: u8, late: bool, at: Micros) -> Answer {
        let id = self.id(task);
        let Some(words) = self.storage.feedback_list(&id).await.unwrap() else {
            return "not found".to_owned();
        };
        let view = self.storage.task_find(&id).await.unwrap().unwrap();
        let learned = view.own_status.is_terminal();
        let feedback = NewFeedback {
            task_id: id,
            source: format!("source-{source}"),
            reward: 0.5,
            kind: "reward".to_owned(),
            comment: None,
            idempotency_key: Some(format!("key-{key}")),
            at,
        };
        let put = FeedbackPut {
            feedback,
            combined_reward: 0.5,
            expected_version: words.reward_version - i64::from(late),
            experience: learned.then(|| experience(&self.name(task), view.attempt.0, 0.5)),
        };
        match self.storage.feedback_put(put).await {
            Ok(stored) if stored.duplicate => "duplicate".to_owned(),
            Ok(stored) => {
                assert_eq!(stored.experience_seq.is_some(), learned);
                if stored.replaced { "replaced" } else { "new" }.to_owned()
            }
            Err(error) => refusal(error),
        }
    }

    async fn apply_to_outcome(&mut self, operation: &Operation, at: Micros) -> Answer {
        match *operation {
            Operation::Settle { task, attempt, done } => {
                let version =
                    self.storage.task_find(&self.id(task)).await.unwrap().map_or(0, |v| v.reward_version);
                let settle = Settle {
                    status: if done { TaskStatus::Completed } else { TaskStatus::Failed },
                    reward_version: version,
                    ..settle(&self.name(task), attempt, 0.5)
                };
                settled(self.storage.task_settle(settle).await)
            }
            Operation::SettleRetry { task, attempt } => {
                let retry = SettleRetry {
                    task_id: self.id(task),
                    attempt: Attempt(attempt),
                    error: None,
                    experience: Some(experience(&self.name(task), attempt, 0.0)),
                    decision: self.next_decision(at),
                    due_at: at,
                    at,
                };
                settled(self.storage.task_settle_retry(retry).await)
            }
            _ => {
                let outcomes = self.storage.outcomes_unsettled(100).await.unwrap();
                let keys =
                    outcomes.iter().map(|o| (self.number(&o.task.task_id), o.attempt.0)).collect::<Vec<_>>();
                format!("{keys:?}")
            }
        }
    }
}

fn refusal(error: Error) -> Answer {
    match error {
        Error::Stale => "stale".to_owned(),
        Error::NotFound(_) => "not found".to_owned(),
        Error::Conflict(_) => "conflict".to_owned(),
        other => panic!("{other:?}"),
    }
}

fn done(result: Result<()>) -> Answer {
    result.map_or_else(refusal, |()| "ok".to_owned())
}

fn settled(result: Result<Settled>) -> Answer {
    match result {
        Ok(Settled::Done { experience_seq }) => {
            assert!(experience_seq.is_some(), "a settlement with a reward must be learned from");
            "done".to_owned()
        }
        Ok(Settled::Already) => "already".to_owned(),
        Err(error) => refusal(error),
    }
}

fn asked(result: Result<RunAsked>) -> Answer {
    match result {
        Ok(RunAsked::Done) => "done".to_owned(),
        Ok(RunAsked::Requested) => "requested".to_owned(),
        Ok(RunAsked::Ignored(_)) => "ignored".to_owned(),
        Err(error) => refusal(error),
    }
}
