//! Numbers learn: the text of a task becomes features, features become action values, outcomes move them.
//!
//! Pure and deterministic: no IO, no clock, no async, no global state. Same seed and same log give the same bytes.
//! Invariant of absence: it knows texts, agents by key and rewards from 0 to 1, not what a task, a tenant or a roster is.

mod agent_key;
mod bytes;
mod context;
mod error;
mod experience;
mod exploration;
mod features;
mod learner;
pub mod ope;
pub mod replay;
mod terms;

pub use agent_key::{AgentKey, ModelKey};
pub use context::{Context, Signals};
pub use error::Error;
pub use experience::{Experience, NextState, Offer, Spent, Word};
pub use exploration::{Exploration, Value};
pub use learner::config::LearnerConfig;
pub use learner::credit::{Credit, Credits};
pub use learner::decision::{Candidate, Decision, Scratch};
pub use learner::pacing::Pace;
pub use learner::table::TableRow;
pub use learner::{Contribution, Learner, Member, Update, View};
pub use terms::{COMMON_GROUP, Limited, Objective, Terms};

/// The random source of decisions: portable, seedable, the same numbers on every machine.
pub type DecisionRng = rand_chacha::ChaCha8Rng;

/// A random source for one decision, from a seed that the caller logs or can derive again.
pub fn decision_rng(seed: u64) -> DecisionRng {
    use rand_chacha::rand_core::SeedableRng;
    DecisionRng::seed_from_u64(seed)
}
