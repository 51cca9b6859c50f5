//! What agents are worth to one group of callers beyond what they are worth to all: random intercepts, partially pooled.
//!
//! `Q_g(s,a) = Q(s,a) + u_g + u_ga`, both normal around zero. How far a group's agents stand apart from what they are to all, the variance of
//! `u_ga`, is weighed among few sizes by how well each foretold the group's outcomes. Not at all is one of them: groups that
//! agree share everything before long. It knows no texts.

use std::sync::Arc;

use super::evidence::{Effect, Evidence, Surprise};
use crate::bytes::{Reader, Writer};
use crate::{AgentKey, Error, Value};

/// Variances of an agent's effect within a group that are held possible, in rewards squared: none, then deviations of a twentieth, a
/// tenth, a fifth.
const SIZES: [f64; 4] = [0.0, 0.0025, 0.01, 0.04];
/// How likely each is of a group that nothing is known of: it is as likely as not like all others.
const LIKELY: [f64; 4] = [0.5, 0.2, 0.2, 0.1];
/// Share of that belief which each outcome brings back: groups change, too.
const RETURN: f64 = 0.001;
/// Sizes are weighed by a quarter of an outcome or more.
const LEAST_COUNT: f64 = 0.25;
/// Variance of what a group's tasks give with any agent. It moves all candidates alike, so it is learned whatever its size.
const LEVEL: f64 = 0.01;

/// The groups of which outcomes were seen, ascending by name. Cloning shares them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Groups(Arc<Vec<Arc<Group>>>);

#[derive(Clone, Debug, PartialEq)]
struct Group {
    name: String,
    /// Of all its tasks.
    level: Evidence,
    /// How likely each of the sizes is.
    likely: [f64; SIZES.len()],
    /// Ascending by agent.
    pairs: Vec<Pair>,
}

/// What is known of an agent within a group.
#[derive(Clone, Debug, PartialEq)]
struct Pair {
    /// The fingerprint of its key.
    agent: u64,
    evidence: Evidence,
    /// The update that saw it last.
    used: u64,
}

/// The values of one group. Reading them allocates nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnValues<'g> {
    group: Option<&'g Group>,
    noise: f64,
}

impl OwnValues<'_> {
    /// What the group adds to the common value of an agent.
    pub(crate) fn effect(&self, agent: &AgentKey) -> Effect {
        let Some(group) = self.group else { return blended(&Evidence::default(), &LIKELY, self.noise) };
        let apart = blended(&group.evidence(agent), &group.likely, self.noise);
        Effect { mean: group.level.shrunk(LEVEL, self.noise).mean + apart.mean, variance: apart.variance }
    }

    /// Adds that to a value.
    pub(crate) fn add(&self, agent: &AgentKey, value: &mut Value) {
        let effect = self.effect(agent);
        value.mean += effect.mean;
        value.std_dev = (value.std_dev.powi(2) + effect.variance).sqrt();
    }
}

impl Groups {
    /// The values of this group, with this much noise in outcomes.
    pub(crate) fn of(&self, name: &str, noise: f64) -> OwnValues<'_> {
        OwnValues { group: self.find(name).ok().map(|at| &*self.0[at]), noise }
    }

    /// Learns from an outcome of an agent; of more than `most` pairs the one that was not seen for longest is forgotten.
    pub(crate) fn learn(&mut self, name: &str, agent: &AgentKey, surprise: &Surprise, most: u32) {
        if most == 0 {
            return;
        }
        let known = self.find(name).is_ok_and(|at| self.0[at].find(agent).is_ok());
        if !known && self.pairs() >= most as usize {
            self.forget_idle();
        }
        let groups = Arc::make_mut(&mut self.0);
        let at = groups.binary_search_by(|group| group.name.as_str().cmp(name)).unwrap_or_else(|at| {
            groups.insert(at, Arc::new(Group::new(name)));
            at
        });
        Arc::make_mut(&mut groups[at]).learn(agent, surprise);
    }

    /// The agent is not what it was: all groups give back most of what they know of it.
    pub(crate) fn widen(&mut self, agent: &AgentKey, keep: f64) {
        for group in Arc::make_mut(&mut self.0) {
            if let Ok(pair) = group.find(agent) {
                Arc::make_mut(group).pairs[pair].evidence.fade(keep);
            }
        }
    }

    /// Forgets every agent that is not listed.
    pub(crate) fn agents_retain(&mut self, keep: &[AgentKey]) {
        let groups = Arc::make_mut(&mut self.0);
        for group in groups.iter_mut() {
            let kept = |pair: &Pair| keep.iter().any(|agent| agent.fingerprint() == pair.agent);
            Arc::make_mut(group).pairs.retain(kept);
        }
        groups.retain(|group| !group.pairs.is_empty());
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|group| group.name.as_str().cmp(name))
    }

    fn pairs(&self) -> usize {
        self.0.iter().map(|group| group.pairs.len()).sum()
    }

    fn forget_idle(&mut self) {
        let all = self.0.iter().enumerate();
        let used = all.flat_map(|(at, group)| {
            group.pairs.iter().enumerate().map(move |(pair, held)| (held.used, at, pair))
        });
        let Some((_, at, pair)) = used.min() else { return };
        let groups = Arc::make_mut(&mut self.0);
        Arc::make_mut(&mut groups[at]).pairs.remove(pair);
        if groups[at].pairs.is_empty() {
            groups.remove(at);
        }
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.count(self.0.len());
        for group in &*self.0 {
            out.text(&group.name);
            group.level.write(out);
            group.likely.iter().for_each(|share| out.f64(*share));
            out.count(group.pairs.len());
            for pair in &group.pairs {
                out.u64(pair.agent);
                pair.evidence.write(out);
                out.u64(pair.used);
            }
        }
    }

    pub(crate) fn read(from: &mut Reader<'_>, most: u32) -> Result<Self, Error> {
        let groups = Self(Arc::new(from.list(|from| Group::read(from).map(Arc::new))?));
        let ordered = groups.0.is_sorted_by(|a, b| a.name < b.name) && groups.pairs() <= most as usize;
        if ordered { Ok(groups) } else { Err(Error::Corrupt("groups are out of order")) }
    }
}

impl Group {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), level: Evidence::default(), likely: LIKELY, pairs: Vec::new() }
    }

    fn find(&self, agent: &AgentKey) -> Result<usize, usize> {
        self.pairs.binary_search_by_key(&agent.fingerprint(), |pair| pair.agent)
    }

    fn evidence(&self, agent: &AgentKey) -> Evidence {
        self.find(agent).map_or_else(|_| Evidence::default(), |at| self.pairs[at].evidence)
    }

    fn learn(&mut self, agent: &AgentKey, surprise: &Surprise) {
        let at = self.find(agent).unwrap_or_else(|at| {
            let pair = Pair { agent: agent.fingerprint(), evidence: Evidence::default(), used: 0 };
            self.pairs.insert(at, pair);
            at
        });
        let evidence = self.pairs[at].evidence;
        let level = self.level.shrunk(LEVEL, surprise.noise).mean;
        let apart = blended(&evidence, &self.likely, surprise.noise).mean;
        self.weigh(&evidence, level, surprise);
        self.pairs[at].evidence.learn(surprise.off - surprise.count * level, surprise);
        self.pairs[at].used = surprise.seq;
        self.level.learn(surprise.off - surprise.count * apart, surprise);
    }

    /// Believes each size as far as it foretold this surprise; of little of an outcome none foretells anything.
    fn weigh(&mut self, evidence: &Evidence, level: f64, surprise: &Surprise) {
        if surprise.count < LEAST_COUNT {
            return;
        }
        let around = surprise.noise / surprise.count + surprise.spread;
        let mut sum = 0.0;
        for (share, size) in self.likely.iter_mut().zip(SIZES) {
            let own = evidence.shrunk(size, surprise.noise);
            let variance = around + own.variance;
            let off = surprise.off / surprise.count - level - own.mean;
            *share *= (-off * off / (2.0 * variance)).exp() / variance.sqrt();
            sum += *share;
        }
        for (share, first) in self.likely.iter_mut().zip(LIKELY) {
            *share = RETURN * first + (1.0 - RETURN) * if sum > 0.0 { *share / sum } else { first };
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        let mut group = Self::new(from.text()?);
        group.level = Evidence::read(from)?;
        for share in &mut group.likely {
            *share = from.f64()?;
        }
        group.pairs = from.list(|from| {
            Ok(Pair { agent: from.u64()?, evidence: Evidence::read(from)?, used: from.u64()? })
        })?;
        let whole = (group.likely.iter().sum::<f64>() - 1.0).abs() < 1e-6;
        let shares = whole && group.likely.iter().all(|share| (0.0..=1.0).contains(share));
        let ordered = group.pairs.is_sorted_by(|a, b| a.agent < b.agent) && !group.pairs.is_empty();
        if shares && ordered { Ok(group) } else { Err(Error::Corrupt("a group that cannot be")) }
    }
}

/// The effect over all sizes, each as likely as said.
fn blended(evidence: &Evidence, likely: &[f64; SIZES.len()], noise: f64) -> Effect {
    let (mut mean, mut square) = (0.0, 0.0);
    for (size, share) in SIZES.iter().zip(likely) {
        let own = evidence.shrunk(*size, noise);
        mean += share * own.mean;
        square += share * (own.variance + own.mean * own.mean);
    }
    Effect { mean, variance: (square - mean * mean).max(0.0) }
}
