//! The ReAct loop as a state machine: thought, tool calls, observations, …, final answer.
//!
//! Effects are data. [`Machine::next`] says what to do, somebody else does it and tells [`Machine::apply`]
//! what came of it. Those events are the journal: a machine folded from them is the machine that was
//! running, so a run can stop anywhere and go on elsewhere without a checkpoint of its whole state.
//!
//! Invariant of absence: no IO, clock, randomness or async; nothing here knows a provider, a tool or a table.

mod canonical;
mod effect;
mod effect_word;
mod event;
mod failure;
mod identity;
mod limits;
mod machine;
mod message;
mod observation;
mod plan;

pub use canonical::canonical_json;
pub use effect::{Answer, Effect, ModelRequest, ToolCall, ToolChoice};
pub use event::{Event, FinishReason, ModelAnswer, ModelFailure, ModelFailureKind};
pub use failure::{Failure, FailureCode};
pub use identity::{idempotency_key, request_key};
pub use limits::Limits;
pub use machine::{ApplyError, Machine, Usage};
pub use message::{CallKind, FunctionCall, Message, ToolCallMessage};
pub use observation::{Observation, Outcome, ToolErrorCode};
pub use plan::{AgentPlan, Sampling, Task, ToolSpec};
pub use task_model::{Blame, EffectClass};
