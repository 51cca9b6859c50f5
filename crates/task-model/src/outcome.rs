//! How an attempt ended, and whose doing it was.

use crate::{Invalid, MicroUsd};

/// Who a failure is charged to. Only the agent's own failures teach the learner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Blame {
    /// The agent had what it needed and did not succeed.
    Agent,
    /// A dependency, a crash or a limit of the system.
    Infrastructure,
    /// Nobody: the work could not be done as configured (`MODEL_CANNOT`), or the caller stopped it.
    Nobody,
}

impl Blame {
    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Infrastructure => "infrastructure",
            Self::Nobody => "nobody",
        }
    }

    /// The reverse of [`Self::as_str`].
    pub fn parse(word: &str) -> Result<Self, Invalid> {
        match word {
            "agent" => Ok(Self::Agent),
            "infrastructure" => Ok(Self::Infrastructure),
            "nobody" => Ok(Self::Nobody),
            _ => Err(Invalid("must be one of agent, infrastructure, nobody".into())),
        }
    }
}

/// The well-known machine words for failures; others are possible and travel as text.
pub struct FailureCode;

impl FailureCode {
    /// The configured model cannot do this kind of work.
    pub const MODEL_CANNOT: &'static str = "MODEL_CANNOT";
    /// The agent used all the steps it may take.
    pub const STEP_LIMIT: &'static str = "STEP_LIMIT";
    /// The agent used all its tokens.
    pub const TOKEN_LIMIT: &'static str = "TOKEN_LIMIT";
    /// The agent used all its money.
    pub const COST_LIMIT: &'static str = "COST_LIMIT";
    /// The agent used all its time.
    pub const TIME_LIMIT: &'static str = "TIME_LIMIT";
    /// The agent repeated itself with nothing new.
    pub const NO_PROGRESS: &'static str = "NO_PROGRESS";
    /// The caller asked to stop.
    pub const CANCELLED: &'static str = "CANCELLED";
    /// The deadline of the task passed.
    pub const DEADLINE: &'static str = "DEADLINE";
    /// A person must allow a tool call first.
    pub const APPROVAL_REQUIRED: &'static str = "APPROVAL_REQUIRED";
    /// Workers died on this run twice.
    pub const POISON: &'static str = "POISON";
}

/// The end of one attempt, as the reward sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Whether the work was done.
    pub succeeded: bool,
    /// Who is charged when it was not.
    pub blame: Blame,
    /// What it cost.
    pub cost: MicroUsd,
    /// From start to finish, in milliseconds.
    pub latency_ms: i64,
}
