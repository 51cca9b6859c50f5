//! Action values by agent, and how an outcome moves them.

pub(crate) mod config;
pub(crate) mod decision;
pub(crate) mod table;

use std::sync::Arc;

use crate::bytes::{Reader, Writer};
use crate::{AgentKey, Candidate, Context, Error, Experience, LearnerConfig, Scratch, TableRow, Value};

const MAGIC: &[u8; 4] = b"QLLN";
const VERSION: u16 = 1;

/// The learned state. Cloning shares the parameters; an update copies only those of the agent it concerns.
#[derive(Clone, Debug)]
pub struct Learner {
    config: LearnerConfig,
    agents: Vec<Arc<Agent>>,
    seen: u64,
    seq: u64,
}

#[derive(Clone, Debug)]
struct Agent {
    key: AgentKey,
    observations: u64,
    sum: f64,
}

/// What an update did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Update {
    /// The number of this update, from 1.
    pub seq: u64,
    /// The value before.
    pub predicted: f64,
    /// What it was moved towards: the reward and the discounted value of the next state.
    pub target: f64,
    /// Whether the agent was found to have changed, so that its uncertainty was widened.
    pub change_detected: bool,
}

/// The share of one feature, or of one group of them, in a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contribution {
    /// What it is, in words.
    pub feature: &'static str,
    /// How much it adds to the expected return.
    pub amount: f64,
}

impl Learner {
    /// A learner that has seen nothing.
    pub fn new(config: LearnerConfig) -> Result<Self, Error> {
        config.check()?;
        Ok(Self { config, agents: Vec::new(), seen: 0, seq: 0 })
    }

    /// Learns from one row of the log.
    pub fn update(&mut self, experience: &Experience) -> Result<Update, Error> {
        experience.check()?;
        let at = self.position(&experience.agent).unwrap_or_else(|at| {
            let key = experience.agent.clone();
            self.agents.insert(at, Arc::new(Agent { key, observations: 0, sum: 0.0 }));
            at
        });
        let predicted = self.agents[at].value().mean;
        let agent = Arc::make_mut(&mut self.agents[at]);
        agent.sum += experience.reward - experience.replaces.unwrap_or(0.0);
        if experience.replaces.is_none() {
            agent.observations += 1;
            self.seen += 1;
        }
        self.seq += 1;
        Ok(Update { seq: self.seq, predicted, target: experience.reward, change_detected: false })
    }

    /// The calibrated probability of success of something so valued.
    pub fn confidence(&self, value: Value) -> f64 {
        value.mean.clamp(0.0, 1.0)
    }

    /// The agents of which outcomes were seen.
    pub fn agents(&self) -> impl Iterator<Item = &AgentKey> {
        self.agents.iter().map(|agent| &agent.key)
    }

    /// Whether outcomes of this agent were seen.
    pub fn knows(&self, agent: &AgentKey) -> bool {
        self.position(agent).is_ok()
    }

    /// Forgets every agent that is not listed. This is no part of the log: where replicas must agree, all of them do it or none.
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
        let row = |agent: &Arc<Agent>| {
            let value = agent.value();
            let (state, agent) = ("any".to_owned(), agent.key.clone());
            TableRow {
                state,
                agent,
                value: value.mean,
                std_dev: value.std_dev,
                observations: value.observations,
            }
        };
        self.agents.iter().map(row).collect()
    }

    /// How far confidences were from what came, lately: the expected calibration error.
    pub fn calibration_error(&self) -> f64 {
        0.0
    }

    /// What spoke for and against an agent in this state, the largest amounts first. They sum to the value's mean.
    pub fn explain(&self, context: &Context, candidate: Candidate<'_>) -> Vec<Contribution> {
        let mut scratch = Scratch::default();
        let amount = self.values(context, &[candidate], &mut scratch)[0].mean;
        vec![Contribution { feature: "experience with the agent", amount }]
    }

    /// All of the learned state, bit for bit.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::with_header(MAGIC, VERSION);
        self.config.write(&mut out);
        out.u64(self.seen);
        out.u64(self.seq);
        out.count(self.agents.len());
        for agent in &self.agents {
            out.text(agent.key.as_str());
            out.u64(agent.observations);
            out.f64(agent.sum);
        }
        out.into_bytes()
    }

    /// The learner that [`Self::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut from = Reader::with_header(bytes, MAGIC, VERSION)?;
        let (config, seen, seq) = (LearnerConfig::read(&mut from)?, from.u64()?, from.u64()?);
        let agents = from.list(|from| {
            let key = AgentKey::new(from.text()?);
            Ok(Arc::new(Agent { key, observations: from.u64()?, sum: from.f64()? }))
        })?;
        from.finish()?;
        Ok(Self { config, agents, seen, seq })
    }

    fn evaluate(&self, _context: &Context, candidates: &[Candidate<'_>], scratch: &mut Scratch) {
        scratch.values.clear();
        scratch.values.extend(candidates.iter().map(|candidate| match self.position(candidate.agent) {
            Ok(at) => self.agents[at].value(),
            Err(_) => Value { mean: 0.5, std_dev: 0.5, observations: 0 },
        }));
    }

    fn position(&self, agent: &AgentKey) -> Result<usize, usize> {
        self.agents.binary_search_by(|held| {
            held.key.fingerprint().cmp(&agent.fingerprint()).then_with(|| held.key.cmp(agent))
        })
    }
}

impl Agent {
    fn value(&self) -> Value {
        let count = self.observations as f64 + 2.0;
        Value { mean: (self.sum + 1.0) / count, std_dev: 0.5 / count.sqrt(), observations: self.observations }
    }
}
