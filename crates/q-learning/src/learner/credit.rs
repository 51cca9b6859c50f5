//! Who and what outcomes are credited to: agents, the models they run on, the tools they called.

use super::Learner;
use super::evidence::Effect;

/// The effects of everything that outcomes are credited to. They add up: an agent's is what it is beside its model's.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Credits {
    /// Of agents, beside what all agents give, on a typical text.
    pub agents: Vec<Credit>,
    /// Of models, on all their agents alike.
    pub models: Vec<Credit>,
    /// Of tools: how attempts that called them were beside what was expected.
    pub tools: Vec<Credit>,
}

/// One effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Credit {
    /// Whose.
    pub name: String,
    /// In units of reward.
    pub effect: f64,
    /// How unsure that is: one standard deviation.
    pub std_dev: f64,
    /// Outcomes that it rests on.
    pub outcomes: u64,
}

impl Learner {
    /// What outcomes are credited to, by name.
    pub fn credits(&self) -> Credits {
        let agents = self.agents.iter().map(|agent| {
            let members = self.prior.members.iter().zip(&self.shared).zip(&self.committee.shares);
            let apart = members.map(|((member, shared), share)| {
                share * f64::from(agent.weights[member.range.start] - shared.mean[0])
            });
            // The first entry of the triangle is the variance of the bias, of which a typical text consists.
            let std_dev = self.deviation(agent.sketch.entries().first().copied().unwrap_or(0.0));
            let effect = Effect { mean: apart.sum(), variance: std_dev.powi(2) };
            credit(agent.key.as_str(), effect, agent.observations)
        });
        let models =
            self.models.all().map(|model| credit(model.key.as_str(), model.effect(), model.outcomes));
        let tools = self.tools.all().map(|tool| credit(&tool.name, tool.effect(self.noise), tool.outcomes));
        let mut credits =
            Credits { agents: agents.collect(), models: models.collect(), tools: tools.collect() };
        credits.agents.sort_by(|a, b| a.name.cmp(&b.name));
        credits.models.sort_by(|a, b| a.name.cmp(&b.name));
        credits
    }
}

fn credit(name: &str, effect: Effect, outcomes: u64) -> Credit {
    Credit { name: name.to_owned(), effect: effect.mean, std_dev: effect.variance.sqrt(), outcomes }
}
