//! A task and a roster become a choice with confidence and reason; an outcome becomes a reward.
//!
//! [`RosterIndex`] is built once per version of the roster, [`select()`] decides on one task, [`reward()`] judges what
//! came of it. Invariant of absence: no IO, no clock, no async; chance comes in as a generator.

mod config;
mod eligibility;
mod intelligibility;
mod request;
mod reward;
mod roster;
mod select;
mod topics;
mod vocabulary;
mod words;

pub use config::{SelectionConfig, TenantObjective};
pub use request::{Requirements, TaskRequest, Unavailable};
pub use reward::{Feedback, Reward, RewardConfig, Score, reward, reward_with_feedback};
pub use roster::{AgentProfile, Relevance, RosterIndex};
pub use select::{Candidate, Redrawn, Refusal, Selection, redraw, select};
