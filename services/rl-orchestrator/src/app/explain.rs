//! Why a task went to whom it went: the stored decision, taken apart with the values of this moment.

mod compare;
mod words;

use q_learning::{AgentKey, Candidate, Context, Learner, ModelKey, Scratch, Terms, Value};
use service_api::assign::Candidate as Listed;
use service_api::explain::{Argument, Certainty, ExplainedCandidate, Explanation, Exploring, MetCeiling};
use storage::NewDecision;
use task_model::TaskId;

use super::assign::{answer::readable, trace};
use super::policy::PolicyVersion;
use super::{Error, State};
use compare::Comparison;

/// The 97.5 % quantile of the normal distribution.
const Z: f64 = 1.96;
/// Differences under this are noise.
const WORTH_TELLING: f64 = 0.0005;

/// Explains the choice of the current attempt.
pub(crate) async fn explain(state: &State, task_id: &TaskId) -> Result<Explanation, Error> {
    let view = state.storage.task_find(task_id).await?;
    let view = view.ok_or_else(|| Error::TaskUnknown(task_id.clone()))?;
    let nothing = || Error::WrongState(format!("nothing was noted of how task \"{task_id}\" was decided"));
    let decision = view.decision.ok_or_else(nothing)?;
    let context = trace::experience(&decision, 0.0).map_err(|_| nothing())?.context;
    let (task_id, policy) = (task_id.to_string(), state.policy.now().clone());
    // Trying out what would have to change learns some dozens of times.
    let explained = tokio::task::spawn_blocking(move || {
        let field = Field::new(&decision, context, &policy.learner);
        field.explanation(task_id, &decision, policy.version)
    });
    explained.await.map_err(|error| Error::Internal(format!("explaining broke: {error}")))
}

/// Everyone who could be chosen, with what is believed of them now.
struct Field<'a> {
    learner: &'a Learner,
    context: Context,
    listed: Vec<Listed>,
    keys: Vec<AgentKey>,
    models: Vec<Option<ModelKey>>,
    values: Vec<Value>,
    /// The place of the chosen one, if it is still among them.
    chosen: Option<usize>,
}

impl<'a> Field<'a> {
    fn new(decision: &NewDecision, context: Context, learner: &'a Learner) -> Self {
        let listed: Vec<Listed> = serde_json::from_str(&decision.candidates_json).unwrap_or_default();
        let mut listed: Vec<Listed> = listed.into_iter().filter(|candidate| candidate.eligible).collect();
        listed.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(b.q_value.total_cmp(&a.q_value)));
        let keys: Vec<AgentKey> = listed.iter().map(|candidate| AgentKey::new(&candidate.agent_id)).collect();
        let models: Vec<Option<ModelKey>> =
            listed.iter().map(|one| one.model.as_deref().map(ModelKey::new)).collect();
        let chosen = listed.iter().position(|candidate| candidate.agent_id == decision.agent_id.as_str());
        let candidates: Vec<Candidate<'_>> =
            (0..keys.len()).map(|at| candidate(&keys, &models, &listed, at)).collect();
        let values = learner.values(&context, &candidates, &mut Scratch::default()).to_vec();
        Self { learner, context, listed, keys, models, values, chosen }
    }

    fn candidate(&self, at: usize) -> Candidate<'_> {
        candidate(&self.keys, &self.models, &self.listed, at)
    }

    /// The most valued one beside the chosen one.
    fn rival(&self) -> Option<usize> {
        let others = (0..self.listed.len()).filter(|at| Some(*at) != self.chosen);
        others.max_by(|a, b| self.values[*a].mean.total_cmp(&self.values[*b].mean))
    }

    fn explanation(&self, task_id: String, decision: &NewDecision, now: PolicyVersion) -> Explanation {
        let comparison =
            self.chosen.zip(self.rival()).map(|(chosen, rival)| Comparison::of(self, chosen, rival));
        let certainty = self.certainty(decision);
        let exploring = self.exploring(decision);
        let arguments = comparison.as_ref().map_or(&[][..], |comparison| &comparison.arguments);
        let side = |sign: f64| -> Vec<Argument> {
            let on_it = arguments.iter().filter(|argument| argument.amount * sign >= WORTH_TELLING);
            on_it.cloned().collect()
        };
        let (speaks_for, speaks_against) = (side(1.0), side(-1.0));
        let name = |at: usize| self.listed[at].agent_id.clone();
        let words = words::Words {
            agent: decision.agent_id.as_str(),
            demanded: !decision.learnable,
            rival: comparison.as_ref().map(|comparison| name(comparison.rival)),
            comparison: comparison.as_ref(),
            speaks_for: &speaks_for,
            speaks_against: &speaks_against,
            certainty: &certainty,
            exploring: &exploring,
        };
        Explanation {
            task_id,
            agent_id: decision.agent_id.to_string(),
            reason: decision.reason.clone(),
            summary: words.sentences(),
            would_change: words.would_change(),
            rival: words.rival.clone(),
            candidates: (0..self.listed.len()).map(|at| self.explained(at)).collect(),
            decided_by: PolicyVersion::from_stored(decision.policy_version).to_string(),
            explained_by: now.to_string(),
            speaks_for,
            speaks_against,
            certainty,
            exploring,
            ceilings: self.ceilings(),
        }
    }

    fn ceilings(&self) -> Vec<MetCeiling> {
        let Some(terms) = self.context.terms() else { return Vec::new() };
        ceilings(self.learner).filter(|one| concerns(terms, one)).collect()
    }

    fn certainty(&self, decision: &NewDecision) -> Certainty {
        let value = self.chosen.map_or(Value::default(), |at| self.values[at]);
        Certainty {
            confidence: decision.confidence,
            expected: readable(value.mean),
            low: readable((value.mean - Z * value.std_dev).max(0.0)),
            high: readable((value.mean + Z * value.std_dev).min(1.0)),
            outcomes: value.observations,
            calibration_error: readable(self.learner.calibration_error()),
        }
    }

    fn exploring(&self, decision: &NewDecision) -> Exploring {
        let highest = self.listed.iter().map(|one| one.q_value).fold(f64::NEG_INFINITY, f64::max);
        let own = self.chosen.map_or(f64::INFINITY, |at| self.listed[at].q_value);
        let most = self.listed.iter().map(|one| one.probability).fold(0.0, f64::max);
        Exploring {
            propensity: decision.propensity,
            explored: decision.learnable && own < highest,
            share: if decision.learnable { readable(1.0 - most) } else { 0.0 },
        }
    }

    fn explained(&self, at: usize) -> ExplainedCandidate {
        let (listed, value) = (&self.listed[at], self.values[at]);
        let limited = self.context.terms().is_some_and(|terms| !terms.objective.is_empty());
        ExplainedCandidate {
            agent_id: listed.agent_id.clone(),
            probability: listed.probability,
            value_then: listed.q_value,
            value_now: readable(value.mean),
            price_now: limited.then(|| readable(value.price)),
            std_dev: readable(value.std_dev),
            outcomes: value.observations,
            relevance: listed.relevance,
        }
    }
}

/// How every ceiling is met that an outcome came under.
pub(crate) fn ceilings(learner: &Learner) -> impl Iterator<Item = MetCeiling> {
    learner.paces().map(|pace| MetCeiling {
        tenant: pace.group,
        limited: pace.limited.field().to_owned(),
        ceiling: pace.ceiling,
        spent: readable(pace.spent),
        tasks: pace.tasks,
        multiplier: readable(pace.multiplier),
    })
}

fn concerns(terms: &Terms, one: &MetCeiling) -> bool {
    let objective = &terms.objective;
    let own = match one.limited.as_str() {
        "cost_per_task_usd" => objective.cost_per_task_usd,
        "cost_per_day_usd" => objective.cost_per_day_usd,
        _ => objective.latency_ms,
    };
    one.tenant == terms.group && own == Some(one.ceiling)
}

fn candidate<'k>(
    keys: &'k [AgentKey],
    models: &'k [Option<ModelKey>],
    listed: &[Listed],
    at: usize,
) -> Candidate<'k> {
    Candidate { agent: &keys[at], relevance: listed[at].relevance, model: models[at].as_ref() }
}
