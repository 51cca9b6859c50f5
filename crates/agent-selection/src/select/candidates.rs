//! The agents as the answer lists them.

use q_learning::ModelKey;
use task_model::AgentId;

use super::board::Board;
use super::draw::Drawn;
use super::reason;
use crate::RosterIndex;

/// One agent of the roster in one decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Who.
    pub agent_id: AgentId,
    /// The name that it asks for its model by, where that is known.
    pub model: Option<ModelKey>,
    /// The expected return of giving it the task.
    pub q_value: f64,
    /// What the ceilings on cost and time take from that; 0 without any.
    pub price: f64,
    /// The probability that it succeeds, 0 to 1.
    pub confidence: f64,
    /// How well its description fits, 0 to 1; log it with the decision.
    pub relevance: f64,
    /// Whether it may take the task at all.
    pub eligible: bool,
    /// Why it may not, or what speaks for it.
    pub why: String,
    /// The probability with which it was drawn; 0 when it could not be.
    pub probability: f64,
    /// Outcomes of it that were learned from.
    pub observations: u64,
}

/// All agents, eligible and highly valued ones first.
pub(super) fn of(board: &Board, roster: &RosterIndex, drawn: Option<&Drawn>) -> Vec<Candidate> {
    let mut all: Vec<Candidate> = roster
        .agents()
        .iter()
        .enumerate()
        .map(|(at, agent)| {
            let probability = drawn.map_or(0.0, |drawn| drawn.probabilities[at]);
            Candidate {
                agent_id: agent.id.clone(),
                model: board.models[at].clone(),
                q_value: board.values[at].mean,
                price: board.values[at].price,
                confidence: board.confidence[at],
                relevance: board.relevance.of(at),
                eligible: board.eligibility[at].allows(),
                why: reason::why(board, at, probability),
                probability,
                observations: board.values[at].observations,
            }
        })
        .collect();
    let rank = |candidate: &Candidate| (candidate.eligible, candidate.probability > 0.0);
    all.sort_by(|a, b| {
        rank(b).cmp(&rank(a)).then(b.q_value.total_cmp(&a.q_value)).then(a.agent_id.cmp(&b.agent_id))
    });
    all
}
