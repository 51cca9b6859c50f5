//! Off-policy evaluation: what another policy would have earned.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// `POST /evaluate`: had this policy decided, what would have come of it?
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvaluateRequest {
    /// A published version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<i64>,
    /// Or settings of a learner that start from nothing, as far as they differ from the usual ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub learner: Option<Map<String, Value>>,
    /// The version it is compared with. Default: the one in force; 0 is the learner that started from nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<i64>,
    /// Only outcomes learned at this time or later (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Only outcomes learned before this time (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// From where to where.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Range {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// A value with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Value95 {
    /// The mean reward per decision.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// One estimator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EstimateRow {
    /// `ips`, `snips`, `dm`, `dr` or `switch_dr`.
    pub estimator: String,
    /// What it says.
    #[serde(flatten)]
    pub estimate: Value95,
}

/// How much more the policy earns than the one it is compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Uplift {
    /// Per decision, doubly robust, with its 95 % interval.
    #[serde(flatten)]
    pub estimate: Value95,
    /// The range that holds after every decision; the gate rests on it.
    pub anytime: Range,
    /// Decisions in which the two would have chosen differently, with some probability.
    pub differing: usize,
    /// `better`, `worse` or `undecided`, as the gate sees it.
    pub verdict: String,
}

/// One agent under the two policies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AgentShare {
    /// Who.
    pub agent_id: String,
    /// Logged decisions for it.
    pub decisions: usize,
    /// Their share of all.
    pub logged_share: f64,
    /// Their mean reward; absent without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logged_reward: Option<f64>,
    /// The share of the decisions that the policy would have given it.
    pub policy_share: f64,
    /// What those would have come to (SNIPS); absent where the log says nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_reward: Option<Value95>,
    /// So many decisions of the policy's own would say as much of this agent.
    pub effective_samples: f64,
}

/// Lines of the log that say nothing of a policy, by why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Skipped {
    /// The context cannot be read or learned from.
    pub unreadable: usize,
    /// Nobody noted who else could have been chosen.
    pub without_action_set: usize,
    /// The chosen agent is not among those who could have been.
    pub not_in_action_set: usize,
    /// The propensity is not above 0, or the probabilities do not sum to one.
    pub bad_propensity: usize,
    /// A correction of a line that the log does not hold.
    pub orphaned_correction: usize,
}

/// What a policy would have earned on the log.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct EvaluationReport {
    /// The version; absent for settings that were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<i64>,
    /// What it was compared with.
    pub against: i64,
    /// In one sentence.
    pub summary: String,
    /// Decisions that were looked at.
    pub decisions: usize,
    /// The first of them (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The last of them (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// What was earned in fact; absent without decisions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logged: Option<Value95>,
    /// What the policy would have earned, by estimator; empty without decisions.
    pub estimates: Vec<EstimateRow>,
    /// Holds for any number of decisions (empirical Bernstein, 95 %).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bernstein: Option<Range>,
    /// Holds after every decision (95 %).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anytime: Option<Range>,
    /// So many decisions of its own would say as much.
    pub effective_samples: f64,
    /// The largest weight of a logged choice.
    pub weight_max: f64,
    /// The share of its choices that could not have been drawn then: of those the log says nothing, only the model does.
    pub uncovered_share: f64,
    /// Against the policy in force; absent without decisions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uplift: Option<Uplift>,
    /// By agent, the most chosen first.
    pub agents: Vec<AgentShare>,
    /// Lines that were passed over.
    pub skipped: Skipped,
    /// Lines outside the time asked for; they were learned from on the way.
    pub outside: usize,
}
