//! The distribution from which one agent is drawn. It is worked out whole before the draw, so propensities are exact.

use q_learning::{AgentKey, DecisionRng, Learner, Scratch};
use rand::RngExt;

use super::board::{Board, as_candidates};
use super::gate::Gate;

/// Who was drawn, and from which distribution.
pub(super) struct Drawn {
    pub(super) agent: usize,
    pub(super) best: usize,
    pub(super) probabilities: Vec<f64>,
    /// Whether the strongest agent took it without a draw.
    pub(super) escalated: bool,
}

/// From which distribution an agent is drawn.
pub(super) struct Distribution {
    /// The agent of the highest value among those that may be drawn.
    pub(super) best: usize,
    /// By place in the roster; 0 for those that could not be drawn.
    pub(super) probabilities: Vec<f64>,
}

/// Draws one agent; nobody when the gate lets nobody through.
pub(super) fn draw(
    board: &Board,
    gate: &Gate,
    keys: &[AgentKey],
    learner: &Learner,
    floor: f64,
    rng: &mut DecisionRng,
) -> Option<Drawn> {
    let Distribution { best, probabilities } = distribution(board, gate, keys, learner, floor)?;
    let agent = at(&probabilities, rng.random::<f64>());
    Some(Drawn { agent, best, probabilities, escalated: gate.strongest.is_some() })
}

/// The distribution alone, nobody being drawn.
pub(super) fn distribution(
    board: &Board,
    gate: &Gate,
    keys: &[AgentKey],
    learner: &Learner,
    floor: f64,
) -> Option<Distribution> {
    let mut mixture = Mixture { board, keys, learner, probabilities: vec![0.0; keys.len()] };
    let best = mixture.add_as_learned(&gate.drawable, 1.0 - gate.share, floor)?;
    mixture.add_by_doubt(&gate.challengers, gate.share);
    if let Some(strongest) = gate.strongest {
        mixture.probabilities.fill(0.0);
        mixture.probabilities[strongest] = 1.0;
        return Some(Distribution { best: strongest, probabilities: mixture.probabilities });
    }
    Some(Distribution { best, probabilities: mixture.probabilities })
}

struct Mixture<'a> {
    board: &'a Board,
    keys: &'a [AgentKey],
    learner: &'a Learner,
    probabilities: Vec<f64>,
}

impl Mixture<'_> {
    /// Spreads a share over agents as the learner would, a part of it evenly; their best one, if there is any.
    fn add_as_learned(&mut self, agents: &[usize], share: f64, floor: f64) -> Option<usize> {
        let mut scratch = Scratch::default();
        let candidates = as_candidates(agents, self.keys, &self.board.models, &self.board.relevance);
        // The learner refuses only when there are no candidates.
        let decision = self.learner.probabilities(&self.board.context, &candidates, &mut scratch).ok()?;
        let even = floor / agents.len() as f64;
        for (agent, probability) in agents.iter().zip(decision.probabilities) {
            self.probabilities[*agent] += share * ((1.0 - floor) * probability + even);
        }
        Some(agents[decision.best])
    }

    /// Spreads a share over agents by the variance of what is believed of them: whoever failed as well gives way.
    fn add_by_doubt(&mut self, agents: &[usize], share: f64) {
        let variance = |agent: usize| self.board.values[agent].std_dev.powi(2).max(1e-9);
        let total: f64 = agents.iter().map(|agent| variance(*agent)).sum();
        for agent in agents {
            self.probabilities[*agent] += share * variance(*agent) / total;
        }
    }
}

/// Whose share of the line from 0 to 1 the point lies in; the last that has one where rounding leaves a gap at the end.
fn at(probabilities: &[f64], point: f64) -> usize {
    let mut sum = 0.0;
    let mut last = 0;
    for (agent, probability) in
        probabilities.iter().enumerate().filter(|(_, probability)| **probability > 0.0)
    {
        last = agent;
        sum += probability;
        if point < sum {
            break;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::at;

    #[test]
    fn points_fall_into_their_shares() {
        let shares = [0.0, 0.25, 0.0, 0.75 - 1e-12, 0.0];
        let drawn = [0.0, 0.2499, 0.25, 0.9999, 1.0].map(|point| at(&shares, point));
        assert_eq!(drawn, [1, 1, 3, 3, 3]);
    }
}
