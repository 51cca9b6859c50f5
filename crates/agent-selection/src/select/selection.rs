//! The choice, with all that has to be logged of it.

use q_learning::{AgentKey, Context, NextState, Offer};
use task_model::AgentId;

use super::board::Board;
use super::draw::Drawn;
use super::{Candidate, candidates, reason};
use crate::{RosterIndex, TaskRequest};

/// Who takes the task.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// The agent.
    pub agent_id: AgentId,
    /// The probability that it succeeds, 0 to 1.
    pub confidence: f64,
    /// The exact probability with which it was drawn; 1 when it was demanded.
    pub propensity: f64,
    /// Whether another agent is valued higher, so that this one is tried to learn.
    pub explored: bool,
    /// Whether the outcome may be learned from: not when the caller demanded the agent.
    pub learns: bool,
    /// How well the agent's description fits the text; part of the experience.
    pub relevance: f64,
    /// Every agent of the roster, eligible and highly valued ones first.
    pub candidates: Vec<Candidate>,
    /// One sentence that a person understands.
    pub reason: String,
    /// What a person should know, though it did not prevent the choice.
    pub warnings: Vec<String>,
    /// The learner's context, for the log: it suffices to learn from the outcome later.
    pub context: Vec<u8>,
    /// From 0 to 1, whether the text says something.
    pub intelligibility: f64,
    next: Context,
}

impl Selection {
    /// This state as the one that followed a failed attempt, for the experience of that attempt.
    pub fn next_state(&self) -> NextState {
        let eligible = self.candidates.iter().filter(|candidate| candidate.eligible);
        NextState {
            context: self.next.clone(),
            candidates: eligible
                .map(|one| Offer {
                    agent: AgentKey::new(one.agent_id.as_str()),
                    relevance: one.relevance,
                    model: one.model.clone(),
                })
                .collect(),
        }
    }

    pub(super) fn of(task: &TaskRequest<'_>, board: &Board, drawn: &Drawn, roster: &RosterIndex) -> Self {
        let agent = drawn.agent;
        Self {
            agent_id: roster.agents()[agent].id.clone(),
            confidence: board.confidence[agent],
            propensity: drawn.probabilities[agent],
            explored: drawn.best != agent,
            learns: task.pin.is_none(),
            relevance: board.relevance.of(agent),
            candidates: candidates::of(board, roster, Some(drawn)),
            reason: reason::sentence(task, board, drawn, roster),
            warnings: reason::warnings(task, board, drawn),
            context: board.context.to_bytes(),
            intelligibility: board.intelligibility,
            next: board.context.clone(),
        }
    }
}
