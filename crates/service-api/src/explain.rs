//! `GET /tasks/{id}/explain`: why a task went to whom it went, in words and numbers.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a task went to its agent.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Explanation {
    /// The task.
    pub task_id: String,
    /// Who got it.
    pub agent_id: String,
    /// What was answered when it was assigned.
    pub reason: String,
    /// The whole explanation in sentences.
    pub summary: Vec<String>,
    /// Whom the agent is compared with: the best of the others. Absent when nobody else could be chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rival: Option<String>,
    /// What speaks for the agent against that rival, the strongest first.
    pub speaks_for: Vec<Argument>,
    /// What speaks against it.
    pub speaks_against: Vec<Argument>,
    /// How sure that is.
    pub certainty: Certainty,
    /// What exploring did.
    pub exploring: Exploring,
    /// How the ceilings of this task are met; absent without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ceilings: Vec<MetCeiling>,
    /// What would have to change for another choice.
    pub would_change: Vec<String>,
    /// Everyone who could be chosen, the most probable first.
    pub candidates: Vec<ExplainedCandidate>,
    /// The policy that decided.
    pub decided_by: String,
    /// The policy whose values explain: what was learned since counts here.
    pub explained_by: String,
}

/// One argument.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Argument {
    /// What it is, in words.
    pub feature: String,
    /// How much it adds to the difference of the expected returns.
    pub amount: f64,
}

/// How sure a choice is.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Certainty {
    /// The calibrated probability of success, as it was answered.
    pub confidence: f64,
    /// The expected return, now.
    pub expected: f64,
    /// What the expectation may be wrong by (95 %): lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Outcomes of the agent that this rests on.
    pub outcomes: u64,
    /// How far confidences were from what came of late, on average.
    pub calibration_error: f64,
}

/// What exploring did.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Exploring {
    /// The exact probability with which the agent was drawn.
    pub propensity: f64,
    /// Whether another agent was valued higher then.
    pub explored: bool,
    /// How often anyone but the most probable agent is drawn for such a task.
    pub share: f64,
}

/// A ceiling and how it is met.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MetCeiling {
    /// Whose.
    pub tenant: String,
    /// `cost_per_task_usd`, `cost_per_day_usd` or `latency_ms`.
    pub limited: String,
    /// The ceiling.
    pub ceiling: f64,
    /// What was spent: the mean of a task, or the sum of the day.
    pub spent: f64,
    /// Tasks that this rests on.
    pub tasks: u64,
    /// What spending as much as the ceiling takes from an agent's value now, in rewards.
    pub multiplier: f64,
}

/// Someone who could be chosen.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ExplainedCandidate {
    /// Who.
    pub agent_id: String,
    /// The probability with which it was drawn then.
    pub probability: f64,
    /// Its action value then.
    pub value_then: f64,
    /// Its action value now.
    pub value_now: f64,
    /// What the task's ceilings take from that now; absent without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_now: Option<f64>,
    /// What that may be wrong by (one standard deviation).
    pub std_dev: f64,
    /// Outcomes of it that were learned from.
    pub outcomes: u64,
    /// How well its description fits the text.
    pub relevance: f64,
}
