//! A choice and everything that has to be logged of it. Nothing is allocated once the scratch has grown.

use rand::RngExt;

use super::Learner;
use super::sketch::{Folded, Products};
use crate::exploration::{Known, highest};
use crate::{AgentKey, Context, DecisionRng, Error, ModelKey, Value};

/// An agent that may be chosen.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Who. An agent that was never heard of is a newcomer.
    pub agent: &'a AgentKey,
    /// How well its description fits the text, from 0 to 1; 0 when unknown. Clamped, and 0 when it is not a number.
    pub relevance: f64,
    /// The name that it asks for its model by, where that is known: what it owes to whoever answers to that is learned of all its agents
    /// together.
    pub model: Option<&'a ModelKey>,
}

impl<'a> Candidate<'a> {
    /// An agent of which nothing is known that concerns its model.
    pub fn new(agent: &'a AgentKey, relevance: f64) -> Self {
        Self { agent, relevance, model: None }
    }
}

/// Buffers that a thread keeps between decisions.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) x: Vec<f32>,
    /// `x`, each member's part times its say in the committee.
    pub(crate) weighted: Vec<f32>,
    pub(crate) sketch: Folded,
    pub(crate) products: Products,
    pub(crate) values: Vec<Value>,
    pub(crate) probabilities: Vec<f64>,
}

/// What was chosen, from which distribution. Slices follow the order of the candidates.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'s> {
    /// The chosen candidate.
    pub index: usize,
    /// The probability with which it was chosen.
    pub propensity: f64,
    /// The candidate of the highest net value.
    pub best: usize,
    /// What is believed of each candidate.
    pub values: &'s [Value],
    /// The probability of each candidate. They sum to one.
    pub probabilities: &'s [f64],
}

impl Learner {
    /// What is believed of each candidate, in their order.
    pub fn values<'s>(
        &self,
        context: &Context,
        candidates: &[Candidate<'_>],
        scratch: &'s mut Scratch,
    ) -> &'s [Value] {
        self.evaluate(context, candidates, scratch);
        &scratch.values
    }

    /// The distribution over the candidates and its most valued one, without drawing.
    pub fn probabilities<'s>(
        &self,
        context: &Context,
        candidates: &[Candidate<'_>],
        scratch: &'s mut Scratch,
    ) -> Result<Decision<'s>, Error> {
        if candidates.is_empty() {
            return Err(Error::NoCandidates);
        }
        self.evaluate(context, candidates, scratch);
        let known = Known { outcomes: self.seen, answered: self.answered.share() };
        self.config.exploration.distribution(&scratch.values, known, &mut scratch.probabilities);
        let best = highest(&scratch.values, Value::net);
        Ok(Decision {
            index: best,
            propensity: scratch.probabilities[best],
            best,
            values: &scratch.values,
            probabilities: &scratch.probabilities,
        })
    }

    /// Chooses one candidate.
    pub fn decide<'s>(
        &self,
        context: &Context,
        candidates: &[Candidate<'_>],
        rng: &mut DecisionRng,
        scratch: &'s mut Scratch,
    ) -> Result<Decision<'s>, Error> {
        let mut decision = self.probabilities(context, candidates, scratch)?;
        decision.index = draw(decision.probabilities, rng.random::<f64>());
        decision.propensity = decision.probabilities[decision.index];
        Ok(decision)
    }
}

/// The index in whose share of the line from 0 to 1 the point lies. Rounding may leave a gap at the end: the last that can be.
fn draw(probabilities: &[f64], point: f64) -> usize {
    let mut sum = 0.0;
    let mut last = 0;
    for (index, probability) in probabilities.iter().enumerate() {
        if *probability > 0.0 {
            sum += probability;
            last = index;
            if point < sum {
                break;
            }
        }
    }
    last
}
