//! Sums over tasks and runs.

use std::collections::BTreeMap;

use task_model::{AgentId, Micros};

use crate::sql::{Row, built};
use crate::{AgentPerformance, PerformanceSums, Result, Storage};

impl Storage {
    /// What each agent's tasks came to, in all and since an instant. Reads everything: cache it.
    pub async fn agent_performance(&self, recent_since: Micros) -> Result<Vec<AgentPerformance>> {
        let mut connection = self.read().await?;
        let mut agents: BTreeMap<AgentId, AgentPerformance> = BTreeMap::new();
        for row in built(tasks_by_agent()).bind(recent_since).rows(&mut connection).await? {
            let agent = entry(&mut agents, row.agent_id("agent_id")?);
            add_tasks(&mut agent.total, &row, "")?;
            add_tasks(&mut agent.recent, &row, "recent_")?;
        }
        for row in built(runs_by_agent()).bind(recent_since).rows(&mut connection).await? {
            let agent = entry(&mut agents, row.agent_id("agent_id")?);
            add_runs(&mut agent.total, &row, "")?;
            add_runs(&mut agent.recent, &row, "recent_")?;
        }
        Ok(agents.into_values().collect())
    }
}

fn entry(agents: &mut BTreeMap<AgentId, AgentPerformance>, agent_id: AgentId) -> &mut AgentPerformance {
    agents.entry(agent_id.clone()).or_insert_with(|| AgentPerformance {
        agent_id,
        total: PerformanceSums::default(),
        recent: PerformanceSums::default(),
    })
}

fn tasks_by_agent() -> String {
    let sums = |prefix: &str, when: &str| {
        let count = |name: &str, what: &str| {
            format!(
                "CAST(COALESCE(SUM(CASE WHEN {what}{when} THEN 1 ELSE 0 END), 0) AS BIGINT) AS {prefix}{name}"
            )
        };
        let sum = |name: &str, what: &str| {
            format!(
                "CAST(COALESCE(SUM(CASE WHEN reward IS NOT NULL{when} THEN {what} ELSE 0 END), 0) AS DOUBLE PRECISION) \
                 AS {prefix}{name}"
            )
        };
        [
            count("tasks", "TRUE"),
            count("completed", "status = 'completed'"),
            count("failed", "status = 'failed'"),
            count("rewarded", "reward IS NOT NULL"),
            sum("reward_sum", "reward"),
            sum("reward_sumsq", "reward * reward"),
        ]
        .join(", ")
    };
    let (all, recent) = (sums("", ""), sums("recent_", " AND created_at >= $1"));
    format!("SELECT agent_id, {all}, {recent} FROM tasks GROUP BY agent_id")
}

fn runs_by_agent() -> String {
    let sums = |prefix: &str, when: &str| {
        let sum = |name: &str, what: &str| {
            format!(
                "CAST(COALESCE(SUM(CASE WHEN {when} THEN {what} ELSE 0 END), 0) AS BIGINT) AS {prefix}{name}"
            )
        };
        let latency = "(finished_at - started_at) / 1000";
        [sum("runs", "1"), sum("latency", latency), sum("cost", "cost_micro")].join(", ")
    };
    let (all, recent) = (sums("", "TRUE"), sums("recent_", "created_at >= $1"));
    format!(
        "SELECT agent_id, {all}, {recent} FROM runs WHERE finished_at IS NOT NULL AND started_at IS NOT NULL \
         GROUP BY agent_id"
    )
}

fn add_tasks(sums: &mut PerformanceSums, row: &Row, prefix: &str) -> Result<()> {
    let int = |name: &str| row.int(&format!("{prefix}{name}"));
    (sums.tasks, sums.completed, sums.failed) = (int("tasks")?, int("completed")?, int("failed")?);
    sums.rewarded = int("rewarded")?;
    sums.reward_sum = row.get(&format!("{prefix}reward_sum"))?;
    sums.reward_sumsq = row.get(&format!("{prefix}reward_sumsq"))?;
    Ok(())
}

fn add_runs(sums: &mut PerformanceSums, row: &Row, prefix: &str) -> Result<()> {
    sums.runs = row.int(&format!("{prefix}runs"))?;
    sums.latency_ms_sum = row.int(&format!("{prefix}latency"))?;
    sums.cost = row.money(&format!("{prefix}cost"))?;
    Ok(())
}
