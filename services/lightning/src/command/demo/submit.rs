//! Sends the tasks, a few at a time, and follows each to its end on both ports.

use std::collections::BTreeMap;

use futures::{StreamExt, TryStreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use service_api::assign::SelectAgentRequest;

use super::examples::Example;
use crate::command::task;
use crate::connection::{Connection, call};
use crate::exit::Failure;
use crate::output::Output;

/// How many tasks are under way at a time: enough to be quick, few enough that later ones profit from earlier rewards.
const AT_A_TIME: usize = 4;

/// What became of one task.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// The task.
    pub task_id: String,
    /// Its text.
    pub description: String,
    /// Who got it.
    pub agent: String,
    /// How likely success looked.
    pub confidence: f64,
    /// What the orchestrator says.
    pub status: String,
    /// What the execution API says.
    pub status_at_execution: String,
    /// The stable word of a failure.
    pub code: Option<String>,
    /// What the learner was told.
    pub reward: Option<f64>,
    /// Steps of the loop.
    pub steps: i64,
}

/// State (an example's text) → agent → Q.
pub type Values = BTreeMap<String, BTreeMap<String, f64>>;

/// Runs all tasks; the rows come in the order of the tasks.
pub async fn all(tasks: Vec<Example>, connection: &Connection, output: &Output) -> Result<Vec<Row>, Failure> {
    let bar = progress(tasks.len(), output);
    let rows = stream::iter(tasks)
        .map(|task| async {
            let row = one(task, connection).await?;
            bar.set_message(format!("{} → {} {}", row.task_id, row.agent, row.status));
            bar.inc(1);
            Ok::<_, Failure>(row)
        })
        .buffered(AT_A_TIME)
        .try_collect()
        .await?;
    bar.finish_and_clear();
    Ok(rows)
}

/// The action values of the two best agents for every tenth task, as the orchestrator sees them now.
pub async fn values(tasks: &[Example], connection: &Connection) -> Result<Values, Failure> {
    let mut values = Values::new();
    for task in tasks.iter().step_by(10) {
        let request =
            SelectAgentRequest { description: task.description.clone(), ..SelectAgentRequest::default() };
        let answer = connection.orchestrator.select_agent(&request, &call()).await?;
        let agents = answer.candidates.into_iter().map(|c| (c.agent_id, c.q_value)).collect();
        values.insert(task.description.clone(), agents);
    }
    Ok(values)
}

async fn one(task: Example, connection: &Connection) -> Result<Row, Failure> {
    let answer = connection.orchestrator.assign_task(&task, &call()).await?;
    let ended = task::await_end(&answer.task_id, connection).await?;
    let run = connection.execution.task(&answer.task_id, None, &call()).await?;
    Ok(Row {
        task_id: answer.task_id,
        description: task.description,
        agent: ended.assigned_agent,
        confidence: ended.confidence,
        status: ended.status,
        status_at_execution: run.status,
        code: ended.error.map(|error| error.code),
        reward: ended.reward,
        steps: ended.steps,
    })
}

fn progress(total: usize, output: &Output) -> ProgressBar {
    if !output.is_live() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len}  {wide_msg}");
    ProgressBar::new(total as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
