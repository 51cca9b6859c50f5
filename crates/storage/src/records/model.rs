//! Models and their calls.

use serde_json::Value;
use task_model::{AgentId, Attempt, MicroUsd, Micros, TaskId};

/// A model that can be called.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelRecord {
    /// Its identity here.
    pub model_id: String,
    /// Who serves it.
    pub provider: String,
    /// Its name at the provider.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Other names it answers to.
    pub aliases: Vec<String>,
    /// What a million tokens read cost.
    pub input_per_million: MicroUsd,
    /// What a million tokens written cost.
    pub output_per_million: MicroUsd,
    /// Anything else.
    pub config: Value,
    /// Whether it may be called.
    pub enabled: bool,
    /// When it was first registered.
    pub created_at: Micros,
    /// The last change.
    pub updated_at: Micros,
}

/// One call of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelCall {
    /// When.
    pub at: Micros,
    /// Who served it.
    pub provider: String,
    /// Which model.
    pub model_id: String,
    /// For which agent.
    pub agent_id: Option<AgentId>,
    /// For which task.
    pub task_id: Option<TaskId>,
    /// For which attempt of it.
    pub attempt: Option<Attempt>,
    /// For which step of the run.
    pub step: Option<i64>,
    /// Tokens read.
    pub tokens_in: i64,
    /// Tokens written.
    pub tokens_out: i64,
    /// What it cost.
    pub cost: MicroUsd,
    /// How long it took.
    pub latency_us: i64,
    /// Why it failed.
    pub error_code: Option<String>,
    /// The API key that it was made with.
    pub key_id: Option<String>,
}

/// What a model costs from a time on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelPrice {
    /// The model.
    pub model_id: String,
    /// From when on.
    pub valid_from: Micros,
    /// What a million tokens read cost.
    pub input_per_million: MicroUsd,
    /// What a million tokens written cost.
    pub output_per_million: MicroUsd,
    /// What a million tokens read from the provider's cache cost; as other input when absent.
    pub cache_read_per_million: Option<MicroUsd>,
    /// What a million tokens written to the provider's cache cost; as other input when absent.
    pub cache_write_per_million: Option<MicroUsd>,
}

/// What may be spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetRecord {
    /// Its identity.
    pub budget_id: String,
    /// `all`, `key`, `agent`, `task`, `provider` or `model`.
    pub scope: String,
    /// Whose; empty for all.
    pub subject: String,
    /// `day`, `month` or `forever`.
    pub period: String,
    /// How much.
    pub limit: MicroUsd,
    /// When it was made.
    pub created_at: Micros,
    /// Its last change.
    pub updated_at: Micros,
}

/// A part of a budget's period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetShare {
    /// The budget.
    pub budget_id: String,
    /// When the period began.
    pub period_start: Micros,
    /// How much of it.
    pub amount: MicroUsd,
}

/// Whether shares could be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reserved {
    /// All were.
    All,
    /// None was: this budget has not so much left.
    Exceeded(String),
}

/// By what costs are summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CostGroup {
    /// One sum for each model.
    Model,
    /// One sum for each provider.
    Provider,
    /// One sum for each agent; calls without one under the empty name.
    Agent,
    /// One sum for each task; calls without one under the empty name.
    Task,
    /// One sum for each API key; calls without one under the empty name.
    Key,
    /// One sum for each UTC day, as `2026-11-22`.
    Day,
}

/// A sum over calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelCost {
    /// The model, provider, agent, task or day.
    pub group: String,
    /// Calls.
    pub calls: i64,
    /// Calls that failed.
    pub errors: i64,
    /// Tokens read.
    pub tokens_in: i64,
    /// Tokens written.
    pub tokens_out: i64,
    /// What they cost.
    pub cost: MicroUsd,
    /// Their durations, summed.
    pub latency_us_sum: i64,
}
