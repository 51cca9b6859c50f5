//! `lightning assign`.

use std::io::Read;

use serde_json::{Map, Value};
use service_api::assign::{AssignTaskRequest, AssignTaskResponse, Ceilings, ExecutionMode, PriorityInput};

use super::task as tasks;
use crate::cli::{AssignArgs, TaskOptions};
use crate::connection::{Connection, call};
use crate::exit::Failure;
use crate::output::{Output, Tone};

/// Sends one task, and with `--wait` stays until it ends.
pub async fn run(args: AssignArgs, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let wait = args.wait && !args.dry_run;
    let answer = connection.orchestrator.assign_task(&request(args)?, &call()).await?;
    if !(wait && output.is_json()) {
        output.both(&answer, || describe(&answer, output));
    }
    if wait { tasks::finish(&answer.task_id, connection, output).await } else { Ok(()) }
}

fn request(args: AssignArgs) -> Result<AssignTaskRequest, Failure> {
    Ok(AssignTaskRequest {
        // An identity of our own makes a repetition after a broken connection harmless.
        task_id: Some(args.id.unwrap_or_else(|| format!("task_{}", uuid::Uuid::now_v7()))),
        start_at: args.start_at,
        delay: args.delay,
        execution_mode: if args.dry_run { ExecutionMode::DryRun } else { ExecutionMode::Standard },
        ..task(args.description, args.task)?
    })
}

/// A task without a name, to be done at once.
pub(super) fn task(description: String, options: TaskOptions) -> Result<AssignTaskRequest, Failure> {
    let objective = Ceilings {
        cost_per_task_usd: options.cost_per_task,
        cost_per_day_usd: options.cost_per_day,
        latency_ms: options.latency_ms,
    };
    Ok(AssignTaskRequest {
        description: text(description)?,
        priority: options.priority.map(priority),
        metadata: options.metadata.as_deref().map(parse_metadata).transpose()?,
        force_execute: options.force,
        agent_id: options.agent,
        max_cost_usd: options.max_cost,
        objective: Some(objective).filter(|objective| *objective != Ceilings::default()),
        tenant: options.tenant,
        max_attempts: options.max_attempts,
        ..AssignTaskRequest::default()
    })
}

/// A number or a word.
fn priority(raw: String) -> PriorityInput {
    raw.parse().map_or(PriorityInput::Word(raw), PriorityInput::Number)
}

/// The text itself, or standard input for `-`.
fn text(raw: String) -> Result<String, Failure> {
    if raw == "-" { standard_input() } else { Ok(raw) }
}

/// `--metadata`.
fn parse_metadata(text: &str) -> Result<Map<String, Value>, Failure> {
    serde_json::from_str(text)
        .map_err(|error| Failure::usage(format!("--metadata must be a JSON object: {error}")))
}

fn standard_input() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Failure::usage(format!("standard input cannot be read: {error}")))?;
    Ok(text)
}

fn describe(answer: &AssignTaskResponse, output: &Output) -> String {
    let mut text = format!(
        "{} → {}  confidence {:.0} %\n  {}",
        answer.task_id,
        output.paint(Tone::Strong, &answer.assigned_agent),
        answer.confidence * 100.0,
        answer.reason
    );
    for warning in &answer.warnings {
        text.push_str(&format!("\n  {} {warning}", output.paint(Tone::Odd, "note:")));
    }
    text
}
