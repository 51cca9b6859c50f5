//! Runs that their worker gives back: for later, for a person, or because the worker ends.
//!
//! Whoever asked meanwhile to stop or pause such a run gets it now.

use task_model::{FailureCode, Micros};

use super::columns::tell;
use crate::sql::{Connection, Value, built};
use crate::{Error, Result, RunLease, Signal, Storage, TaskError};

impl Storage {
    /// Gives a run back until `due_at` as `waiting`. [`Error::Stale`] when the lease was lost.
    pub async fn run_wait(&self, lease: RunLease, due_at: Micros) -> Result<()> {
        self.give_back(Given { lease, status: "waiting", due_at: Some(due_at), why: None }).await
    }

    /// Gives a run back until `due_at` as `queued`, after infrastructure trouble. [`Error::Stale`] when the lease was lost.
    pub async fn run_release(&self, lease: RunLease, due_at: Micros) -> Result<()> {
        self.give_back(Given { lease, status: "queued", due_at: Some(due_at), why: None }).await
    }

    /// Gives a run back as `needs_review`, for a person to decide. [`Error::Stale`] when the lease was lost.
    pub async fn run_review(&self, lease: RunLease, why: TaskError) -> Result<()> {
        self.give_back(Given { lease, status: "needs_review", due_at: None, why: Some(why) }).await
    }

    /// The worker noticed the request to pause: the run is `paused` and nobody's. [`Error::Stale`] when the lease was lost.
    pub async fn run_paused(&self, lease: RunLease) -> Result<()> {
        self.give_back(Given { lease, status: "paused", due_at: None, why: None }).await
    }

    async fn give_back(&self, given: Given) -> Result<()> {
        let signals = &[Signal::RunQueued, Signal::RunFinished, Signal::TaskChanged];
        self.write(given, signals, |connection, given| Box::pin(give(connection, given))).await
    }
}

struct Given {
    lease: RunLease,
    status: &'static str,
    due_at: Option<Micros>,
    why: Option<TaskError>,
}

async fn give(connection: &mut Connection, given: &Given) -> Result<()> {
    let more =
        "due_at = COALESCE($1, due_at), releases = releases + CASE WHEN $2 = 'queued' THEN 1 ELSE 0 END";
    let binds = vec![
        given.due_at.into(),
        given.status.into(),
        (&given.lease.task_id).into(),
        given.lease.attempt.into(),
        given.lease.fence.into(),
        given.why.as_ref().map(|why| &why.code).into(),
        given.why.as_ref().map(|why| &why.message).into(),
    ];
    let change = Change { status: "$2", more, code: "$6", message: "$7" };
    let whose = "task_id = $3 AND attempt = $4 AND fence = $5 AND session_id IS NOT NULL";
    let returned = return_runs(connection, change, whose, binds).await?;
    if returned.total == 0 { Err(Error::Stale) } else { Ok(()) }
}

/// What returned runs become, in SQL.
pub(crate) struct Change<'a> {
    /// The status, unless somebody asked for another.
    pub(crate) status: &'a str,
    /// Assignments to other columns.
    pub(crate) more: &'a str,
    /// The error's code.
    pub(crate) code: &'a str,
    /// The error's message.
    pub(crate) message: &'a str,
}

/// What they became.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Returned {
    pub(crate) total: usize,
    pub(crate) queued: usize,
    pub(crate) needs_review: usize,
}

/// Takes runs from their workers: the fence moves on, so nothing that the worker still sends is accepted.
pub(crate) async fn return_runs(
    connection: &mut Connection,
    Change { status, more, code, message }: Change<'_>,
    whose: &str,
    binds: Vec<Value<'_>>,
) -> Result<Returned> {
    let cancelled = FailureCode::CANCELLED;
    let update = built(format!(
        "UPDATE runs SET status = CASE WHEN cancel_at IS NOT NULL THEN 'cancelled' \
             WHEN pause_at IS NOT NULL AND {status} <> 'needs_review' THEN 'paused' ELSE {status} END, \
         error_code = CASE WHEN cancel_at IS NOT NULL THEN '{cancelled}' ELSE {code} END, \
         error_message = CASE WHEN cancel_at IS NOT NULL THEN 'stopped on request' ELSE {message} END, \
         blame = CASE WHEN cancel_at IS NOT NULL THEN 'nobody' END, \
         finished_at = cancel_at, pause_at = NULL, session_id = NULL, fence = fence + 1, {more} \
         WHERE {whose} RETURNING task_id, attempt, status, finished_at"
    ));
    let rows = update.bind_all(binds).rows(connection).await?;
    let mut returned = Returned { total: rows.len(), ..Returned::default() };
    let mut finished = Vec::new();
    for row in &rows {
        match row.text("status")?.as_str() {
            "cancelled" => {
                finished.push((row.task_id()?, row.attempt("attempt")?, row.opt_micros("finished_at")?))
            }
            "queued" => returned.queued += 1,
            "needs_review" => returned.needs_review += 1,
            _ => {}
        }
    }
    let events = finished.iter().map(|(id, attempt, at)| (id, *attempt, at.unwrap_or_default()));
    tell(connection, "finished", events).await?;
    Ok(returned)
}
