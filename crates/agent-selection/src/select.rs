//! One decision: who takes the task, how sure that is, and why.
//!
//! The learner values the agents; the descriptions decide whom it may draw from, until there is experience.

mod board;
mod candidates;
mod reason;
mod refusal;
mod selection;

pub use candidates::Candidate;
pub use refusal::Refusal;
pub use selection::Selection;

use q_learning::{DecisionRng, Learner, Scratch};

use crate::words::Words;
use crate::{RosterIndex, SelectionConfig, TaskRequest};
use board::Board;

/// Chooses an agent for a task. Everything logged of the choice is in the answer; nothing else is changed but the generator.
pub fn select(
    task: &TaskRequest<'_>,
    roster: &RosterIndex,
    learner: &Learner,
    config: &SelectionConfig,
    rng: &mut DecisionRng,
) -> Result<Selection, Refusal> {
    let words = Words::of(task.text);
    let mut scratch = Scratch::default();
    let board = Board::of(task, &words, roster, learner, config, &mut scratch)?;
    let drawable = board.drawable(task, config);
    let Some(best) = board.most_confident() else {
        return Err(Refusal::no_eligible(candidates::of(&board, roster, None)));
    };
    if drawable.is_empty() {
        return Err(Refusal::insufficient(
            board.confidence[best],
            config.min_confidence,
            board.is_intelligible(),
        ));
    }
    let drawn = board.draw(&drawable, roster, learner, rng, &mut scratch);
    Ok(Selection::of(task, &board, &drawn, roster))
}
