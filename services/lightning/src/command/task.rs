//! `lightning task list|show|tail|cancel|retry`.

mod render;

use std::time::Duration;

use service_api::task::{RunRecord, TaskRecord};
use service_client::TaskQuery;

use crate::cli::TaskListArgs;
use crate::connection::{Connection, call, long_call};
use crate::exit::{Code, Failure};
use crate::output::Output;

/// How long one long poll may take.
const POLL_S: u64 = 20;

/// One page of tasks.
pub async fn list(args: TaskListArgs, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let query = TaskQuery {
        status: args.status,
        agent_id: args.agent,
        q: args.query,
        order: Some(args.order),
        limit: Some(args.limit),
        cursor: args.cursor,
    };
    let page = connection.orchestrator.tasks(&query, &call()).await?;
    for task in &page.tasks {
        output.data(task);
    }
    output.say(render::list(&page, output));
    Ok(())
}

/// Everything about one task.
pub async fn show(id: &str, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let (task, run) = both(id, connection).await?;
    output
        .both(&serde_json::json!({"task": task, "run": run}), || render::whole(&task, run.as_ref(), output));
    Ok(())
}

/// Steps as they are recorded, until the task ends.
pub async fn tail(id: &str, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let mut seen = 0;
    loop {
        let (task, run) = both(id, connection).await?;
        let steps = run.iter().flat_map(|run| &run.steps).filter(|step| step.result.is_some());
        for step in steps.skip_while(|step| step.number <= seen).collect::<Vec<_>>() {
            output.both(step, || render::step(step, output));
            seen = step.number;
        }
        if is_over(&task.status) {
            output.both(&task, || render::end(&task, output));
            return verdict(&task);
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// Waits for the end of a task and prints it.
pub async fn finish(id: &str, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let task = await_end(id, connection).await?;
    output.both(&task, || render::end(&task, output));
    verdict(&task)
}

/// The record of a task that is over.
pub async fn await_end(id: &str, connection: &Connection) -> Result<TaskRecord, Failure> {
    loop {
        let task = connection.orchestrator.task(id, Some(POLL_S), &long_call(POLL_S)).await?;
        if is_over(&task.status) {
            return Ok(task);
        }
    }
}

/// Stops a task.
pub async fn cancel(id: &str, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let answer = connection.orchestrator.cancel(id, &call()).await?;
    output.both(&answer, || format!("{id}: {}", said(&answer, "cancel requested")));
    Ok(())
}

/// Tries a task once more.
pub async fn retry(id: &str, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let answer = connection.orchestrator.retry(id, &call()).await?;
    output.both(&answer, || format!("{id}: {}", said(&answer, "assigned again")));
    Ok(())
}

async fn both(id: &str, connection: &Connection) -> Result<(TaskRecord, Option<RunRecord>), Failure> {
    let task = connection.orchestrator.task(id, None, &call()).await?;
    // Steps are kept by the execution API; without it the task itself is still worth showing.
    let run = connection.execution.task(id, None, &call()).await.ok();
    Ok((task, run))
}

fn is_over(status: &str) -> bool {
    task_model::TaskStatus::parse(status)
        .is_ok_and(|status| status.is_terminal() || status == task_model::TaskStatus::NeedsReview)
}

fn verdict(task: &TaskRecord) -> Result<(), Failure> {
    if task.status == "completed" {
        return Ok(());
    }
    let why =
        task.error.as_ref().map_or_else(String::new, |error| format!(": {} ({})", error.message, error.code));
    Err(Failure {
        message: format!("{} is {}{why}", task.task_id, task.status),
        code: Code::Other,
        problem: None,
    })
}

fn said(answer: &serde_json::Value, otherwise: &str) -> String {
    answer["status"].as_str().unwrap_or(otherwise).to_owned()
}
