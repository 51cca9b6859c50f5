//! The name of an agent as the learner knows it. It carries a fingerprint, so that a decision compares no strings.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::features::hash::fingerprint;

/// The name of a model, with a fingerprint as an agent's has.
pub type ModelKey = AgentKey;

/// An agent's identity: any text. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AgentKey {
    id: Arc<str>,
    fingerprint: u64,
}

impl AgentKey {
    /// The key of the agent with this id.
    pub fn new(id: &str) -> Self {
        Self { id: id.into(), fingerprint: fingerprint(id.as_bytes()) }
    }

    /// The id it was made from.
    pub fn as_str(&self) -> &str {
        &self.id
    }

    /// 64 bits that stand for the id: the same on every machine and in every version of the log.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// The order of lists that are searched: by fingerprint, then by id.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        self.fingerprint.cmp(&other.fingerprint).then_with(|| self.cmp(other))
    }
}

impl PartialEq for AgentKey {
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint && self.id == other.id
    }
}

impl Eq for AgentKey {}

impl PartialOrd for AgentKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for AgentKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.id.cmp(&other.id)
    }
}

impl Hash for AgentKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.fingerprint);
    }
}

impl fmt::Display for AgentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}

impl Serialize for AgentKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.id)
    }
}

impl<'de> Deserialize<'de> for AgentKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(&String::deserialize(deserializer)?))
    }
}
