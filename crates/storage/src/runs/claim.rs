//! Claiming runs: each to one live session, under a fence of its own.

use std::cmp::Reverse;

use task_model::Micros;

use super::columns::{RUN, record};
use crate::sql::{Connection, built, sql};
use crate::tasks::columns::without_alias;
use crate::{Error, Kind, Result, RunRecord, Signal, Storage};

impl Storage {
    /// Takes up to `n` due runs for a live session, the most urgent first. [`Error::Stale`] when the session is over.
    pub async fn run_claim(&self, session_id: &str, n: usize, now: Micros) -> Result<Vec<RunRecord>> {
        if n == 0 || !self.anything_queued(now).await? {
            return Ok(Vec::new());
        }
        let args = (session_id.to_owned(), n, now);
        self.write(args, &[Signal::TaskChanged], |connection, args| Box::pin(claim(connection, args))).await
    }

    /// A look that costs no commit.
    async fn anything_queued(&self, now: Micros) -> Result<bool> {
        let select = built(due(self.kind(), "$1", "1"));
        Ok(select.bind(now).row(&mut self.read().await?).await?.is_some())
    }
}

/// Which runs are next.
pub(crate) fn due(kind: Kind, now: &str, limit: &str) -> String {
    // Left alone, SQLite takes the index on the status and sorts the whole queue for every claim.
    let queue = if kind == Kind::Sqlite { "runs INDEXED BY runs_queue" } else { "runs" };
    format!(
        "SELECT task_id, attempt FROM {queue} WHERE status IN ('queued', 'waiting') AND session_id IS NULL \
         AND due_at <= {now} ORDER BY priority DESC, due_at LIMIT {limit}"
    )
}

async fn claim(
    connection: &mut Connection,
    (session_id, n, now): &(String, usize, Micros),
) -> Result<Vec<RunRecord>> {
    check_live(connection, session_id, *now).await?;
    let due = due(connection.kind(), "$2", "$3");
    // PostgreSQL may run a plain subquery with SKIP LOCKED more than once; a materialized one is made once.
    let (with, due) = match connection.kind() {
        Kind::Sqlite => (String::new(), due),
        Kind::Postgres => {
            let with = format!("WITH due AS MATERIALIZED ({due} FOR UPDATE SKIP LOCKED)");
            (with, "SELECT task_id, attempt FROM due".to_owned())
        }
    };
    let claim = built(format!(
        "{with} UPDATE runs SET status = 'running', session_id = $1, fence = fence + 1, \
             started_at = COALESCE(started_at, $2) \
         WHERE (task_id, attempt) IN ({due}) RETURNING {}",
        without_alias(RUN)
    ));
    let rows = claim.bind(session_id).bind(*now).bind(*n).rows(connection).await?;
    let mut runs = rows.iter().map(record).collect::<Result<Vec<_>>>()?;
    runs.sort_by_key(|record| (Reverse(record.run.priority), record.due_at));
    Ok(runs)
}

/// The session lives, and cannot end before this transaction does.
async fn check_live(connection: &mut Connection, session_id: &str, now: Micros) -> Result<()> {
    const SELECT: &str = "SELECT 1 AS one FROM worker_sessions WHERE session_id = $1 AND closed_at IS NULL \
                          AND expires_at > $2";
    const LOCKED: &str = "SELECT 1 AS one FROM worker_sessions WHERE session_id = $1 AND closed_at IS NULL \
                          AND expires_at > $2 FOR SHARE";
    let live = sql(connection.choose(SELECT, LOCKED)).bind(session_id).bind(now).row(connection).await?;
    live.map(drop).ok_or(Error::Stale)
}
