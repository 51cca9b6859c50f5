//! How a run ends without an answer, and whose doing that is. Only an agent's own failure may cost it reward.

use serde::{Deserialize, Serialize};

/// A run that ended without an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What went wrong.
    pub code: FailureCode,
    /// One sentence for a person.
    pub message: String,
}

/// Whose doing a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blame {
    /// The agent did badly; another agent may do better, and this one learns from it.
    Agent,
    /// Something under the agent broke; the same agent may simply try again.
    Infrastructure,
    /// Nobody could have done it with what is configured.
    Nobody,
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
    Cycle,
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
    /// No model could be reached.
    ModelUnavailable,
}

impl FailureCode {
    /// Whose doing it is.
    pub fn blame(self) -> Blame {
        match self {
            FailureCode::ModelUnavailable => Blame::Infrastructure,
            FailureCode::ModelCannot => Blame::Nobody,
            FailureCode::StepLimit
            | FailureCode::TokenLimit
            | FailureCode::CostLimit
            | FailureCode::TimeLimit
            | FailureCode::Cycle
            | FailureCode::MalformedOutput
            | FailureCode::EmptyAnswer
            | FailureCode::ContextTooLong
            | FailureCode::ModelRefused => Blame::Agent,
        }
    }

    /// The word on the wire (`error.code`).
    pub fn as_str(self) -> &'static str {
        match self {
            FailureCode::StepLimit => "STEP_LIMIT",
            FailureCode::TokenLimit => "TOKEN_LIMIT",
            FailureCode::CostLimit => "COST_LIMIT",
            FailureCode::TimeLimit => "TIME_LIMIT",
            FailureCode::Cycle => "CYCLE",
            FailureCode::MalformedOutput => "MALFORMED_OUTPUT",
            FailureCode::EmptyAnswer => "EMPTY_ANSWER",
            FailureCode::ContextTooLong => "CONTEXT_TOO_LONG",
            FailureCode::ModelRefused => "MODEL_REFUSED",
            FailureCode::ModelCannot => "MODEL_CANNOT",
            FailureCode::ModelUnavailable => "MODEL_UNAVAILABLE",
        }
    }
}

impl Blame {
    /// The word in the journal.
    pub fn as_str(self) -> &'static str {
        match self {
            Blame::Agent => "agent",
            Blame::Infrastructure => "infrastructure",
            Blame::Nobody => "nobody",
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
