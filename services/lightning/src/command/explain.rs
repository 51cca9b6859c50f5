//! `lightning explain`.

use service_api::explain::{Argument, Explanation};

use crate::connection::{Connection, call};
use crate::exit::Failure;
use crate::output::{Output, Tone, counted};

/// Why a task went to its agent.
pub async fn run(id: &str, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let explanation = connection.orchestrator.explain(id, &call()).await?;
    output.both(&explanation, || render(&explanation, output));
    Ok(())
}

fn render(told: &Explanation, output: &Output) -> String {
    let mut lines = vec![
        format!("{} → {}", told.task_id, output.paint(Tone::Strong, &told.agent_id)),
        told.reason.clone(),
    ];
    lines.extend(told.summary.iter().cloned());
    if !(told.speaks_for.is_empty() && told.speaks_against.is_empty()) {
        let rival = told.rival.as_deref().unwrap_or_default();
        lines.push(output.paint(Tone::Strong, format!("against {rival}")));
        lines.extend(told.speaks_for.iter().chain(&told.speaks_against).map(|one| argument(one, output)));
    }
    lines.extend(told.ceilings.iter().map(|one| {
        format!(
            "{} {} on average, {} allowed, over {}",
            one.limited,
            one.spent,
            one.ceiling,
            counted(one.tasks, "task")
        )
    }));
    lines.push(output.paint(Tone::Strong, "what would change it"));
    lines.extend(told.would_change.iter().map(|change| format!("  {change}")));
    let mut table = output.table(&["agent", "drawn with", "value then", "now", "±", "outcomes", "relevance"]);
    for one in &told.candidates {
        table.add_row([
            one.agent_id.clone(),
            format!("{:.4}", one.probability),
            format!("{:.3}", one.value_then),
            format!("{:.3}", one.value_now),
            format!("{:.3}", one.std_dev),
            one.outcomes.to_string(),
            format!("{:.2}", one.relevance),
        ]);
    }
    lines.push(format!("{table}\ndecided by {}, explained by {}", told.decided_by, told.explained_by));
    lines.join("\n")
}

fn argument(argument: &Argument, output: &Output) -> String {
    let tone = if argument.amount > 0.0 { Tone::Good } else { Tone::Bad };
    format!("  {} {}", output.paint(tone, format!("{:+.3}", argument.amount)), argument.feature)
}
