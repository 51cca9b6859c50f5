//! Filtering by the status that ports show, in SQL, without saying a second time what that status is.

use task_model::{RunStatus, TaskStatus, visible_status};

/// What a task's own row ever says.
const STORED: [TaskStatus; 7] = [
    TaskStatus::Assigned,
    TaskStatus::Paused,
    TaskStatus::Queued,
    TaskStatus::NeedsReview,
    TaskStatus::Completed,
    TaskStatus::Failed,
    TaskStatus::Cancelled,
];

/// Conditions on `t.status` and `r.status`, of which exactly one holds where [`visible_status`] is one of `wanted`.
pub(super) fn conditions(wanted: &[TaskStatus]) -> Vec<String> {
    STORED.into_iter().filter_map(|task| condition(task, wanted)).collect()
}

fn condition(task: TaskStatus, wanted: &[TaskStatus]) -> Option<String> {
    let shown = |run: &Option<RunStatus>| wanted.contains(&visible_status(task, *run));
    let (yes, no): (Vec<_>, Vec<_>) = runs().partition(shown);
    let own = format!("t.status = '{}'", task.as_str());
    let words = yes.iter().map(|run| format!("'{}'", run.map_or("", RunStatus::as_str))).collect::<Vec<_>>();
    match (yes.is_empty(), no.is_empty()) {
        (true, _) => None,
        (_, true) => Some(own),
        _ => Some(format!("{own} AND COALESCE(r.status, '') IN ({})", words.join(", "))),
    }
}

fn runs() -> impl Iterator<Item = Option<RunStatus>> {
    let words = TaskStatus::ALL.into_iter().filter_map(|status| RunStatus::parse(status.as_str()).ok());
    words.map(Some).chain([None])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_settled_status_needs_no_look_at_the_run() {
        let conditions = conditions(&[TaskStatus::Failed]);
        assert!(conditions.contains(&"t.status = 'failed'".to_owned()), "{conditions:?}");
        assert!(conditions.iter().all(|condition| !condition.contains("'completed'")), "{conditions:?}");
    }
}
