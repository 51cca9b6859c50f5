//! What a run may use up. Every bound exists because something once ran for ever.

use serde::{Deserialize, Serialize};

/// Bounds of one attempt. A missing member takes its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Recorded steps: model calls and tool calls together.
    pub max_steps: u32,
    /// Prompt and completion tokens together.
    pub max_tokens: u64,
    /// Millionths of a US dollar; absent means no bound.
    pub max_cost_micro: Option<i64>,
    /// Wall time of the attempt in milliseconds, as told by [`crate::Event::Tick`].
    pub max_elapsed_ms: u64,
    /// Tool calls in one thought.
    pub max_parallel_calls: u32,
    /// Bytes of one observation that the model gets to see.
    pub max_observation_bytes: usize,
    /// Thoughts that may make the same call and see the same observation; never more than
    /// [`Limits::MOST_REPEATS`], whatever is configured. Several calls that take turns are stopped when three thoughts
    /// in a row showed nothing new.
    pub max_repeats: u32,
}

impl Limits {
    /// A cycle with nothing new is stopped after this many turns at the latest.
    pub const MOST_REPEATS: u32 = 5;

    pub(crate) fn repeats(&self) -> u32 {
        self.max_repeats.clamp(1, Self::MOST_REPEATS)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_steps: 24,
            max_tokens: 200_000,
            max_cost_micro: None,
            max_elapsed_ms: 300_000,
            max_parallel_calls: 8,
            max_observation_bytes: 16 * 1024,
            max_repeats: 4,
        }
    }
}
