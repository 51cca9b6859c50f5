//! How a run ends without an answer, and whose doing that is. Only an agent's own failure may cost it reward.

use serde::{Deserialize, Serialize};
use task_model::{Blame, FailureCode as Word};

/// A run that ended without an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What went wrong.
    pub code: FailureCode,
    /// One sentence for a person.
    pub message: String,
}

/// Every way to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FailureCode {
    /// More steps than allowed.
    StepLimit,
    /// More tokens than allowed.
    TokenLimit,
    /// More money than allowed.
    CostLimit,
    /// More time than allowed.
    TimeLimit,
    /// The same call with the same observation again and again.
    NoProgress,
    /// Output that cannot be read, twice in a row.
    MalformedOutput,
    /// Nothing said, twice in a row.
    EmptyAnswer,
    /// The conversation no longer fits the model.
    ContextTooLong,
    /// The model refuses.
    ModelRefused,
    /// The configured model cannot do this task.
    ModelCannot,
    /// The task needs a tool that the agent does not have.
    AgentLacksTool,
    /// The model said more than is kept.
    PayloadTooLarge,
    /// A budget of money on models has not enough left.
    BudgetExceeded,
    /// No model could be reached.
    ModelUnavailable,
}

impl FailureCode {
    /// Whose doing it is.
    pub fn blame(self) -> Blame {
        match self {
            FailureCode::ModelUnavailable => Blame::Infrastructure,
            FailureCode::ModelCannot | FailureCode::BudgetExceeded => Blame::Nobody,
            FailureCode::StepLimit
            | FailureCode::TokenLimit
            | FailureCode::CostLimit
            | FailureCode::TimeLimit
            | FailureCode::NoProgress
            | FailureCode::MalformedOutput
            | FailureCode::EmptyAnswer
            | FailureCode::ContextTooLong
            | FailureCode::ModelRefused
            | FailureCode::PayloadTooLarge
            | FailureCode::AgentLacksTool => Blame::Agent,
        }
    }

    /// The word on the wire (`error.code`).
    pub fn as_str(self) -> &'static str {
        match self {
            FailureCode::StepLimit => Word::STEP_LIMIT,
            FailureCode::TokenLimit => Word::TOKEN_LIMIT,
            FailureCode::CostLimit => Word::COST_LIMIT,
            FailureCode::TimeLimit => Word::TIME_LIMIT,
            FailureCode::NoProgress => Word::NO_PROGRESS,
            FailureCode::MalformedOutput => "MALFORMED_OUTPUT",
            FailureCode::EmptyAnswer => "EMPTY_ANSWER",
            FailureCode::ContextTooLong => "CONTEXT_TOO_LONG",
            FailureCode::ModelRefused => "MODEL_REFUSED",
            FailureCode::ModelCannot => Word::MODEL_CANNOT,
            FailureCode::AgentLacksTool => "AGENT_LACKS_TOOL",
            FailureCode::PayloadTooLarge => "PAYLOAD_TOO_LARGE",
            FailureCode::BudgetExceeded => "BUDGET_EXCEEDED",
            FailureCode::ModelUnavailable => "MODEL_UNAVAILABLE",
        }
    }
}

impl Failure {
    pub(crate) fn new(code: FailureCode, message: impl Into<String>) -> Self {
        Failure { code, message: message.into() }
    }

    /// Whose doing it is.
    pub fn blame(&self) -> Blame {
        self.code.blame()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use FailureCode::*;

    #[test]
    fn the_word_in_json_is_the_word_everywhere() {
        for code in [
            StepLimit,
            TokenLimit,
            CostLimit,
            TimeLimit,
            NoProgress,
            MalformedOutput,
            EmptyAnswer,
            ContextTooLong,
            ModelRefused,
            ModelCannot,
            ModelUnavailable,
            AgentLacksTool,
            PayloadTooLarge,
            BudgetExceeded,
        ] {
            assert_eq!(serde_json::json!(code), code.as_str());
        }
    }
}
