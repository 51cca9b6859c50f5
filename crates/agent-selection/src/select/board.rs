//! Everything there is to know of each agent before one is drawn, by place in the roster.

use std::sync::Arc;

use q_learning::{AgentKey, Candidate, Context, Learner, ModelKey, Scratch, Signals, Value};
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
    pub(super) models: Arc<[Option<ModelKey>]>,
    pub(super) values: Vec<Value>,
    /// The learner's own probability of success.
    pub(super) expected: Vec<f64>,
    /// The same as it is answered: held up for a text that says something, taken down for one that does not.
    pub(super) confidence: Vec<f64>,
    pub(super) intelligibility: f64,
}

impl Board {
    pub(super) fn of(
        task: &TaskRequest<'_>,
        words: &Words,
        roster: &RosterIndex,
        learner: &Learner,
        config: &SelectionConfig,
    ) -> Result<Self, Refusal> {
        let eligibility = eligibility(task, roster, config)
            .map_err(|problem| Refusal::UnknownAgent { message: problem.0 })?;
        let relevance = roster.relevance_of(words);
        let context = context(task);
        let everyone: Vec<usize> = (0..roster.len()).collect();
        let candidates = as_candidates(&everyone, roster.keys(), roster.models(), &relevance);
        let values = learner.values(&context, &candidates, &mut Scratch::default()).to_vec();
        let intelligibility = roster.intelligibility_of(task.text, words);
        let expected = expected(&values, learner);
        let confidence =
            expected.iter().map(|learned| confidence(*learned, intelligibility, config)).collect();
        let models = roster.models().clone();
        Ok(Self { context, eligibility, relevance, models, values, expected, confidence, intelligibility })
    }

    /// The board of a decision that was taken before, as another learner sees it: everyone listed was eligible, and the text said
    /// something, or else nobody would have been chosen.
    pub(super) fn again(context: &Context, candidates: &[Candidate<'_>], learner: &Learner) -> Self {
        let values = learner.values(context, candidates, &mut Scratch::default()).to_vec();
        let expected = expected(&values, learner);
        Self {
            context: context.clone(),
            eligibility: vec![Eligibility::Eligible; candidates.len()],
            relevance: Relevance::known(candidates.iter().map(|candidate| candidate.relevance).collect()),
            models: candidates.iter().map(|candidate| candidate.model.cloned()).collect(),
            confidence: expected.clone(),
            expected,
            values,
            intelligibility: 1.0,
        }
    }

    pub(super) fn is_intelligible(&self) -> bool {
        self.intelligibility >= INTELLIGIBLE
    }

    /// The eligible agent of the highest confidence.
    pub(super) fn most_confident(&self) -> Option<usize> {
        self.eligible().max_by(|a, b| self.confidence[*a].total_cmp(&self.confidence[*b]))
    }

    pub(super) fn eligible(&self) -> impl Iterator<Item = usize> {
        (0..self.eligibility.len()).filter(|agent| self.eligibility[*agent].allows())
    }
}

fn expected(values: &[Value], learner: &Learner) -> Vec<f64> {
    values.iter().map(|value| learner.confidence(*value).clamp(0.0, SUREST)).collect()
}

fn context(task: &TaskRequest<'_>) -> Context {
    let signals =
        Signals { priority: Some(task.priority.get()), embedding: task.embedding, ..Signals::default() };
    let first = Context::describe(task.text, &signals);
    let first = task.terms.iter().fold(first, |context, terms| context.on(terms.clone()));
    let key = |agent: &AgentId| AgentKey::new(agent.as_str());
    task.failed.iter().fold(first, |context, agent| context.after_failure(&key(agent)))
}

/// These agents as the learner wants them.
pub(super) fn as_candidates<'a>(
    agents: &[usize],
    keys: &'a [AgentKey],
    models: &'a [Option<ModelKey>],
    relevance: &Relevance,
) -> Vec<Candidate<'a>> {
    let candidate = |at: &usize| Candidate {
        agent: &keys[*at],
        relevance: relevance.of(*at),
        model: models[*at].as_ref(),
    };
    agents.iter().map(candidate).collect()
}

/// A text that says nothing takes the learner's probability down steeply, one that says something holds it up.
fn confidence(learned: f64, intelligibility: f64, config: &SelectionConfig) -> f64 {
    if intelligibility >= INTELLIGIBLE {
        learned.max(config.lowest_confidence)
    } else {
        learned * intelligibility.powi(3)
    }
}
