//! Where a run stands, and what it has used up.

use crate::{Answer, Failure, Outcome, ToolCall};
use serde::{Deserialize, Serialize};

/// The phase of a run.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Phase {
    /// The model is to be asked.
    Thinking,
    /// Tools are to be run.
    Acting(Turn),
    /// Ended with an answer.
    Done(Answer),
    /// Ended without one.
    Failed(Failure),
}

/// The calls of one thought, in the order the model made them.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Turn {
    pub calls: Vec<TurnCall>,
}

/// One call: to be run, or answered by the machine itself because the tool does not exist.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TurnCall {
    /// A known tool.
    Known(ToolCall, Option<Outcome>),
    /// An unknown one: it has no step, for nothing is done.
    Unknown { id: String, tool: String, arguments: serde_json::Value, outcome: Outcome },
}

impl Turn {
    /// Calls without an observation.
    pub fn pending(&self) -> impl Iterator<Item = &ToolCall> {
        self.calls.iter().filter_map(|call| match call {
            TurnCall::Known(call, None) => Some(call),
            _ => None,
        })
    }
}

/// What a run has used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Recorded steps: thoughts and tool calls.
    pub steps: u32,
    /// Model calls.
    pub thoughts: u32,
    /// Tool calls.
    pub tool_calls: u32,
    /// Prompt tokens.
    pub tokens_in: u64,
    /// Completion tokens.
    pub tokens_out: u64,
    /// Millionths of a US dollar.
    pub cost_micro: i64,
    /// Wall time as last told.
    pub elapsed_ms: u64,
}
