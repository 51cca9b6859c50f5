//! The learned state as bytes and back, bit for bit. What comes back is checked: damaged bytes are an error, never a panic.

use std::sync::Arc;

use super::Learner;
use super::agent::Agent;
use super::aliases::Aliases;
use super::answered::Answered;
use super::calibration::{Bin, Calibration};
use super::change::Cusum;
use super::committee::Committee;
use super::covariance::Covariance;
use super::gains::Gains;
use super::groups::Groups;
use super::models::Models;
use super::pacing::Pacing;
use super::posterior::Posterior;
use super::prior::Prior;
use super::roster::Roster;
use super::sketch::Sketch;
use super::spending::Spending;
use super::surrogate::Surrogate;
use super::table::Row;
use super::tools::Tools;
use super::trust::Trust;
use crate::bytes::{Reader, Writer};
use crate::{AgentKey, Error, LearnerConfig};

const MAGIC: &[u8; 4] = b"QLLN";
const VERSION: u16 = 7;
/// Before this version there were no ceilings.
const WITH_PACING: u16 = 2;
/// Before this version sources of rewards were not told apart, and there was one curve of calibration.
const WITH_TRUST: u16 = 3;
/// Before this version the curve of calibration turned about even odds.
const WITH_CENTRE: u16 = 4;
/// Before this version groups, models and tools had no effects, and what all agents spend together was kept.
pub(super) const WITH_GROUPS: u16 = 5;
/// Before this version models went by the names in agents' settings.
const WITH_ALIASES: u16 = 6;
/// Before this version the two curves of calibration had a say each, by what they lost of late, and every reward counted in full at once.
const WITH_SURROGATES: u16 = 7;
const OLDEST: u16 = 1;

impl Learner {
    /// All of the learned state with its configuration.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::with_header(MAGIC, VERSION);
        self.config.write(&mut out);
        out.u64(self.seen);
        out.u64(self.seq);
        out.f64(self.noise);
        self.shared.iter().for_each(|posterior| write_posterior(posterior, &mut out));
        self.committee.log_weights.iter().for_each(|weight| out.f64(*weight));
        self.gains.mean.iter().chain(&self.gains.covariance).for_each(|value| out.f64(*value));
        write_calibration(&self.calibration, &mut out);
        self.pacing.write(&mut out);
        self.trust.write(&mut out);
        self.groups.write(&mut out);
        self.models.write(&mut out);
        self.aliases.write(&mut out);
        self.tools.write(&mut out);
        self.surrogate.write(&mut out);
        self.answered.write(&mut out);
        out.count(self.agents.len());
        self.agents.iter().for_each(|agent| write_agent(agent, &mut out));
        out.into_bytes()
    }

    /// The learner that [`Self::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut from = Reader::with_header(bytes, MAGIC, OLDEST..=VERSION)?;
        let config = LearnerConfig::read(&mut from)?;
        let prior = Prior::new(&config);
        let learner = Self {
            seen: from.u64()?,
            seq: from.u64()?,
            noise: from.f64()?,
            shared: read_posteriors(&mut from, &prior)?,
            committee: read_committee(&mut from, &prior)?,
            gains: Gains {
                mean: [from.f64()?, from.f64()?],
                covariance: [from.f64()?, from.f64()?, from.f64()?],
            },
            calibration: read_calibration(&mut from)?,
            pacing: if from.version() >= WITH_PACING { Pacing::read(&mut from)? } else { Pacing::default() },
            trust: read_trust(&mut from)?,
            groups: if from.version() >= WITH_GROUPS {
                Groups::read(&mut from, config.group_pairs)?
            } else {
                Groups::default()
            },
            models: if from.version() >= WITH_GROUPS { Models::read(&mut from)? } else { Models::default() },
            aliases: if from.version() >= WITH_ALIASES {
                Aliases::read(&mut from)?
            } else {
                Aliases::default()
            },
            tools: if from.version() >= WITH_GROUPS { Tools::read(&mut from)? } else { Tools::default() },
            surrogate: if from.version() >= WITH_SURROGATES {
                Surrogate::read(&mut from)?
            } else {
                Surrogate::default()
            },
            answered: if from.version() >= WITH_SURROGATES {
                Answered::read(&mut from)?
            } else {
                Answered::default()
            },
            agents: read_agents(&mut from, &prior)?,
            prior: Arc::new(prior),
            config: Arc::new(config),
        };
        from.finish()?;
        Ok(learner)
    }
}

fn read_trust(from: &mut Reader<'_>) -> Result<Trust, Error> {
    if (WITH_PACING..WITH_GROUPS).contains(&from.version()) {
        Spending::read(from)?;
    }
    if from.version() >= WITH_TRUST { Trust::read(from) } else { Ok(Trust::default()) }
}

fn write_agent(agent: &Agent, out: &mut Writer) {
    out.text(agent.key.as_str());
    out.u64(agent.observations);
    out.f64(agent.change.up);
    out.f64(agent.change.down);
    agent.table.write(out);
    agent.spending.write(out);
    out.f32s(&agent.weights);
    out.f32s(agent.sketch.entries());
    agent.posteriors.iter().for_each(|posterior| write_posterior(posterior, out));
}

fn read_agents(from: &mut Reader<'_>, prior: &Prior) -> Result<Roster, Error> {
    let agents = from.list(|from| read_agent(from, prior).map(Arc::new))?;
    Roster::of(agents).ok_or(Error::Corrupt("agents are out of order"))
}

fn read_agent(from: &mut Reader<'_>, prior: &Prior) -> Result<Agent, Error> {
    Ok(Agent {
        key: AgentKey::new(from.text()?),
        observations: from.u64()?,
        change: Cusum { up: from.f64()?, down: from.f64()? },
        table: Row::read(from)?,
        spending: read_spending(from)?,
        weights: read_weights(from, prior.dimensions)?,
        sketch: Sketch::from_entries(from.f32s()?).ok_or(Error::Corrupt("a sketch of another size"))?,
        posteriors: read_posteriors(from, prior)?,
    })
}

fn read_spending(from: &mut Reader<'_>) -> Result<Spending, Error> {
    if from.version() >= WITH_PACING { Spending::read(from) } else { Ok(Spending::default()) }
}

fn write_posterior(posterior: &Posterior, out: &mut Writer) {
    out.f32s(&posterior.mean);
    out.f32s(&posterior.covariance.packed);
}

fn read_posteriors(from: &mut Reader<'_>, prior: &Prior) -> Result<Vec<Arc<Posterior>>, Error> {
    prior.members.iter().map(|member| read_posterior(from, member.agent.len()).map(Arc::new)).collect()
}

fn read_committee(from: &mut Reader<'_>, prior: &Prior) -> Result<Committee, Error> {
    let weights = prior.members.iter().map(|_| from.f64()).collect::<Result<Vec<_>, _>>()?;
    Ok(Committee::from_log_weights(weights))
}

fn read_posterior(from: &mut Reader<'_>, dimensions: usize) -> Result<Posterior, Error> {
    Ok(Posterior { mean: read_weights(from, dimensions)?, covariance: read_covariance(from, dimensions)? })
}

fn read_weights(from: &mut Reader<'_>, dimensions: usize) -> Result<Box<[f32]>, Error> {
    let weights = from.f32s()?;
    if weights.len() == dimensions {
        Ok(weights.into_boxed_slice())
    } else {
        Err(Error::Corrupt("weights of another length"))
    }
}

fn read_covariance(from: &mut Reader<'_>, dimensions: usize) -> Result<Covariance, Error> {
    Covariance::from_packed(from.f32s()?, dimensions).ok_or(Error::Corrupt("a covariance of another size"))
}

fn write_calibration(calibration: &Calibration, out: &mut Writer) {
    let rising = &calibration.isotonic;
    rising.count.iter().chain(&rising.outcome).for_each(|value| out.f64(*value));
    calibration.curve.iter().chain(&calibration.precision).for_each(|value| out.f64(*value));
    for bin in &calibration.bins {
        [bin.count, bin.confidence, bin.outcome].iter().for_each(|value| out.f64(*value));
    }
}

fn read_calibration(from: &mut Reader<'_>) -> Result<Calibration, Error> {
    let mut calibration = Calibration::new();
    if from.version() >= WITH_TRUST {
        let rising = &mut calibration.isotonic;
        for value in rising.count.iter_mut().chain(&mut rising.outcome) {
            *value = from.f64()?;
        }
    }
    if (WITH_TRUST..WITH_SURROGATES).contains(&from.version()) {
        let _losses = [from.f64()?, from.f64()?];
    }
    for value in calibration.curve.iter_mut().chain(&mut calibration.precision) {
        *value = from.f64()?;
    }
    for bin in &mut calibration.bins {
        *bin = Bin { count: from.f64()?, confidence: from.f64()?, outcome: from.f64()? };
    }
    if from.version() < WITH_CENTRE {
        calibration.recentre();
    }
    calibration.refit();
    Ok(calibration)
}
