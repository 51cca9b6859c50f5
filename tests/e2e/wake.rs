//! On PostgreSQL processes wake one another: with hours between two looks, a task is still done at once.

use std::time::Duration;

use serde_json::json;

use crate::database::Database;
use crate::stack::Stack;

const HOURS: &str = "7200000";

#[tokio::test]
async fn a_task_passes_through_all_processes_without_anybody_looking_by_the_clock() {
    let Some(database) = Database::postgres().await else { return };
    let never = [
        ("LIGHTNING__ORCHESTRATOR__DISPATCH_POLL_MS", HOURS),
        ("LIGHTNING__ORCHESTRATOR__SETTLE_POLL_MS", HOURS),
        ("LIGHTNING__ORCHESTRATOR__LEARN_POLL_MS", HOURS),
        ("LIGHTNING__EXECUTION__POLL_MAX_MS", HOURS),
    ];
    let stack = Stack::start_with(database, &never).await;
    for n in 0..3 {
        let id = format!("woken-{n}");
        let task = json!({ "task_id": id, "description": format!("What is {n} + 2?") });
        stack.orchestrator.post("/assign-task", task).await.ok();
        let ended = tokio::time::timeout(Duration::from_secs(30), stack.orchestrator.ended(&id)).await;
        assert_eq!(ended.expect("somebody was not woken")["status"], "completed");
    }
}
