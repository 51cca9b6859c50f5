//! Whole tasks: from `/assign-task` through the loop with the offline provider to the reward.

use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use service_api::assign::{AssignTaskRequest, AssignTasksRequest, SelectAgentRequest};
use service_client::TaskQuery;

use super::process::cpu_seconds;
use crate::connection::{Connection, call};
use crate::exit::Failure;
use crate::stack::Stack;

/// How many tasks one `/assign-tasks` carries.
const BATCH: u32 = 100;

/// How many finished tasks per second.
#[derive(Debug, Serialize)]
pub struct Whole {
    /// Sent.
    pub tasks: usize,
    /// Done.
    pub completed: usize,
    /// Done per second, from the first request to the last end.
    pub per_second: f64,
    /// Model calls and tool calls of one task.
    pub steps_per_task: i64,
    /// User and system time of this process, services and load generator together.
    pub cpu_s_per_1000: f64,
}

/// Waits until the roster is there.
pub async fn until_ready(stack: &Stack) -> Result<(), Failure> {
    let connection = Connection::open(&stack.settings, None)?;
    let probe = SelectAgentRequest { description: "Test task".into(), ..SelectAgentRequest::default() };
    for _ in 0..400 {
        if connection.orchestrator.select_agent(&probe, &call()).await.is_ok() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(Failure::unavailable("the services did not become ready"))
}

/// Sends `count` tasks and waits until all have ended.
pub async fn run(stack: &Stack, count: u32) -> Result<Whole, Failure> {
    let connection = Connection::open(&stack.settings, None)?;
    let (began, cpu) = (Instant::now(), cpu_seconds());
    stream::iter((0..count).step_by(BATCH as usize).map(|first| batch(first, count.min(first + BATCH))))
        .map(|request| {
            let connection = connection.clone();
            async move { connection.orchestrator.assign_tasks(&request, &call()).await.map_err(Failure::from) }
        })
        .buffer_unordered(4)
        .try_collect::<Vec<_>>()
        .await?;
    drain(&connection).await?;
    let elapsed = began.elapsed().as_secs_f64();
    let spent = cpu_seconds() - cpu;
    let last = connection.orchestrator.task(&id(count - 1), None, &call()).await?;
    let completed = count_completed(&connection, count).await?;
    Ok(Whole {
        tasks: count as usize,
        completed,
        per_second: completed as f64 / elapsed,
        steps_per_task: last.steps,
        cpu_s_per_1000: spent / f64::from(count) * 1e3,
    })
}

fn batch(first: u32, end: u32) -> AssignTasksRequest {
    let task = |n| AssignTaskRequest {
        task_id: Some(id(n)),
        description: format!("Convert {n} miles to kilometers"),
        ..AssignTaskRequest::default()
    };
    AssignTasksRequest { tasks: (first..end).map(task).collect() }
}

fn id(n: u32) -> String {
    format!("whole-{n}")
}

/// Returns when no task is left that has not ended.
async fn drain(connection: &Connection) -> Result<(), Failure> {
    let open = ["assigned", "queued", "running", "waiting"].map(str::to_owned).to_vec();
    let query = TaskQuery { status: open, limit: Some(1), ..TaskQuery::default() };
    while connection.orchestrator.tasks(&query, &call()).await?.count > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

async fn count_completed(connection: &Connection, count: u32) -> Result<usize, Failure> {
    let mut query = TaskQuery { status: vec!["completed".into()], limit: Some(500), ..TaskQuery::default() };
    let mut completed = 0;
    loop {
        let page = connection.orchestrator.tasks(&query, &call()).await?;
        completed += page.tasks.iter().filter(|task| task.task_id.starts_with("whole-")).count();
        query.cursor = page.next_cursor;
        if query.cursor.is_none() || completed >= count as usize {
            return Ok(completed);
        }
    }
}
