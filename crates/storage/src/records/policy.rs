//! Policies and the jobs that train them.

use serde_json::Value;
use task_model::Micros;

/// Where a policy stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PolicyStatus {
    /// Trained, not used.
    Candidate,
    /// Decides beside the promoted one, unseen.
    Shadow,
    /// Decides for a share of the traffic.
    Canary,
    /// Decides.
    Promoted,
    /// Decided once; a newer one does now.
    Retired,
    /// Was worse and was taken back.
    RolledBack,
}

impl PolicyStatus {
    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Shadow => "shadow",
            Self::Canary => "canary",
            Self::Promoted => "promoted",
            Self::Retired => "retired",
            Self::RolledBack => "rolled_back",
        }
    }

    /// The reverse of [`Self::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        use PolicyStatus::*;
        [Candidate, Shadow, Canary, Promoted, Retired, RolledBack].into_iter().find(|s| s.as_str() == word)
    }
}

/// A policy to be published.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPolicy {
    /// Where it starts; publishing as promoted retires the promoted one.
    pub status: PolicyStatus,
    /// What it is.
    pub algorithm: String,
    /// The version it was trained from.
    pub parent: Option<i64>,
    /// The last experience it has seen.
    pub trained_to: i64,
    /// Its hyper-parameters.
    pub params: Value,
    /// How it was evaluated.
    pub metrics: Value,
    /// The learner's own encoding.
    pub bytes: Vec<u8>,
    /// In words.
    pub note: String,
    /// When.
    pub created_at: Micros,
}

/// A published policy.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyRecord {
    /// Its version, from 1, without gaps.
    pub version: i64,
    /// The policy; `policy_list` leaves the bytes empty.
    pub policy: NewPolicy,
    /// When its status last changed.
    pub changed_at: Micros,
    /// The share of the decisions that it takes as a canary; else 0.
    pub share: f64,
    /// The version that decided before it was promoted.
    pub replaced: Option<i64>,
}

/// A policy changes its status.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyMove {
    /// Which.
    pub version: i64,
    /// What it must be now; another status is [`crate::Error::Conflict`].
    pub from: PolicyStatus,
    /// What it becomes. `Promoted` retires the one that decides and notes it; leaving `Promoted` brings that one back.
    pub to: PolicyStatus,
    /// The share of the decisions, for a canary.
    pub share: f64,
    /// Why, for people.
    pub why: String,
    /// What was measured.
    pub figures: Value,
    /// When.
    pub at: Micros,
}

/// A move that was made.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyMoved {
    /// What the policy became.
    pub status: PolicyStatus,
    /// The share of the decisions, for a canary.
    pub share: f64,
    /// Why, for people.
    pub why: String,
    /// What was measured.
    pub figures: Value,
    /// When.
    pub at: Micros,
}

/// Which policies decide.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PoliciesInForce {
    /// The promoted one; without it, the learner that started from nothing decides.
    pub promoted: Option<i64>,
    /// The canary and its share.
    pub canary: Option<(i64, f64)>,
}

/// How far a training job is.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingCheckpoint {
    /// The job.
    pub job_id: String,
    /// Figures and place, in the words of whoever trains.
    pub state: Value,
    /// The learner's own encoding.
    pub bytes: Vec<u8>,
    /// When.
    pub at: Micros,
}

/// A training job.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingJob {
    /// Its identity.
    pub job_id: String,
    /// `queued`, `running`, `completed`, `failed` or `stopped`.
    pub status: String,
    /// What was asked.
    pub config: Value,
    /// How far it is.
    pub progress: Value,
    /// What it came to.
    pub metrics: Value,
    /// What it published.
    pub policy_version: Option<i64>,
    /// Why it failed.
    pub error: Option<String>,
    /// When it was asked for.
    pub created_at: Micros,
    /// When it began.
    pub started_at: Option<Micros>,
    /// When it ended.
    pub finished_at: Option<Micros>,
}
