//! Worker sessions: leases belong to them, so one renewal a second serves all runs of a worker.

use task_model::{FailureCode, Micros};
use uuid::Uuid;

use crate::runs::give_back::{Change, Returned, return_runs};
use crate::sql::{Connection, Row, sql};
use crate::{Error, Reaped, Result, Signal, Storage, WorkerSession};

/// So many dead workers make a run poison.
const DEATHS_OF_POISON: i64 = 2;

/// How long the rows of ended sessions are kept, for people who look for reasons.
const KEEP_ENDED_MS: i64 = 24 * 3_600 * 1_000;

const SIGNALS: &[Signal] = &[Signal::RunQueued, Signal::RunFinished, Signal::TaskChanged];

impl Storage {
    /// Opens a session that lives until `now + ttl_ms` unless it renews.
    pub async fn session_open(
        &self,
        host: &str,
        pid: i64,
        ttl_ms: i64,
        now: Micros,
    ) -> Result<WorkerSession> {
        let session = WorkerSession {
            session_id: Uuid::now_v7().to_string(),
            host: host.to_owned(),
            pid,
            opened_at: now,
            expires_at: now.plus_millis(ttl_ms),
        };
        self.write(session.clone(), &[], |connection, session| Box::pin(open(connection, session))).await?;
        Ok(session)
    }

    /// Lives on until `now + ttl_ms`. [`Error::Stale`] when it was reaped or closed: its runs are others' now.
    pub async fn session_renew(&self, session_id: &str, ttl_ms: i64, now: Micros) -> Result<()> {
        let args = (session_id.to_owned(), now.plus_millis(ttl_ms));
        self.write(args, &[], |connection, args| Box::pin(renew(connection, args))).await
    }

    /// Ends a session in good order; its runs wait for another worker. Returns how many.
    pub async fn session_close(&self, session_id: &str, now: Micros) -> Result<usize> {
        let args = (session_id.to_owned(), now);
        self.write(args, SIGNALS, |connection, args| Box::pin(close(connection, args))).await
    }

    /// Ends all expired sessions; their runs wait for another worker, or for a person after two deaths.
    pub async fn sessions_reap(&self, now: Micros) -> Result<Reaped> {
        const EXPIRED: &str =
            "SELECT 1 AS one FROM worker_sessions WHERE closed_at IS NULL AND expires_at <= $1 LIMIT 1";
        if sql(EXPIRED).bind(now).row(&mut self.read().await?).await?.is_none() {
            return Ok(Reaped::default());
        }
        self.write(now, SIGNALS, |connection, now| Box::pin(reap(connection, *now))).await
    }

    /// The live sessions.
    pub async fn session_list(&self) -> Result<Vec<WorkerSession>> {
        const SELECT: &str = "SELECT * FROM worker_sessions WHERE closed_at IS NULL ORDER BY opened_at";
        sql(SELECT).rows(&mut self.read().await?).await?.iter().map(session).collect()
    }
}

fn session(row: &Row) -> Result<WorkerSession> {
    Ok(WorkerSession {
        session_id: row.text("session_id")?,
        host: row.text("host")?,
        pid: row.int("pid")?,
        opened_at: row.micros("opened_at")?,
        expires_at: row.micros("expires_at")?,
    })
}

async fn open(connection: &mut Connection, session: &WorkerSession) -> Result<()> {
    const INSERT: &str = "INSERT INTO worker_sessions (session_id, host, pid, opened_at, expires_at) \
                          VALUES ($1, $2, $3, $4, $5)";
    let insert = sql(INSERT).bind(&session.session_id).bind(&session.host).bind(session.pid);
    insert.bind(session.opened_at).bind(session.expires_at).execute(connection).await.map(drop)
}

async fn renew(connection: &mut Connection, (session_id, expires_at): &(String, Micros)) -> Result<()> {
    const UPDATE: &str =
        "UPDATE worker_sessions SET expires_at = $1 WHERE session_id = $2 AND closed_at IS NULL";
    let renewed = sql(UPDATE).bind(*expires_at).bind(session_id).execute(connection).await?;
    if renewed == 0 { Err(Error::Stale) } else { Ok(()) }
}

async fn close(connection: &mut Connection, (session_id, now): &(String, Micros)) -> Result<usize> {
    const UPDATE: &str =
        "UPDATE worker_sessions SET closed_at = $1 WHERE session_id = $2 AND closed_at IS NULL";
    sql(UPDATE).bind(*now).bind(session_id).execute(connection).await?;
    let change =
        Change { status: "'queued'", more: "due_at = $1", code: "error_code", message: "error_message" };
    let returned =
        return_runs(connection, change, "session_id = $2", vec![(*now).into(), session_id.into()]).await?;
    Ok(returned.total)
}

async fn reap(connection: &mut Connection, now: Micros) -> Result<Reaped> {
    const UPDATE: &str = "UPDATE worker_sessions SET closed_at = $1 WHERE closed_at IS NULL AND expires_at <= $1 \
                          RETURNING session_id";
    let mut reaped = Reaped::default();
    for row in sql(UPDATE).bind(now).rows(connection).await? {
        let returned = bury(connection, &row.text("session_id")?, now).await?;
        reaped.requeued += returned.queued;
        reaped.poisoned += returned.needs_review;
        reaped.stopped += returned.total - returned.queued - returned.needs_review;
    }
    const FORGET: &str = "DELETE FROM worker_sessions WHERE closed_at < $1";
    sql(FORGET).bind(now.plus_millis(-KEEP_ENDED_MS)).execute(connection).await?;
    Ok(reaped)
}

/// Gives the runs of a dead worker to others, except those that have killed enough.
async fn bury(connection: &mut Connection, session_id: &str, now: Micros) -> Result<Returned> {
    let poison = format!("worker_deaths + 1 >= {DEATHS_OF_POISON}");
    let status = format!("CASE WHEN {poison} THEN 'needs_review' ELSE 'queued' END");
    let code = format!("CASE WHEN {poison} THEN '{}' END", FailureCode::POISON);
    let message = format!("CASE WHEN {poison} THEN 'two workers died on this run' END");
    let more = "worker_deaths = worker_deaths + 1, due_at = $1";
    let change = Change { status: &status, more, code: &code, message: &message };
    return_runs(connection, change, "session_id = $2", vec![now.into(), session_id.into()]).await
}
