//! A canary takes its share of the decisions: which of two choices counts, and with which probability whoever was chosen was chosen.

use std::collections::HashMap;

use agent_selection::Selection;
use q_learning::DecisionRng;
use rand::RngExt;

use super::Chosen;

/// One of the two, the canary's with probability `share`. Every probability becomes that of both ways together, which is what the
/// agent was drawn with: `(1 − share) · p + share · p'`.
pub(super) fn toss(deciding: Chosen, canary: Chosen, share: f64, rng: &mut DecisionRng) -> Chosen {
    let takes = rng.random::<f64>() < share;
    let (mut chosen, other, other_share) =
        if takes { (canary, deciding, 1.0 - share) } else { (deciding, canary, share) };
    mix(&mut chosen.selection, &other.selection, other_share);
    chosen
}

fn mix(into: &mut Selection, other: &Selection, other_share: f64) {
    let others: HashMap<_, _> =
        other.candidates.iter().map(|candidate| (&candidate.agent_id, candidate.probability)).collect();
    let mixed = |agent, own: f64| {
        (1.0 - other_share) * own + other_share * others.get(agent).copied().unwrap_or_default()
    };
    for candidate in &mut into.candidates {
        candidate.probability = mixed(&candidate.agent_id, candidate.probability);
    }
    into.propensity = mixed(&into.agent_id, into.propensity);
}

#[cfg(test)]
mod tests {
    use agent_selection::{AgentProfile, RosterIndex, SelectionConfig, TaskRequest, select};
    use q_learning::{AgentKey, Context, Experience, Learner, LearnerConfig, decision_rng};
    use task_model::AgentId;

    use super::*;
    use crate::app::policy::PolicyVersion;

    /// A learner that was taught who is good.
    fn taught(good: &str) -> Learner {
        let mut learner = Learner::new(LearnerConfig::default()).unwrap();
        for round in 0..40 {
            for agent in ["a", "b"] {
                let reward = f64::from(u8::from(agent == good));
                let context = Context::from_text(&format!("task {round}"));
                learner.update(&Experience::new(context, AgentKey::new(agent), reward)).unwrap();
            }
        }
        learner
    }

    #[test]
    fn logged_probabilities_are_those_of_the_whole_draw() {
        let agents = ["a", "b"].map(|id| AgentProfile::new(AgentId::parse(id).unwrap()));
        let (roster, config) = (RosterIndex::new(agents.to_vec()), SelectionConfig::default());
        let (request, mut rng) = (TaskRequest::new("write the report"), decision_rng(5));
        let learners = [taught("a"), taught("b")];
        let (mut drawn, mut by_canary, mut logged) = ([0.0; 2], 0.0, [0.0; 2]);
        const ROUNDS: u32 = 20_000;
        for _ in 0..ROUNDS {
            let [first, second] = [0, 1].map(|at| Chosen {
                selection: select(&request, &roster, &learners[at], &config, &mut rng).unwrap(),
                version: PolicyVersion { policy: at as i64, seq: 0 },
            });
            let chosen = toss(first, second, 0.3, &mut rng);
            let at = usize::from(chosen.selection.agent_id.as_str() == "b");
            drawn[at] += 1.0 / f64::from(ROUNDS);
            logged[at] = chosen.selection.propensity;
            by_canary += chosen.version.policy as f64 / f64::from(ROUNDS);
            let sum: f64 = chosen.selection.candidates.iter().map(|candidate| candidate.probability).sum();
            assert!((sum - 1.0).abs() < 1e-12, "{sum}");
        }
        assert!((by_canary - 0.3).abs() < 0.015, "{by_canary}");
        for at in 0..2 {
            assert!((drawn[at] - logged[at]).abs() < 0.015, "{drawn:?} {logged:?}");
        }
        assert!(logged[1] > 0.25, "the canary's favourite gets its share: {logged:?}");
    }
}
