//! Listing tasks: filters, three orders, keyset pages.

use super::columns::{DECISION, JOINED, STATE, TASK, view};
use super::visible;
use crate::sql::{Conditions, Value, built};
use crate::{Listing, Order, Page, Result, Storage, TaskFilter, TaskView};

impl Storage {
    /// The tasks that a filter lets through. A search text is looked for in row after row; every other filter has an index.
    pub async fn task_list(&self, filter: &TaskFilter, page: &Page) -> Result<Listing<TaskView>> {
        let (text, values) = statement(filter, page)?;
        let rows = built(text).bind_all(values).rows(&mut self.read().await?).await?;
        let views = rows.iter().map(view).collect::<Result<Vec<_>>>()?;
        Ok(Listing::cut(views, page.size(), |view| {
            (view.task.priority.get(), view.task.created_at.0, view.task.task_id.as_str().to_owned())
        }))
    }
}

/// The statement and what is bound in it.
pub(crate) fn statement(filter: &TaskFilter, page: &Page) -> Result<(String, Vec<Value<'static>>)> {
    let mut wanted = Conditions::default();
    wanted.compare("t.agent_id =", filter.agent_id.as_ref());
    wanted.compare("t.tenant =", filter.tenant.as_ref());
    wanted.compare("COALESCE(t.error_code, r.error_code) =", filter.code.as_ref());
    wanted.compare("t.priority >=", filter.priority_min);
    wanted.compare("t.priority <=", filter.priority_max);
    wanted.compare("t.created_at >=", filter.since);
    wanted.compare("t.created_at <", filter.until);
    wanted.contains(["t.description", "t.task_id"], filter.text.as_deref());
    begin_after(&mut wanted, filter.order, page)?;
    let order = match filter.order {
        Order::Newest => "t.created_at DESC, t.task_id DESC",
        Order::Oldest => "t.created_at, t.task_id",
        Order::Priority => "t.priority DESC, t.created_at DESC, t.task_id DESC",
    };
    let order = format!("ORDER BY {order} LIMIT {}", wanted.bind(page.size() + 1));
    let which =
        if filter.statuses.is_empty() { wanted.clause(None) } else { by_status(filter, &wanted, &order) };
    Ok((format!("SELECT {TASK}, {STATE}, {DECISION} {JOINED} {which} {order}"), wanted.into_values()))
}

fn begin_after(wanted: &mut Conditions, order: Order, page: &Page) -> Result<()> {
    let Some((priority, created_at, task_id)) = page.after::<(i64, i64, String)>()? else { return Ok(()) };
    let (created_at, task_id) = (Value::from(created_at), Value::from(task_id));
    match order {
        Order::Newest => wanted.after("(t.created_at, t.task_id) <", vec![created_at, task_id]),
        Order::Oldest => wanted.after("(t.created_at, t.task_id) >", vec![created_at, task_id]),
        Order::Priority => {
            wanted
                .after("(t.priority, t.created_at, t.task_id) <", vec![priority.into(), created_at, task_id]);
        }
    }
    Ok(())
}

/// The first page of each stored status, put together: each is read in order from its index and stops at the limit.
/// One condition over several statuses would sort all of their tasks for every page.
fn by_status(filter: &TaskFilter, wanted: &Conditions, order: &str) -> String {
    let first_of_each = visible::conditions(&filter.statuses).into_iter().enumerate().map(|(n, status)| {
        let clause = wanted.clause(Some(&status));
        format!(
            "SELECT task_id FROM (SELECT t.task_id FROM tasks t LEFT JOIN runs r ON r.task_id = t.task_id \
             AND r.attempt = t.attempt {clause} {order}) AS page_{n}"
        )
    });
    format!("WHERE t.task_id IN ({})", first_of_each.collect::<Vec<_>>().join(" UNION ALL "))
}
