//! What agents owe to the model they run on: an effect that all agents of a model share, beside what each of them is by itself.
//!
//! `Q(s,a) = own value + e_m`, `e_m` normal around zero. The mean surprise of an agent with `n` outcomes scatters around `e_m` by `τ_a² + σ²/n`, so one
//! agent, however often it was seen, never tells a model from itself; several do. Whoever runs on a model that others are known on is less in
//! doubt. When a model's surprises add up, evidence from before counts as one outcome of each agent. It knows no texts.

use std::sync::Arc;

use super::change::Cusum;
use super::evidence::{Effect, Evidence, Surprise};
use super::kept;
use crate::bytes::{Reader, Writer};
use crate::{AgentKey, Error, LearnerConfig, ModelKey, Value};

/// Variance of what models give: half of that of an agent's level in the sketch, for which it stands.
const SHARED: f64 = 0.015;
/// Variance of what agents of one model are apart: the other half.
const APART: f64 = 0.015;
/// Outcomes of a model before surprises say that it changed rather than that it was not known.
const SETTLED: u64 = 20;
/// Models that are kept; of more, the one that was not seen for longest is forgotten.
const MODELS: usize = 1_024;

/// The models of which outcomes were seen, ascending by fingerprint, then by name. Cloning shares them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Models(Arc<Vec<Arc<Model>>>);

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Model {
    pub(crate) key: ModelKey,
    pub(crate) outcomes: u64,
    /// Ascending by agent.
    members: Vec<Member>,
    change: Cusum,
    used: u64,
    /// Worked out from the members after each outcome: the precision of the effect, and the mean times that.
    precision: f64,
    weighted: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Member {
    /// The fingerprint of its key.
    agent: u64,
    evidence: Evidence,
}

impl Model {
    /// What the model adds to the value of any agent on it.
    pub(crate) fn effect(&self) -> Effect {
        Effect { mean: self.weighted / self.precision, variance: 1.0 / self.precision }
    }

    /// Adds the effect to the value of an agent on it, and takes off the doubt that others on it leave no room for: of what agents
    /// differ by, half is their models'. `prior` is the doubt in an agent that nothing is known of, in standard deviations.
    pub(crate) fn add(&self, agent: &AgentKey, prior: f64, noise: f64, value: &mut Value) {
        value.mean += self.effect().mean;
        let left = 0.5 + 0.5 * (self.variance_by_others(agent, noise) / SHARED).min(1.0);
        let own = value.std_dev.powi(2);
        value.std_dev = (own / (1.0 + own * (1.0 / left - 1.0) / prior.powi(2))).sqrt();
    }

    /// The variance of the effect by what other agents than this one show.
    fn variance_by_others(&self, agent: &AgentKey, noise: f64) -> f64 {
        let own = self.find(agent).map_or(0.0, |at| self.members[at].precision(noise));
        1.0 / (self.precision - own).max(1.0 / SHARED)
    }

    fn new(key: ModelKey) -> Self {
        let (change, precision) = (Cusum::default(), 1.0 / SHARED);
        Self { key, outcomes: 0, members: Vec::new(), change, used: 0, precision, weighted: 0.0 }
    }

    fn find(&self, agent: &AgentKey) -> Result<usize, usize> {
        self.members.binary_search_by_key(&agent.fingerprint(), |member| member.agent)
    }

    /// Returns whether the model was found to have changed.
    fn learn(
        &mut self,
        agent: &AgentKey,
        surprise: &Surprise,
        standardised: f64,
        config: &LearnerConfig,
    ) -> bool {
        let at = self.find(agent).unwrap_or_else(|at| {
            let member = Member { agent: agent.fingerprint(), evidence: Evidence::default() };
            self.members.insert(at, member);
            at
        });
        self.outcomes += u64::from(surprise.is_new);
        self.used = surprise.seq;
        let changed = self.outcomes > SETTLED
            && self.change.alarm(standardised, surprise.count * config.change_slack, config.change_threshold);
        if changed {
            self.members.iter_mut().for_each(Member::begin_anew);
        }
        self.members[at].evidence.learn(surprise.off, surprise);
        self.sum_up(surprise.noise);
        changed
    }

    fn sum_up(&mut self, noise: f64) {
        (self.precision, self.weighted) = (1.0 / SHARED, 0.0);
        for member in self.members.iter().filter(|member| member.evidence.count > 0.0) {
            let precision = member.precision(noise);
            self.precision += precision;
            self.weighted += precision * member.evidence.sum / member.evidence.count;
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        let mut model = Self::new(ModelKey::new(from.text()?));
        (model.outcomes, model.used) = (from.u64()?, from.u64()?);
        model.change = Cusum { up: from.f64()?, down: from.f64()? };
        (model.precision, model.weighted) = (from.f64()?, from.f64()?);
        model.members =
            from.list(|from| Ok(Member { agent: from.u64()?, evidence: Evidence::read(from)? }))?;
        let ordered = model.members.is_sorted_by(|a, b| a.agent < b.agent);
        if ordered && model.precision > 0.0 {
            Ok(model)
        } else {
            Err(Error::Corrupt("a model that cannot be"))
        }
    }
}

impl Member {
    fn precision(&self, noise: f64) -> f64 {
        let count = self.evidence.count;
        if count > 0.0 { 1.0 / (APART + noise / count) } else { 0.0 }
    }

    fn begin_anew(&mut self) {
        self.evidence.fade(1.0 / self.evidence.count.max(1.0));
    }
}

impl Models {
    /// What is known of a model.
    pub(crate) fn of(&self, model: Option<&ModelKey>) -> Option<&Model> {
        self.find(model?).ok().map(|at| &*self.0[at])
    }

    /// Every model of which outcomes were seen.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Model> {
        self.0.iter().map(|model| &**model)
    }

    /// Learns from an outcome of an agent on this model: by how much it was off without the model's effect, and in standard deviations
    /// from all that was expected.
    pub(crate) fn learn(
        &mut self,
        key: &ModelKey,
        agent: &AgentKey,
        surprise: &Surprise,
        standardised: f64,
        config: &LearnerConfig,
    ) -> bool {
        let at = self.find(key).unwrap_or_else(|at| self.welcome(at, key));
        let model = &mut Arc::make_mut(&mut self.0)[at];
        Arc::make_mut(model).learn(agent, surprise, standardised, config)
    }

    /// Forgets every agent that is not listed.
    pub(crate) fn agents_retain(&mut self, keep: &[AgentKey], noise: f64) {
        for model in Arc::make_mut(&mut self.0) {
            let model = Arc::make_mut(model);
            model.members.retain(|member| keep.iter().any(|agent| agent.fingerprint() == member.agent));
            model.sum_up(noise);
        }
    }

    fn find(&self, key: &ModelKey) -> Result<usize, usize> {
        self.0.binary_search_by(|held| held.key.order(key))
    }

    fn welcome(&mut self, at: usize, key: &ModelKey) -> usize {
        let models = Arc::make_mut(&mut self.0);
        kept::welcome(models, at, Arc::new(Model::new(key.clone())), MODELS, |model| model.used)
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.count(self.0.len());
        for model in &*self.0 {
            out.text(model.key.as_str());
            [model.outcomes, model.used].iter().for_each(|value| out.u64(*value));
            let Model { change, precision, weighted, .. } = &**model;
            [change.up, change.down, *precision, *weighted].iter().for_each(|value| out.f64(*value));
            out.count(model.members.len());
            for member in &model.members {
                out.u64(member.agent);
                member.evidence.write(out);
            }
        }
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        let models = from.list(|from| Model::read(from).map(Arc::new))?;
        let ordered = models.is_sorted_by(|a, b| a.key.order(&b.key).is_lt()) && models.len() <= MODELS;
        if ordered { Ok(Self(Arc::new(models))) } else { Err(Error::Corrupt("models are out of order")) }
    }
}
