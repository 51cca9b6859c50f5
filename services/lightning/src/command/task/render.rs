//! Tasks and steps in words for people.

use service_api::task::{RunRecord, StepRecord, TaskList, TaskRecord};

use crate::output::{Output, Tone, counted, excerpt};

/// One page as a table.
pub fn list(page: &TaskList, output: &Output) -> String {
    let mut table = output.table(&["task", "status", "agent", "prio", "conf", "reward", "description"]);
    for task in &page.tasks {
        table.add_row([
            task.task_id.clone(),
            output.status(&task.status),
            task.assigned_agent.clone(),
            task.priority.to_string(),
            format!("{:.2}", task.confidence),
            task.reward.map_or_else(|| "–".to_owned(), |reward| format!("{reward:.2}")),
            excerpt(&task.description, 60),
        ]);
    }
    let more = page.next_cursor.as_ref().map_or_else(String::new, |c| format!("\nmore: --cursor {c}"));
    format!("{table}\n{}{more}", counted(page.count, "task"))
}

/// Everything about one task.
pub fn whole(task: &TaskRecord, run: Option<&RunRecord>, output: &Output) -> String {
    let mut text = vec![
        format!("{}  {}", output.paint(Tone::Strong, &task.task_id), output.status(&task.status)),
        indent(&task.description),
        format!("  agent      {} (attempt {})", task.assigned_agent, task.attempt),
        format!("  why        {}", task.reason),
        format!(
            "  confidence {:.2}   propensity {:.3}   policy {}",
            task.confidence, task.propensity, task.policy_version
        ),
        format!("  created    {}", task.created_at),
    ];
    text.extend(task.started_at.as_ref().map(|at| format!("  started    {at}")));
    text.extend(run.iter().flat_map(|run| &run.steps).map(|step_record| step(step_record, output)));
    text.push(end(task, output));
    text.join("\n")
}

/// One step on one or two lines.
pub fn step(step: &StepRecord, output: &Output) -> String {
    let took = step.duration_ms.map_or_else(|| "…".to_owned(), |ms| format!("{ms:.1} ms"));
    let head = format!("  {:>2} {:<7} {:<16} {took}", step.number, step.kind, step.name);
    let shown = step.result.as_ref().map_or_else(String::new, |result| excerpt(&result.to_string(), 120));
    format!("{head}\n     {}", output.paint(Tone::Faint, shown))
}

/// How a task stands or ended.
pub fn end(task: &TaskRecord, output: &Output) -> String {
    let mut text = vec![format!("  status     {}", output.status(&task.status))];
    text.extend(task.completed_at.as_ref().map(|at| format!("  ended      {at}")));
    if let Some(reward) = task.reward {
        text.push(format!("  reward     {reward:.3}"));
    }
    if let Some(error) = &task.error {
        text.push(format!("  error      {} ({}, blame: {})", error.message, error.code, error.blame));
    }
    if let Some(result) = &task.result {
        let answer = result["answer"].as_str().map_or_else(|| result.to_string(), str::to_owned);
        text.push(indent(&answer));
    }
    text.join("\n")
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("  │ {line}")).collect::<Vec<_>>().join("\n")
}
