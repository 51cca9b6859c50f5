//! One decision: who takes the task, how sure that is, and why.
//!
//! The learner values the agents; the descriptions decide whom it may draw from, as long as there is no experience.

mod again;
mod board;
mod candidates;
mod draw;
mod gate;
mod reason;
mod refusal;
mod selection;

pub use again::{Redrawn, redraw};
pub use candidates::Candidate;
pub use refusal::Refusal;
pub use selection::Selection;

use q_learning::{DecisionRng, Learner};

use crate::words::Words;
use crate::{RosterIndex, SelectionConfig, TaskRequest};
use board::Board;
use gate::Gate;

/// Chooses an agent for a task. Everything logged of the choice is in the answer; nothing else is changed but the generator.
pub fn select(
    task: &TaskRequest<'_>,
    roster: &RosterIndex,
    learner: &Learner,
    config: &SelectionConfig,
    rng: &mut DecisionRng,
) -> Result<Selection, Refusal> {
    let words = Words::of(task.text);
    let board = Board::of(task, &words, roster, learner, config)?;
    let Some(best) = board.most_confident() else {
        return Err(Refusal::no_eligible(candidates::of(&board, roster, None)));
    };
    let gate = Gate::of(&board, task.force_execute, config);
    match draw::draw(&board, &gate, roster.keys(), learner, config.exploration_floor, rng) {
        Some(drawn) => Ok(Selection::of(task, &board, &drawn, roster)),
        None => {
            Err(Refusal::insufficient(board.confidence[best], config.min_confidence, board.is_intelligible()))
        }
    }
}
