//! The experience log, its snapshots, and sums over it.

use task_model::{AgentId, Attempt, MicroUsd, Micros, TaskId};

/// One line of the log that the learner folds.
#[derive(Debug, Clone, PartialEq)]
pub struct NewExperience {
    /// The task.
    pub task_id: TaskId,
    /// The attempt.
    pub attempt: Attempt,
    /// 0 for a settlement. `feedback_put` sets its own; an import keeps what it was given.
    pub revision: i64,
    /// The agent that acted.
    pub agent_id: AgentId,
    /// The encoded features it was chosen for.
    pub context: Vec<u8>,
    /// The encoded features of the attempt that followed; `None` at the end of an episode.
    pub next_context: Option<Vec<u8>>,
    /// The reward.
    pub reward: f64,
    /// For a correction: the reward that was learned before and no longer holds.
    pub prev_reward: Option<f64>,
    /// How much it counts.
    pub weight: f64,
    /// The exact probability of the choice.
    pub propensity: f64,
    /// The policy that chose.
    pub policy_version: i64,
    /// What the attempt cost.
    pub cost: MicroUsd,
    /// How long it took.
    pub latency_ms: i64,
    /// When it was learned.
    pub at: Micros,
    /// `settle`, `feedback`, `import` …
    pub source: String,
    /// What could have been chosen with which probability, as JSON. Kept here only when no decision of our own has it;
    /// [`crate::Storage::decisions_logged_after`] fills it in from there.
    pub candidates_json: Option<String>,
}

/// A line of the log in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Experience {
    /// Its place: lines are visible in this order, with gaps but without late arrivals.
    pub seq: i64,
    /// The line.
    pub experience: NewExperience,
}

/// A snapshot of the fold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which version of the learner wrote it.
    pub format: String,
    /// The last line it holds.
    pub seq: i64,
    /// The learner's own encoding.
    pub bytes: Vec<u8>,
    /// When it was made.
    pub created_at: Micros,
}

/// What the tasks of one agent came to.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentPerformance {
    /// The agent.
    pub agent_id: AgentId,
    /// All time.
    pub total: PerformanceSums,
    /// Tasks accepted since the instant asked for.
    pub recent: PerformanceSums,
}

/// Sums from which rates, means and intervals follow.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PerformanceSums {
    /// Tasks whose current attempt is the agent's.
    pub tasks: i64,
    /// … that were completed.
    pub completed: i64,
    /// … that failed.
    pub failed: i64,
    /// … that have a reward.
    pub rewarded: i64,
    /// Sum of the rewards.
    pub reward_sum: f64,
    /// Sum of their squares.
    pub reward_sumsq: f64,
    /// Finished runs of the agent.
    pub runs: i64,
    /// Their durations, summed.
    pub latency_ms_sum: i64,
    /// Their cost.
    pub cost: MicroUsd,
}
