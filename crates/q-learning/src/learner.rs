//! Action values by agent, `Q(s,a) = V(x) + b_a + θ_a·φ(x)`, and how an outcome moves them.
//!
//! V is learned from every outcome and is the prior mean of each agent's weights; an agent's own outcomes move it from there.
//! So a newcomer begins with what is known of all, and what all have in common never has to be learned twice.

mod agent;
mod aliases;
mod answered;
mod calibration;
mod change;
mod committee;
pub(crate) mod config;
pub(crate) mod covariance;
pub(crate) mod credit;
pub(crate) mod decision;
mod encoding;
mod evidence;
mod explanation;
mod gains;
mod groups;
mod kept;
pub(crate) mod kind;
pub(crate) mod layout;
pub(crate) mod member;
mod models;
pub(crate) mod pacing;
pub(crate) mod portion;
pub(crate) mod posterior;
mod prior;
mod roster;
mod sketch;
mod spending;
mod surrogate;
pub(crate) mod table;
mod tools;
mod trust;
mod update;

use std::sync::Arc;

use crate::{AgentKey, Candidate, Context, Error, LearnerConfig, Scratch, TableRow, Value};
use agent::Agent;
use aliases::Aliases;
use answered::Answered;
use calibration::Calibration;
use committee::Committee;
use gains::Gains;
use groups::{Groups, OwnValues};
use models::Models;
use pacing::{Pace, Pacing};
use posterior::Posterior;
use prior::Prior;
use roster::Roster;
use surrogate::Surrogate;
use tools::Tools;
use trust::Trust;

pub use explanation::Contribution;
pub use layout::View;
pub use member::Member;
pub use update::Update;

/// The learned state. Cloning shares the parameters; an update copies only those that it moves.
#[derive(Clone, Debug)]
pub struct Learner {
    config: Arc<LearnerConfig>,
    prior: Arc<Prior>,
    /// Of each member.
    shared: Vec<Arc<Posterior>>,
    committee: Committee,
    gains: Gains,
    groups: Groups,
    models: Models,
    aliases: Aliases,
    tools: Tools,
    agents: Roster,
    calibration: Calibration,
    pacing: Pacing,
    trust: Trust,
    surrogate: Surrogate,
    answered: Answered,
    noise: f64,
    seen: u64,
    seq: u64,
}

impl Learner {
    /// A learner that has seen nothing.
    pub fn new(config: LearnerConfig) -> Result<Self, Error> {
        config.check()?;
        let prior = Prior::new(&config);
        Ok(Self {
            shared: prior.members.iter().map(|member| Arc::new(Posterior::new(&member.shared))).collect(),
            committee: Committee::new(prior.members.len()),
            gains: Gains::new(config.relevance_gain, config.failed_gain, config.gain_variance),
            groups: Groups::default(),
            models: Models::default(),
            aliases: Aliases::default(),
            tools: Tools::default(),
            agents: Roster::default(),
            calibration: Calibration::new(),
            pacing: Pacing::default(),
            trust: Trust::default(),
            surrogate: Surrogate::default(),
            answered: Answered::default(),
            noise: config.noise_variance,
            seen: 0,
            seq: 0,
            prior: Arc::new(prior),
            config: Arc::new(config),
        })
    }

    /// The constants it was made with.
    pub fn config(&self) -> &LearnerConfig {
        &self.config
    }

    /// The calibrated probability of success of something so valued.
    pub fn confidence(&self, value: Value) -> f64 {
        self.calibration.probability(&value)
    }

    /// How far confidences were from what came of late: the expected calibration error over ten bins.
    pub fn calibration_error(&self) -> f64 {
        self.calibration.error()
    }

    /// Variance of outcomes around their expectation, of late.
    pub fn noise_variance(&self) -> f64 {
        self.noise
    }

    /// The agents of which outcomes were seen.
    pub fn agents(&self) -> impl Iterator<Item = &AgentKey> {
        self.agents.iter().map(|agent| &agent.key)
    }

    /// Whether outcomes of this agent were seen.
    pub fn knows(&self, agent: &AgentKey) -> bool {
        self.agents.position(agent).is_ok()
    }

    /// Forgets every agent that is not listed.
    ///
    /// This is no part of the log: where replicas must agree, all of them do it at the same point or none.
    pub fn agents_retain(&mut self, keep: &[AgentKey]) {
        self.agents.retain(|agent| keep.contains(agent));
        self.groups.agents_retain(keep);
        self.models.agents_retain(keep, self.noise);
    }

    /// How ceilings are met, those of which an outcome was seen; by group.
    pub fn paces(&self) -> impl Iterator<Item = Pace> {
        self.pacing.paces()
    }

    /// How much a word of this source of rewards counts, 0 to 1: all of it while it is likelier true than not, then twice its
    /// probability.
    pub fn trust(&self, source: &str) -> f64 {
        self.trust.of(source)
    }

    /// The weight to log a reward with that is what the attempt shows by itself and that nobody has judged: how far such rewards
    /// foretold what they were at last, 0.01 to 1, and 1 while no judgement came.
    pub fn provisional_weight(&self, reward: f64) -> f64 {
        self.surrogate.share(reward)
    }

    /// Every source that spoke: its name, how far it is believed, and how often it spoke.
    pub fn sources(&self) -> impl Iterator<Item = (&str, f64, u64)> {
        self.trust.all()
    }

    /// The mean dollars and milliseconds that the latest attempts of this agent spent, once any is known.
    pub fn spending(&self, agent: &AgentKey) -> Option<(f64, f64)> {
        let spending = &self.agents[self.agents.position(agent).ok()?].spending;
        (spending.count > 0).then_some((spending.cost_usd, spending.latency_ms))
    }

    /// How many outcomes were learned from; corrections are not counted.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// How many updates were made, corrections among them: the version of the learned state.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The learned values as a person can read them.
    pub fn table(&self) -> Vec<TableRow> {
        self.agents.iter().flat_map(|agent| agent.table.rows(&agent.key)).collect()
    }

    /// Fills the scratch with the vectors of the context.
    fn describe(&self, context: &Context, scratch: &mut Scratch) {
        let beginning = layout::beginning(context);
        scratch.x.clear();
        scratch.x.reserve(self.prior.dimensions);
        self.prior.members.iter().for_each(|member| member.view.fill(context, &beginning, &mut scratch.x));
        scratch.weighted.clear();
        for (member, share) in self.prior.members.iter().zip(&self.committee.shares) {
            let share = *share as f32;
            scratch.weighted.extend(scratch.x[member.range.clone()].iter().map(|x| share * x));
        }
        scratch.products.set(&beginning);
        scratch.sketch = beginning;
    }

    /// Fills the scratch with the value of each candidate.
    fn evaluate(&self, context: &Context, candidates: &[Candidate<'_>], scratch: &mut Scratch) {
        self.describe(context, scratch);
        let (mut newcomer, mut prior) = (None, None);
        let terms = context.terms().filter(|terms| !terms.objective.is_empty());
        let prices = terms.map(|terms| self.pacing.prices(terms));
        let of_group = self.of_group(context);
        scratch.values.clear();
        for candidate in candidates {
            let own = self.agents.position(candidate.agent).ok().map(|at| &self.agents[at]);
            let mut value = match own {
                Some(agent) => self.own_value(agent, scratch),
                None => *newcomer.get_or_insert_with(|| self.newcomer(scratch)),
            };
            if let Some(prices) = &prices {
                value.price = own.map_or(0.0, |agent| agent.spending.at(prices));
            }
            if let Some(model) = self.model_behind(candidate.model) {
                let prior = *prior.get_or_insert_with(|| self.prior_deviation(scratch));
                model.add(candidate.agent, prior, self.noise, &mut value);
            }
            value.mean += self.gains.value(pairing(context, candidate.agent, candidate.relevance));
            if let Some(of_group) = &of_group {
                of_group.add(candidate.agent, &mut value);
            }
            scratch.values.push(value);
        }
    }

    /// What the group of the context holds of agents, where it has values of its own.
    fn of_group(&self, context: &Context) -> Option<OwnValues<'_>> {
        let name = context.terms().and_then(|terms| terms.own_group());
        name.filter(|_| self.config.group_pairs > 0).map(|name| self.groups.of(name, self.noise))
    }

    fn own_value(&self, agent: &Agent, scratch: &Scratch) -> Value {
        let pooled = f64::from(covariance::long_dot(&agent.weights, &scratch.weighted));
        Value {
            mean: self.config.initial_value + pooled,
            std_dev: self.deviation(agent.sketch.variance(&scratch.products)),
            observations: agent.observations,
            price: 0.0,
        }
    }

    fn newcomer(&self, scratch: &Scratch) -> Value {
        let members = self.prior.members.iter().zip(&self.shared);
        let pooled =
            members.map(|(member, shared)| f64::from(shared.value(&scratch.weighted[member.range.clone()])));
        Value {
            mean: self.config.initial_value + pooled.sum::<f64>(),
            std_dev: self.prior_deviation(scratch),
            observations: 0,
            price: 0.0,
        }
    }

    /// How unsure the value of an agent is of which nothing is known.
    fn prior_deviation(&self, scratch: &Scratch) -> f64 {
        let squares = scratch.sketch.iter().zip(&self.prior.sketch).map(|(x, variance)| x * x * variance);
        self.deviation(squares.sum())
    }

    /// What each member makes of the vectors, before the initial value is added.
    fn opinions(&self, weights: &[f32], scratch: &Scratch) -> impl Iterator<Item = f64> {
        self.prior.members.iter().map(|member| {
            let range = member.range.clone();
            f64::from(covariance::dot(&weights[range.clone()], &scratch.x[range]))
        })
    }

    /// Priors are told for noise of the configured size: where outcomes scatter less, so do agents.
    fn deviation(&self, variance: f32) -> f64 {
        (f64::from(variance) * self.noise / self.config.noise_variance).sqrt()
    }
}

/// What concerns the text and the agent together. A relevance that is no number is none.
fn pairing(context: &Context, agent: &AgentKey, relevance: f64) -> gains::Pairing {
    let relevance = if relevance.is_nan() { 0.0 } else { relevance.clamp(0.0, 1.0) };
    [relevance, f64::from(u8::from(context.has_failed(agent)))]
}
