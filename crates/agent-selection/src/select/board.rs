//! Everything there is to know of each agent before one is drawn, by place in the roster.

use q_learning::{AgentKey, Candidate, Context, DecisionRng, Learner, Scratch, Signals, Value};
use task_model::AgentId;

use super::Refusal;
use crate::eligibility::{Eligibility, eligibility};
use crate::words::Words;
use crate::{Relevance, RosterIndex, SelectionConfig, TaskRequest};

/// A text over this is taken to say something.
const INTELLIGIBLE: f64 = 0.5;
/// Nothing is certain.
const SUREST: f64 = 0.99;

pub(super) struct Board {
    pub(super) context: Context,
    pub(super) eligibility: Vec<Eligibility>,
    pub(super) relevance: Relevance,
    pub(super) values: Vec<Value>,
    pub(super) confidence: Vec<f64>,
    pub(super) intelligibility: f64,
}

/// Who was drawn, and from which distribution.
pub(super) struct Drawn {
    pub(super) agent: usize,
    /// The agent of the highest value among those that could be drawn.
    pub(super) best: usize,
    /// By place in the roster; 0 for those that could not be drawn.
    pub(super) probabilities: Vec<f64>,
}

impl Board {
    pub(super) fn of(
        task: &TaskRequest<'_>,
        words: &Words,
        roster: &RosterIndex,
        learner: &Learner,
        config: &SelectionConfig,
        scratch: &mut Scratch,
    ) -> Result<Self, Refusal> {
        let eligibility = eligibility(task, roster, config)
            .map_err(|problem| Refusal::UnknownAgent { message: problem.0 })?;
        let relevance = roster.relevance_of(words);
        let context = context(task);
        let everyone: Vec<usize> = (0..roster.len()).collect();
        let values = learner.values(&context, &candidates(&everyone, roster, &relevance), scratch).to_vec();
        let intelligibility = roster.intelligibility_of(task.text, words);
        let confidence =
            values.iter().map(|value| confidence(learner, *value, intelligibility, config)).collect();
        Ok(Self { context, eligibility, relevance, values, confidence, intelligibility })
    }

    pub(super) fn is_intelligible(&self) -> bool {
        self.intelligibility >= INTELLIGIBLE
    }

    /// The eligible agent of the highest confidence.
    pub(super) fn most_confident(&self) -> Option<usize> {
        self.eligible().max_by(|a, b| self.confidence[*a].total_cmp(&self.confidence[*b]))
    }

    /// The agents that may be drawn: eligible, confident enough, and suited by their description or by experience.
    pub(super) fn drawable(&self, task: &TaskRequest<'_>, config: &SelectionConfig) -> Vec<usize> {
        let confident =
            |agent: &usize| task.force_execute || self.confidence[*agent] >= config.min_confidence;
        let pool: Vec<usize> = self.eligible().filter(confident).collect();
        let fit = |agent: usize| self.relevance.of(agent);
        let fittest = pool.iter().map(|agent| fit(*agent)).fold(0.0, f64::max);
        if fittest < config.clear_from {
            return pool;
        }
        let suited = |agent: usize| fit(agent) >= config.suited_share * fittest;
        let by_mean = |a: &usize, b: &usize| self.values[*a].mean.total_cmp(&self.values[*b].mean);
        let Some(top) = pool.iter().copied().filter(|agent| suited(*agent)).max_by(by_mean) else {
            return pool;
        };
        let bar = Bar::above(self.values[top], config);
        pool.into_iter()
            .filter(|agent| suited(*agent) || bar.is_met(self.values[*agent], fit(*agent) / fittest))
            .collect()
    }

    /// Draws from the learner's distribution over the drawable agents, which must not be empty.
    pub(super) fn draw(
        &self,
        drawable: &[usize],
        roster: &RosterIndex,
        learner: &Learner,
        rng: &mut DecisionRng,
        scratch: &mut Scratch,
    ) -> Drawn {
        let candidates = candidates(drawable, roster, &self.relevance);
        let decision = learner
            .decide(&self.context, &candidates, rng, scratch)
            .expect("deciding fails only without candidates, and there is at least one");
        let mut probabilities = vec![0.0; roster.len()];
        for (agent, probability) in drawable.iter().zip(decision.probabilities) {
            probabilities[*agent] = *probability;
        }
        Drawn { agent: drawable[decision.index], best: drawable[decision.best], probabilities }
    }

    pub(super) fn eligible(&self) -> impl Iterator<Item = usize> {
        (0..self.eligibility.len()).filter(|agent| self.eligibility[*agent].allows())
    }
}

/// What an agent must be valued at to be tried although its description does not speak for the text.
///
/// At first the margin decides: what the description lacks must be made up by outcomes. As outcomes of the best suited
/// agent come in, the margin goes and the doubt in the other's value speaks for it, so that a mediocre incumbent is
/// challenged and a good one is not.
struct Bar {
    value: f64,
    margin: f64,
    optimism: f64,
}

impl Bar {
    fn above(top: Value, config: &SelectionConfig) -> Self {
        let seen = top.observations as f64;
        let learned = seen / (seen + config.prior_outcomes);
        Self { value: top.mean, margin: config.unsuited_margin * (1.0 - learned), optimism: learned }
    }

    fn is_met(&self, value: Value, share: f64) -> bool {
        value.mean + self.optimism * value.std_dev >= self.value + self.margin * (1.0 - share)
    }
}

fn context(task: &TaskRequest<'_>) -> Context {
    let signals =
        Signals { priority: Some(task.priority.get()), embedding: task.embedding, ..Signals::default() };
    let first = Context::describe(task.text, &signals);
    let key = |agent: &AgentId| AgentKey::new(agent.as_str());
    task.failed.iter().fold(first, |context, agent| context.after_failure(&key(agent)))
}

fn candidates<'a>(agents: &[usize], roster: &'a RosterIndex, relevance: &Relevance) -> Vec<Candidate<'a>> {
    agents.iter().map(|at| Candidate { agent: &roster.keys()[*at], relevance: relevance.of(*at) }).collect()
}

/// The learner's calibrated probability; a text that says nothing takes it down steeply, one that does holds it up.
fn confidence(learner: &Learner, value: Value, intelligibility: f64, config: &SelectionConfig) -> f64 {
    let learned = learner.confidence(value).clamp(0.0, SUREST);
    if intelligibility >= INTELLIGIBLE {
        learned.max(config.lowest_confidence)
    } else {
        learned * intelligibility.powi(3)
    }
}
