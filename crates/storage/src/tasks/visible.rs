//! Filtering by the status that ports show, in SQL, without saying a second time what that status is.

use std::collections::BTreeSet;

use task_model::{RunStatus, TaskStatus, visible_status};

/// A condition on `t.status` and `r.status` that holds exactly where [`visible_status`] is one of `wanted`.
///
/// The first half names the states of the task's own row, for the index; the second half names the pairs.
pub(super) fn condition(wanted: &[TaskStatus]) -> String {
    let mut own = BTreeSet::new();
    let mut pairs = Vec::new();
    for task in TaskStatus::ALL {
        for run in runs() {
            if wanted.contains(&visible_status(task, run)) {
                own.insert(task.as_str());
                pairs.push(format!("'{}/{}'", task.as_str(), run.map_or("", RunStatus::as_str)));
            }
        }
    }
    let own: Vec<_> = own.into_iter().map(|status| format!("'{status}'")).collect();
    format!(
        "t.status IN ({}) AND t.status || '/' || COALESCE(r.status, '') IN ({})",
        own.join(", "),
        pairs.join(", ")
    )
}

fn runs() -> impl Iterator<Item = Option<RunStatus>> {
    let words = TaskStatus::ALL.into_iter().filter_map(|status| RunStatus::parse(status.as_str()).ok());
    words.map(Some).chain([None])
}
