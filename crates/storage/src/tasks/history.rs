//! The history of tasks: status changes and decisions.

use task_model::{Attempt, Micros, TaskId, TaskStatus};

use super::columns::{DECISION, decision_record};
use crate::sql::{BatchSql, Connection, Row, Type, built, sql};
use crate::{DecisionRecord, Kind, Result, Storage, TaskEvent};

impl Storage {
    /// The history of one task after `after_seq` (0 for all of it). Whoever appends holds the task's row, so its lines are committed in
    /// their order on both databases.
    pub async fn task_events(&self, task_id: &TaskId, after_seq: i64) -> Result<Vec<TaskEvent>> {
        const SELECT: &str = "SELECT seq, task_id, attempt, status, detail, at FROM task_events \
                              WHERE task_id = $1 AND seq > $2 ORDER BY seq";
        let rows = sql(SELECT).bind(task_id).bind(after_seq).rows(&mut self.read().await?).await?;
        rows.iter().map(event).collect()
    }

    /// The history of all tasks after `after_seq`, in the order of `seq`: nothing ever appears before what was once returned here.
    ///
    /// On PostgreSQL this ends before the first line that a transaction under way may still come in front of.
    pub async fn events_after(&self, after_seq: i64, limit: usize) -> Result<Vec<TaskEvent>> {
        let mut connection = self.read().await?;
        let events = page(&mut connection, after_seq, i64::MAX, limit).await?;
        if connection.kind() == Kind::Sqlite || is_without_gap(after_seq, &events) {
            return Ok(events);
        }
        let settled = settled(&mut connection).await?;
        page(&mut connection, after_seq, settled, limit).await
    }

    /// The place of the latest line, for those who want only what comes after it.
    pub async fn events_end(&self) -> Result<i64> {
        settled(&mut self.read().await?).await
    }

    /// All decisions for a task, in the order of its attempts.
    pub async fn decisions_list(&self, task_id: &TaskId) -> Result<Vec<DecisionRecord>> {
        let select = built(format!(
            "SELECT d.task_id, d.attempt AS d_attempt, {DECISION} FROM decisions d WHERE d.task_id = $1 ORDER BY d.attempt"
        ));
        let rows = select.bind(task_id).rows(&mut self.read().await?).await?;
        rows.iter().map(decision_record).collect()
    }
}

async fn page(
    connection: &mut Connection,
    after_seq: i64,
    up_to: i64,
    limit: usize,
) -> Result<Vec<TaskEvent>> {
    const SELECT: &str = "SELECT seq, task_id, attempt, status, detail, at FROM task_events \
                          WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT CAST($3 AS BIGINT)";
    let rows = sql(SELECT).bind(after_seq).bind(up_to).bind(limit).rows(connection).await?;
    rows.iter().map(event).collect()
}

/// Nearly always: what was given back by a failed transaction leaves a gap, and what is not committed yet looks like one.
fn is_without_gap(after_seq: i64, events: &[TaskEvent]) -> bool {
    events.iter().zip(after_seq + 1..).all(|(event, expected)| event.seq == expected)
}

/// Up to where nothing can appear any more, for statements after this one.
async fn settled(connection: &mut Connection) -> Result<i64> {
    const SQLITE: &str = "SELECT COALESCE(MAX(seq), 0) AS settled FROM task_events";
    const POSTGRES: &str = "SELECT task_events_settled() AS settled";
    let row = sql(connection.choose(SQLITE, POSTGRES)).row(connection).await?;
    row.map_or(Ok(0), |row| row.int("settled"))
}

fn event(row: &Row) -> Result<TaskEvent> {
    Ok(TaskEvent {
        seq: row.int("seq")?,
        task_id: row.task_id()?,
        attempt: row.attempt("attempt")?,
        status: row.word("status", TaskStatus::parse)?,
        detail: row.opt_text("detail")?,
        at: row.micros("at")?,
    })
}

/// A line to be appended.
pub(crate) struct NewEvent<'a> {
    task_id: &'a TaskId,
    attempt: Attempt,
    status: TaskStatus,
    detail: Option<&'a str>,
    at: Micros,
}

impl<'a> NewEvent<'a> {
    pub(crate) fn new(task_id: &'a TaskId, attempt: Attempt, status: TaskStatus, at: Micros) -> Self {
        Self { task_id, attempt, status, detail: None, at }
    }

    pub(crate) fn detail(self, detail: Option<&'a str>) -> Self {
        Self { detail, ..self }
    }
}

static EVENTS: BatchSql = BatchSql::new(
    &[
        ("task_id", Type::Text),
        ("attempt", Type::Int),
        ("status", Type::Text),
        ("detail", Type::Text),
        ("at", Type::Int),
    ],
    "INSERT INTO task_events (task_id, attempt, status, detail, at) \
     SELECT task_id, attempt, status, detail, at FROM {rows}",
);

/// Appends to the history.
pub(crate) async fn append_events<'a>(
    connection: &mut Connection,
    events: impl Iterator<Item = NewEvent<'a>>,
) -> Result<()> {
    let row = |event: NewEvent<'a>| {
        vec![
            event.task_id.into(),
            event.attempt.into(),
            event.status.as_str().into(),
            event.detail.into(),
            event.at.into(),
        ]
    };
    EVENTS.run(connection, events.map(row).collect()).await.map(drop)
}
