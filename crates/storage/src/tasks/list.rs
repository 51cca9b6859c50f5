//! Listing tasks: filters, three orders, keyset pages.

use super::columns::{DECISION, JOINED, STATE, TASK, view};
use super::visible;
use crate::sql::{Value, built};
use crate::{Listing, Order, Page, Result, Storage, TaskFilter, TaskView};

impl Storage {
    /// The tasks that a filter lets through.
    pub async fn task_list(&self, filter: &TaskFilter, page: &Page) -> Result<Listing<TaskView>> {
        let (text, values) = statement(filter, page)?;
        let rows = built(text).bind_all(values).rows(&mut self.read().await?).await?;
        let views = rows.iter().map(view).collect::<Result<Vec<_>>>()?;
        Ok(Listing::cut(views, page.size(), |view| {
            (view.task.priority.get(), view.task.created_at.0, view.task.task_id.as_str().to_owned())
        }))
    }
}

/// The statement and what is bound in it. Conditions that are not asked for are left out, since a condition that is
/// always there and sometimes true keeps both databases from using an index.
pub(crate) fn statement(filter: &TaskFilter, page: &Page) -> Result<(String, Vec<Value>)> {
    let mut conditions = Conditions::default();
    if !filter.statuses.is_empty() {
        conditions.texts.push(visible::condition(&filter.statuses));
    }
    conditions.compare("t.agent_id =", filter.agent_id.as_ref());
    conditions.compare("t.priority >=", filter.priority_min);
    conditions.compare("t.priority <=", filter.priority_max);
    conditions.compare("t.created_at >=", filter.since);
    conditions.compare("t.created_at <", filter.until);
    conditions.contains(["t.description", "t.task_id"], filter.text.as_deref());
    let order = match filter.order {
        Order::Newest => "t.created_at DESC, t.task_id DESC",
        Order::Oldest => "t.created_at, t.task_id",
        Order::Priority => "t.priority DESC, t.created_at DESC, t.task_id DESC",
    };
    if let Some((priority, created_at, task_id)) = page.after::<(i64, i64, String)>()? {
        let rest = [created_at.into(), task_id.into()];
        match filter.order {
            Order::Newest => conditions.after("(t.created_at, t.task_id) <", rest.into()),
            Order::Oldest => conditions.after("(t.created_at, t.task_id) >", rest.into()),
            Order::Priority => {
                let key = std::iter::once(priority.into()).chain(rest).collect();
                conditions.after("(t.priority, t.created_at, t.task_id) <", key);
            }
        }
    }
    let (place, wanted) = (conditions.values.len() + 1, conditions.clause());
    let text =
        format!("SELECT {TASK}, {STATE}, {DECISION} {JOINED} {wanted} ORDER BY {order} LIMIT ${place}");
    conditions.values.push((page.size() + 1).into());
    Ok((text, conditions.values))
}

/// A WHERE clause that grows.
#[derive(Default)]
pub(crate) struct Conditions {
    pub(crate) texts: Vec<String>,
    pub(crate) values: Vec<Value>,
}

impl Conditions {
    /// `left $n`, when there is something to compare with.
    pub(crate) fn compare<V>(&mut self, left: &str, value: Option<V>)
    where
        Value: From<V>,
    {
        if let Some(value) = value {
            self.values.push(value.into());
            self.texts.push(format!("{left} ${}", self.values.len()));
        }
    }

    /// One of the columns contains `part`, literally, in any case of ASCII letters.
    pub(crate) fn contains(&mut self, columns: [&str; 2], part: Option<&str>) {
        let Some(part) = part.filter(|part| !part.is_empty()) else { return };
        let escaped = part.to_ascii_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        self.values.push(format!("%{escaped}%").into());
        let place = self.values.len();
        let either = columns.map(|column| format!("LOWER({column}) LIKE ${place} ESCAPE '\\'"));
        self.texts.push(format!("({})", either.join(" OR ")));
    }

    /// The row comes after the key of the page before.
    pub(crate) fn after(&mut self, left: &str, key: Vec<Value>) {
        let first = self.values.len() + 1;
        let places: Vec<_> = (first..first + key.len()).map(|place| format!("${place}")).collect();
        self.texts.push(format!("{left} ({})", places.join(", ")));
        self.values.extend(key);
    }

    pub(crate) fn clause(&self) -> String {
        if self.texts.is_empty() { String::new() } else { format!("WHERE {}", self.texts.join(" AND ")) }
    }
}
