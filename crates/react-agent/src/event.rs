//! What happened: the answers to effects, and the passing of time.
//!
//! All but [`Event::Tick`] are recorded as steps. Ticks are not: whoever resumes a run knows the time better.

use crate::{Observation, ToolCallMessage};
use serde::{Deserialize, Serialize};

/// One thing that happened to a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The model said something.
    ModelAnswered(ModelAnswer),
    /// The model call gave nothing.
    ModelFailed(ModelFailure),
    /// One tool call ended. Parallel calls may end in any order.
    ToolObserved(Observation),
    /// Time has passed.
    Tick {
        /// Milliseconds since the attempt began. Earlier values than one seen before are ignored.
        elapsed_ms: u64,
    },
}

/// An answer of the model and what it took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelAnswer {
    /// Step number of the request.
    pub step: u32,
    /// Thought or final answer.
    #[serde(default)]
    pub content: Option<String>,
    /// Calls it wants.
    #[serde(default)]
    pub tool_calls: Vec<ToolCallMessage>,
    /// Why it stopped.
    #[serde(default)]
    pub finish_reason: FinishReason,
    /// Prompt tokens.
    #[serde(default)]
    pub tokens_in: u64,
    /// Completion tokens.
    #[serde(default)]
    pub tokens_out: u64,
    /// Millionths of a US dollar.
    #[serde(default)]
    pub cost_micro: i64,
}

/// Why the model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// It was done.
    #[default]
    Stop,
    /// It wants tools.
    ToolCalls,
    /// It ran into the output bound; the text is cut.
    Length,
    /// The provider withheld it.
    ContentFilter,
    /// A word we do not know.
    #[serde(other)]
    Other,
}

/// A model call without an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelFailure {
    /// Step number of the request.
    pub step: u32,
    /// Which sort.
    pub kind: ModelFailureKind,
    /// One sentence for a person.
    pub message: String,
}

/// Sorts of failing, by who must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelFailureKind {
    /// The configured model cannot do such a task, and says so (the offline provider).
    Cannot,
    /// The task needs a tool that the agent does not have.
    LacksTool,
    /// The model or its provider refuses the content.
    Refused,
    /// The conversation has outgrown the model.
    ContextTooLong,
    /// What it said is longer than is kept.
    TooLarge,
    /// It may not be paid for any more.
    OverBudget,
    /// Down, overloaded, out of time, out of credit, or misconfigured.
    Unavailable,
}
