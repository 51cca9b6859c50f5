//! Why no agent was chosen, and what the caller can do about it.

use super::Candidate;

/// No choice was made, and nothing should be stored.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// Even the best agent would succeed too improbably.
    #[error(
        "no agent is likely enough to succeed: confidence {confidence:.2} is under the required {min_required:.2}"
    )]
    InsufficientConfidence {
        /// Of the best agent.
        confidence: f64,
        /// The configured floor.
        min_required: f64,
        /// What the caller can do.
        suggestion: String,
    },
    /// Nobody may take the task.
    #[error("no agent may take this task")]
    NoEligibleAgent {
        /// Every agent with the reason why it may not.
        candidates: Vec<Candidate>,
        /// What the caller can do.
        suggestion: String,
    },
    /// The demanded agent is not in the roster.
    #[error("agent_id {message}")]
    UnknownAgent {
        /// A clause that reads well after the field's name.
        message: String,
    },
}

impl Refusal {
    /// The confidence of the best agent; 0 when there is none.
    pub fn confidence(&self) -> f64 {
        match self {
            Self::InsufficientConfidence { confidence, .. } => *confidence,
            Self::NoEligibleAgent { .. } | Self::UnknownAgent { .. } => 0.0,
        }
    }

    /// What the caller can do.
    pub fn suggestion(&self) -> &str {
        match self {
            Self::InsufficientConfidence { suggestion, .. } | Self::NoEligibleAgent { suggestion, .. } => {
                suggestion
            }
            Self::UnknownAgent { .. } => "Name an agent that GET /agents lists, or leave agent_id out.",
        }
    }

    pub(super) fn insufficient(confidence: f64, min_required: f64, intelligible: bool) -> Self {
        let suggestion = if intelligible {
            "Tasks like this mostly failed so far: describe it in smaller steps, or set force_execute to try anyway."
        } else {
            "The description does not read as a task: say in a sentence what should be done, or set force_execute to \
             try anyway."
        };
        Self::InsufficientConfidence { confidence, min_required, suggestion: suggestion.into() }
    }

    pub(super) fn no_eligible(candidates: Vec<Candidate>) -> Self {
        let reasons: Vec<String> =
            candidates.iter().take(3).map(|one| format!("{} ({})", one.agent_id, one.why)).collect();
        let suggestion = if reasons.is_empty() {
            "The roster is empty: add an agent first.".to_owned()
        } else {
            format!("Relax what the task demands, or make one of these available: {}.", reasons.join(", "))
        };
        Self::NoEligibleAgent { candidates, suggestion }
    }
}
