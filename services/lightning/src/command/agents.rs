//! `lightning agents`.

use service_api::agents::Agent;
use service_api::performance::AgentPerformance;

use crate::cli::AgentsArgs;
use crate::connection::{Connection, call};
use crate::exit::Failure;
use crate::output::{Output, Tone, counted, excerpt};

/// The roster with records, or one agent whole.
pub async fn run(args: AgentsArgs, connection: &Connection, output: &Output) -> Result<(), Failure> {
    match args.id {
        Some(id) => {
            let agent = connection.execution.agent(&id, &call()).await?;
            output.both(&agent, || whole(&agent, output));
        }
        None => roster(connection, output).await?,
    }
    Ok(())
}

async fn roster(connection: &Connection, output: &Output) -> Result<(), Failure> {
    let list = connection.execution.agents(&call()).await?;
    // The roster is worth showing even when nobody can say what the agents have done.
    let report = connection.orchestrator.agent_performance(&call()).await.ok();
    let mut table =
        output.table(&["agent", "status", "tasks", "success", "reward", "latency", "cost", "specialization"]);
    for agent in &list.agents {
        let record = report.as_ref().and_then(|report| report.agents.get(&agent.id));
        output.data(&serde_json::json!({"agent": agent, "performance": record}));
        table.add_row(row(agent, record, output));
    }
    output.say(format!("{table}\n{}", counted(list.count, "agent")));
    Ok(())
}

fn row(agent: &Agent, record: Option<&AgentPerformance>, output: &Output) -> Vec<String> {
    let dash = || "–".to_owned();
    let figure = |value: Option<f64>, show: fn(f64) -> String| value.map_or_else(dash, show);
    vec![
        agent.id.clone(),
        output.status(&agent.status),
        record.map_or_else(dash, |r| r.tasks.to_string()),
        figure(record.and_then(|r| r.success_rate), |rate| format!("{:.0} %", rate * 100.0)),
        figure(record.and_then(|r| r.mean_reward), |reward| format!("{reward:.2}")),
        figure(record.and_then(|r| r.mean_latency_ms), |ms| format!("{ms:.0} ms")),
        figure(record.map(|r| r.cost_usd), |usd| format!("${usd:.4}")),
        excerpt(&agent.specialization, 48),
    ]
}

fn whole(agent: &Agent, output: &Output) -> String {
    let lines = [
        format!(
            "{}  {}  revision {}",
            output.paint(Tone::Strong, &agent.id),
            output.status(&agent.status),
            agent.revision
        ),
        format!("  name         {}", agent.name),
        format!("  model        {}", agent.model),
        format!("  field        {}", agent.specialization),
        format!("  description  {}", agent.description),
        format!("  capabilities {}", agent.capabilities.join(", ")),
        format!("  tools        {}", agent.tools.join(", ")),
        format!("  aliases      {}", agent.aliases.join(", ")),
        format!("  prompt       {}", excerpt(&agent.system_prompt, 160)),
    ];
    lines.join("\n")
}
