//! `lightning q-table`.

use service_api::performance::QTable;

use crate::connection::{Connection, call};
use crate::exit::Failure;
use crate::output::{Output, counted};

/// The learned values, a row per state and agent.
pub async fn run(connection: &Connection, output: &Output) -> Result<(), Failure> {
    let table = connection.orchestrator.q_table(&call()).await?;
    output.both(&table, || render(&table, output));
    Ok(())
}

/// The values as a table, best first within a state.
pub fn render(values: &QTable, output: &Output) -> String {
    if values.q_table.is_empty() {
        return "nothing learned yet: assign tasks, and values appear as they end".to_owned();
    }
    let mut table = output.table(&["state", "agent", "Q", "±", "outcomes"]);
    for (kind, agents) in &values.q_table {
        let mut best_first: Vec<_> = agents.iter().collect();
        best_first.sort_by(|a, b| b.1.total_cmp(a.1));
        for (place, (agent, value)) in best_first.into_iter().enumerate() {
            let state = if place == 0 { kind.as_str() } else { "" };
            let basis = values.basis.get(kind).and_then(|agents| agents.get(agent));
            let error = basis.map_or_else(String::new, |basis| format!("{:.3}", basis.std_error));
            let outcomes = basis.map_or_else(String::new, |basis| basis.outcomes.to_string());
            table.add_row([state, agent, &format!("{value:.3}"), &error, &outcomes]);
        }
    }
    format!(
        "{table}\n{}, {} seen, policy {}",
        counted(values.total_entries, "value"),
        counted(values.experiences, "reward"),
        values.policy_version
    )
}
