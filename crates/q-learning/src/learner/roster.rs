//! The agents of which outcomes were seen, ascending by fingerprint, then by key.
//!
//! A decision looks every candidate up. Fingerprints lie side by side, so that this walks over a few lines of the cache and not over
//! as many agents.

use std::ops::{Index, IndexMut};
use std::sync::Arc;

use super::agent::Agent;
use crate::AgentKey;

/// Agents in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roster {
    fingerprints: Vec<u64>,
    agents: Vec<Arc<Agent>>,
}

impl Roster {
    /// `None` when they are out of order or one of them is there twice.
    pub(crate) fn of(agents: Vec<Arc<Agent>>) -> Option<Self> {
        let sorted = agents.is_sorted_by(|a, b| a.key.order(&b.key).is_lt());
        let fingerprints = agents.iter().map(|agent| agent.key.fingerprint()).collect();
        sorted.then_some(Self { fingerprints, agents })
    }

    /// Where an agent is, or where it would have to be put.
    pub(crate) fn position(&self, key: &AgentKey) -> Result<usize, usize> {
        let start = self.fingerprints.partition_point(|known| *known < key.fingerprint());
        let same = self.agents[start..].iter().take_while(|agent| agent.key.order(key).is_lt());
        let at = start + same.count();
        if self.agents.get(at).is_some_and(|agent| agent.key == *key) { Ok(at) } else { Err(at) }
    }

    /// Puts an agent where [`Self::position`] said.
    pub(crate) fn insert(&mut self, at: usize, agent: Agent) {
        self.fingerprints.insert(at, agent.key.fingerprint());
        self.agents.insert(at, Arc::new(agent));
    }

    pub(crate) fn retain(&mut self, keep: impl Fn(&AgentKey) -> bool) {
        self.agents.retain(|agent| keep(&agent.key));
        self.fingerprints = self.agents.iter().map(|agent| agent.key.fingerprint()).collect();
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Agent> {
        self.agents.iter().map(|agent| &**agent)
    }

    pub(crate) fn len(&self) -> usize {
        self.agents.len()
    }
}

impl Index<usize> for Roster {
    type Output = Agent;

    fn index(&self, at: usize) -> &Agent {
        &self.agents[at]
    }
}

impl IndexMut<usize> for Roster {
    /// Copies the agent first when a snapshot holds it too.
    fn index_mut(&mut self, at: usize) -> &mut Agent {
        Arc::make_mut(&mut self.agents[at])
    }
}
