//! A value taken apart into what a person can read.

use super::agent::Agent;
use super::layout::Part;
use super::{Learner, pairing};
use crate::features::shape;
use crate::{Candidate, Context, Scratch};

/// The share of one feature, or of a group of them, in a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contribution {
    /// What it is, in words.
    pub feature: &'static str,
    /// How much it adds to the expected return.
    pub amount: f64,
}

impl Learner {
    /// What speaks for and against an agent in this state, the largest amounts first. They sum to the mean of its value.
    pub fn explain(&self, context: &Context, candidate: Candidate<'_>) -> Vec<Contribution> {
        let mut scratch = Scratch::default();
        self.describe(context, &mut scratch);
        let pairing = pairing(context, candidate.agent, candidate.relevance);
        let mut parts = vec![
            Contribution {
                feature: "what such tasks give with any agent",
                amount: self.newcomer(&scratch).mean,
            },
            Contribution { feature: "relevance of the agent", amount: self.gains.mean[0] * pairing[0] },
            Contribution {
                feature: "the agent failed at this already",
                amount: self.gains.mean[1] * pairing[1],
            },
        ];
        if let Some(model) = self.model_behind(candidate.model) {
            parts.push(Contribution {
                feature: "the model that the agent runs on",
                amount: model.effect().mean,
            });
        }
        if let Some(of_group) = self.of_group(context) {
            let amount = of_group.effect(candidate.agent).mean;
            parts.push(Contribution { feature: "the agent's record with this group of callers", amount });
        }
        if let Ok(at) = self.agents.position(candidate.agent) {
            self.explain_own(&self.agents[at], &scratch, &mut parts);
        }
        parts.retain(|part| part.amount != 0.0);
        parts.sort_by(|a, b| b.amount.abs().total_cmp(&a.amount.abs()));
        parts
    }

    /// What sets the agent apart from the others.
    fn explain_own(&self, agent: &Agent, scratch: &Scratch, parts: &mut Vec<Contribution>) {
        let members = self.prior.members.iter().zip(&self.shared).zip(&self.committee.shares);
        for ((member, shared), share) in members {
            let own = &agent.weights[member.range.clone()];
            let x = &scratch.x[member.range.clone()];
            for (index, ((own, shared), x)) in own.iter().zip(&shared.mean).zip(x).enumerate() {
                add(parts, name(member.view.part(index)), share * f64::from((own - shared) * x));
            }
        }
    }
}

fn add(parts: &mut Vec<Contribution>, feature: &'static str, amount: f64) {
    match parts.iter_mut().find(|part| part.feature == feature) {
        Some(part) => part.amount += amount,
        None => parts.push(Contribution { feature, amount }),
    }
}

fn name(part: Part) -> &'static str {
    match part {
        Part::Bias => "the agent's record on all tasks",
        Part::Shape(index) => shape::NAMES[index],
        Part::State => "priority and earlier attempts",
        Part::Words => "words of the text",
        Part::Marks => "marks of the text and their order",
        Part::Meaning => "meaning of the text",
    }
}
