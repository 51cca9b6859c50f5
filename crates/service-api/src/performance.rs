//! What was learned, for people: `/q-table` and `/agent-performance`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /q-table`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct QTable {
    /// State → agent → expected return.
    pub q_table: BTreeMap<String, BTreeMap<String, f64>>,
    /// State → agent → how many outcomes the value rests on, and its standard error.
    #[serde(default)]
    pub basis: BTreeMap<String, BTreeMap<String, Basis>>,
    /// The states.
    pub states: Vec<String>,
    /// How many values there are.
    pub total_entries: usize,
    /// The policy these values belong to.
    pub policy_version: String,
    /// How many rewards the learner has seen.
    pub experiences: u64,
}

/// What a value of the table rests on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Basis {
    /// Outcomes seen.
    pub outcomes: u64,
    /// The standard error of the value.
    pub std_error: f64,
}

/// One line of `GET /analytics/sources`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SourceTrust {
    /// Who gave feedback.
    pub source: String,
    /// How much its words count, 0 to 1.
    pub trust: f64,
    /// How often it spoke of work that had ended.
    pub words: u64,
}

/// One line of `GET /analytics/credit`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Credited {
    /// What it is.
    pub kind: CreditKind,
    /// Its id or name.
    pub name: String,
    /// What it adds to the reward that is expected; 0 is like all others.
    pub effect: f64,
    /// The lower end of its 95 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// Outcomes that it rests on.
    pub outcomes: u64,
}

/// What an outcome can be credited to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CreditKind {
    /// An agent, beside its model.
    Agent,
    /// A model, over all agents that run on it.
    Model,
    /// A tool, over all attempts that called it.
    Tool,
}

/// `GET /agent-performance`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AgentPerformanceReport {
    /// Each agent's record.
    pub agents: BTreeMap<String, AgentPerformance>,
    /// All tasks ever assigned.
    pub total_tasks: u64,
    /// How many states the q-table has.
    pub q_table_states: usize,
    /// The policy in force.
    pub policy_version: String,
}

/// One agent's record.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AgentPerformance {
    /// Tasks assigned to it.
    pub tasks: u64,
    /// Done.
    pub completed: u64,
    /// Not done.
    pub failed: u64,
    /// Done out of those that count (failures that are nobody's do not).
    pub success_rate: Option<f64>,
    /// 95 % Wilson interval of the success rate.
    pub success_rate_ci95: Option<[f64; 2]>,
    /// The mean of its rewards.
    pub mean_reward: Option<f64>,
    /// Mean time from start to end.
    pub mean_latency_ms: Option<f64>,
    /// What all its tasks cost.
    pub cost_usd: f64,
    /// Mean reward of the last seven days minus that before.
    pub trend: Option<f64>,
}
