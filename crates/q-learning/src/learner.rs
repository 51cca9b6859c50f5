//! Action values by agent, `Q(s,a) = V(x) + b_a + θ_a·φ(x)`, and how an outcome moves them.
//!
//! V is learned from every outcome and is the prior mean of each agent's weights; an agent's own outcomes move it from there.
//! So a newcomer begins with what is known of all, and what all have in common never has to be learned twice.

mod agent;
mod calibration;
mod change;
pub(crate) mod config;
pub(crate) mod covariance;
pub(crate) mod decision;
mod encoding;
mod explanation;
mod gains;
pub(crate) mod kind;
pub(crate) mod layout;
pub(crate) mod posterior;
mod prior;
pub(crate) mod table;
mod update;

use std::sync::Arc;

use crate::{AgentKey, Candidate, Context, Error, LearnerConfig, Scratch, TableRow, Value};
use agent::Agent;
use calibration::Calibration;
use gains::Gains;
use posterior::Posterior;
use prior::Prior;

pub use explanation::Contribution;
pub use update::Update;

/// The learned state. Cloning shares the parameters; an update copies only those that it moves.
#[derive(Clone, Debug)]
pub struct Learner {
    config: Arc<LearnerConfig>,
    prior: Arc<Prior>,
    shared: Arc<Posterior>,
    gains: Gains,
    /// Ascending by fingerprint, then by key.
    agents: Vec<Arc<Agent>>,
    calibration: Calibration,
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
            shared: Arc::new(Posterior::new(&prior.shared)),
            gains: Gains::new(config.relevance_gain, config.failed_gain, config.gain_variance),
            agents: Vec::new(),
            calibration: Calibration::new(),
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
        self.calibration.probability(value.mean)
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
        self.position(agent).is_ok()
    }

    /// Forgets every agent that is not listed.
    ///
    /// This is no part of the log: where replicas must agree, all of them do it at the same point or none.
    pub fn agents_retain(&mut self, keep: &[AgentKey]) {
        self.agents.retain(|agent| keep.contains(&agent.key));
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

    /// Fills the scratch with the value of each candidate.
    fn evaluate(&self, context: &Context, candidates: &[Candidate<'_>], scratch: &mut Scratch) {
        layout::fill(context, self.prior.dimensions, &mut scratch.x);
        layout::fold(&scratch.x, &mut scratch.sketch);
        let newcomer = self.newcomer(scratch);
        scratch.values.clear();
        for candidate in candidates {
            let mut value = match self.position(candidate.agent) {
                Ok(at) => self.own_value(&self.agents[at], scratch),
                Err(_) => newcomer,
            };
            value.mean += self.gains.value(pairing(context, candidate.agent, candidate.relevance));
            scratch.values.push(value);
        }
    }

    fn own_value(&self, agent: &Agent, scratch: &Scratch) -> Value {
        Value {
            mean: self.config.initial_value + f64::from(agent.value(&scratch.x)),
            std_dev: f64::from(agent.sketch.quadratic(&scratch.sketch)).sqrt(),
            observations: agent.observations,
        }
    }

    fn newcomer(&self, scratch: &Scratch) -> Value {
        let squares = scratch.sketch.iter().zip(&self.prior.sketch).map(|(x, variance)| x * x * variance);
        Value {
            mean: self.config.initial_value + f64::from(self.shared.value(&scratch.x)),
            std_dev: f64::from(squares.sum::<f32>()).sqrt(),
            observations: 0,
        }
    }

    fn position(&self, agent: &AgentKey) -> Result<usize, usize> {
        let order = |held: &Arc<Agent>| {
            held.key.fingerprint().cmp(&agent.fingerprint()).then_with(|| held.key.cmp(agent))
        };
        self.agents.binary_search_by(order)
    }
}

/// What concerns the text and the agent together. A relevance that is no number is none.
fn pairing(context: &Context, agent: &AgentKey, relevance: f64) -> gains::Pairing {
    let relevance = if relevance.is_nan() { 0.0 } else { relevance.clamp(0.0, 1.0) };
    [relevance, f64::from(u8::from(context.has_failed(agent)))]
}
