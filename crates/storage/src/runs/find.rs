//! Finding and listing runs.

use task_model::{Attempt, TaskId};

use super::columns::{RUN, record};
use crate::sql::{Conditions, Value, built, sql};
use crate::{Listing, Order, Page, Result, RunFilter, RunRecord, Storage};

impl Storage {
    /// The runs that a session holds.
    pub async fn runs_held(&self, session_id: &str) -> Result<Vec<RunRecord>> {
        let select = built(format!("SELECT {RUN} FROM runs r WHERE r.session_id = $1"));
        select.bind(session_id).rows(&mut self.read().await?).await?.iter().map(record).collect()
    }

    /// A run; the latest attempt unless one is named.
    pub async fn run_find(&self, task_id: &TaskId, attempt: Option<Attempt>) -> Result<Option<RunRecord>> {
        let which = if attempt.is_some() { "AND r.attempt = $2" } else { "" };
        let select = built(format!(
            "SELECT {RUN} FROM runs r WHERE r.task_id = $1 {which} ORDER BY r.attempt DESC LIMIT 1"
        ));
        let select = select.bind(task_id).bind_all(attempt.map(Value::from));
        select.row(&mut self.read().await?).await?.as_ref().map(record).transpose()
    }

    /// The runs that a filter lets through.
    pub async fn run_list(&self, filter: &RunFilter, page: &Page) -> Result<Listing<RunRecord>> {
        let (text, values) = statement(filter, page)?;
        let rows = built(text).bind_all(values).rows(&mut self.read().await?).await?;
        let records = rows.iter().map(record).collect::<Result<Vec<_>>>()?;
        Ok(Listing::cut(records, page.size(), |record| {
            (record.run.created_at.0, record.run.task_id.as_str().to_owned(), record.run.attempt.0)
        }))
    }

    /// How many runs have each status. Reads an index: cheap, not free.
    pub async fn run_counts(&self) -> Result<Vec<(String, i64)>> {
        const SELECT: &str = "SELECT status, COUNT(*) AS runs FROM runs GROUP BY status ORDER BY status";
        let rows = sql(SELECT).rows(&mut self.read().await?).await?;
        rows.iter().map(|row| Ok((row.text("status")?, row.int("runs")?))).collect()
    }
}

/// The statement and what is bound in it.
pub(crate) fn statement(filter: &RunFilter, page: &Page) -> Result<(String, Vec<Value<'static>>)> {
    let mut wanted = Conditions::default();
    if !filter.statuses.is_empty() {
        let words: Vec<_> = filter.statuses.iter().map(|status| format!("'{}'", status.as_str())).collect();
        wanted.text(format!("r.status IN ({})", words.join(", ")));
    }
    wanted.compare("r.agent_id =", filter.agent_id.as_ref());
    wanted.compare("r.created_at >=", filter.since);
    wanted.compare("r.created_at <", filter.until);
    wanted.contains(["r.task", "r.task_id"], filter.text.as_deref());
    let (sign, direction) = if filter.order == Order::Oldest { (">", "ASC") } else { ("<", "DESC") };
    if let Some((created_at, task_id, attempt)) = page.after::<(i64, String, i64)>()? {
        let key = vec![created_at.into(), task_id.into(), attempt.into()];
        wanted.after(&format!("(r.created_at, r.task_id, r.attempt) {sign}"), key);
    }
    let (limit, clause) = (wanted.bind(page.size() + 1), wanted.clause(None));
    let text = format!(
        "SELECT {RUN} FROM runs r {clause} \
         ORDER BY r.created_at {direction}, r.task_id {direction}, r.attempt {direction} LIMIT {limit}"
    );
    Ok((text, wanted.into_values()))
}
