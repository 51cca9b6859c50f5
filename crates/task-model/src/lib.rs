//! What a task, agent, priority, status, attempt, step and outcome are, and which moves are legal.
//!
//! Invariant of absence: nothing here knows JSON, SQL, HTTP or a clock. Instants come in as [`Micros`].

mod agent;
mod attempt;
mod fair;
mod ids;
mod money;
mod outcome;
mod priority;
mod schedule;
mod status;
mod step;
mod text;
mod time;
mod verb;

pub use agent::AgentStatus;
pub use attempt::{Attempt, Fence};
pub use fair::Shares;
pub use ids::{AgentId, DecisionId, ScheduleId, TaskId, TenantId};
pub use money::MicroUsd;
pub use outcome::{Blame, FailureCode, Outcome};
pub use priority::Priority;
pub use schedule::{Missed, Overlap};
pub use status::{IllegalMove, RunStatus, TaskStatus, visible_status};
pub use step::{EffectClass, StepKind};
pub use text::Description;
pub use time::Micros;
pub use verb::{Asked, Verb};

/// Why a value could not become one of the types of this crate.
///
/// The message is a clause that reads well after a field name: `task_id must be 1 to 128 characters`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub String);
