//! Feedback changes the next choice: the same sort of task again and again, and a person who dislikes the first agent's work.

use serde::Serialize;
use service_api::assign::{AssignTaskRequest, SelectAgentRequest};
use service_api::feedback::TaskFeedbackRequest;

use crate::command::task;
use crate::connection::{Connection, call};
use crate::exit::Failure;

/// After so many judgements without another choice the demonstration gives up and says so.
const MOST: usize = 120;

/// How the choice moved.
#[derive(Debug, Clone, Serialize)]
pub struct Verdicts {
    /// The sort of task.
    pub example: String,
    /// Most likely before any judgement.
    pub first_choice: String,
    /// Its probability then.
    pub first_probability: f64,
    /// How many results were judged.
    pub judged: usize,
    /// Most likely afterwards.
    pub next_choice: String,
    /// The first agent's probability afterwards.
    pub first_probability_after: f64,
    /// Every judgement: agent and reward.
    pub log: Vec<(String, f64)>,
}

/// Judges the first choice's results as bad and all others as good until another agent is the likeliest.
pub async fn change_a_mind(connection: &Connection) -> Result<Verdicts, Failure> {
    let example = describe(0);
    let (first_choice, first_probability) = likeliest(&example, connection).await?;
    let mut log = Vec::new();
    let mut next_choice = first_choice.clone();
    while next_choice == first_choice && log.len() < MOST {
        log.push(judge(log.len(), &first_choice, connection).await?);
        next_choice = likeliest(&example, connection).await?.0;
    }
    let first_probability_after = probability_of(&first_choice, &example, connection).await?;
    Ok(Verdicts {
        example,
        first_choice,
        first_probability,
        judged: log.len(),
        next_choice,
        first_probability_after,
        log,
    })
}

async fn judge(round: usize, disliked: &str, connection: &Connection) -> Result<(String, f64), Failure> {
    let request = AssignTaskRequest {
        task_id: Some(format!("judged-{round}")),
        description: describe(round),
        ..AssignTaskRequest::default()
    };
    let task_id = connection.orchestrator.assign_task(&request, &call()).await?.task_id;
    let agent = task::await_end(&task_id, connection).await?.assigned_agent;
    let reward = if agent == disliked { 0.0 } else { 1.0 };
    let feedback = TaskFeedbackRequest {
        task_id,
        reward: Some(reward),
        source: Some("demo".into()),
        ..TaskFeedbackRequest::default()
    };
    connection.orchestrator.feedback(&feedback, &call()).await?;
    Ok((agent, reward))
}

async fn likeliest(example: &str, connection: &Connection) -> Result<(String, f64), Failure> {
    let best = candidates(example, connection).await?.into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
    best.ok_or_else(|| Failure::other("the roster is empty"))
}

async fn probability_of(agent: &str, example: &str, connection: &Connection) -> Result<f64, Failure> {
    let all = candidates(example, connection).await?;
    Ok(all.into_iter().find(|(id, _)| id == agent).map_or(0.0, |(_, probability)| probability))
}

async fn candidates(example: &str, connection: &Connection) -> Result<Vec<(String, f64)>, Failure> {
    let request = SelectAgentRequest { description: example.to_owned(), ..SelectAgentRequest::default() };
    let answer = connection.orchestrator.select_agent(&request, &call()).await?;
    Ok(answer.candidates.into_iter().map(|c| (c.agent_id, c.probability)).collect())
}

/// The same sort of task with other figures.
fn describe(round: usize) -> String {
    format!("Convert {} miles to kilometers", 26 + round)
}
