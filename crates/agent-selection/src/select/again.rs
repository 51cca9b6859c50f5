//! A decision that was logged, taken again by another learner: whom it would have drawn, and with which probability.
//!
//! It is the code that decides, fed from the log instead of from a text and a roster; off-policy evaluation rests on that.

use q_learning::{AgentKey, Candidate, Context, Learner};

use super::board::Board;
use super::draw::{Distribution, distribution};
use super::gate::Gate;
use crate::SelectionConfig;

/// What another learner makes of a decision, by place of the candidate.
#[derive(Clone, Debug, PartialEq)]
pub struct Redrawn {
    /// The probability of each candidate. They sum to one.
    pub probabilities: Vec<f64>,
    /// What the learner expects of each, from 0 to 1.
    pub expected: Vec<f64>,
    /// The place of the highest valued one among those that can be drawn.
    pub best: usize,
}

/// The distribution over the candidates that were eligible then; `None` when there are none.
///
/// Given that the task was assigned: a learner that would have refused it is not asked whether, only to whom.
pub fn redraw(
    context: &Context,
    candidates: &[Candidate<'_>],
    learner: &Learner,
    config: &SelectionConfig,
) -> Option<Redrawn> {
    let board = Board::again(context, candidates, learner);
    let keys: Vec<AgentKey> = candidates.iter().map(|candidate| candidate.agent.clone()).collect();
    let gate = Gate::of(&board, true, config);
    let Distribution { best, probabilities } =
        distribution(&board, &gate, &keys, learner, config.exploration_floor)?;
    let expected = board.values.iter().map(|value| value.mean.clamp(0.0, 1.0)).collect();
    Some(Redrawn { probabilities, expected, best })
}
