//! The learned values in force: an immutable snapshot that decisions read and the follower of the log replaces.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use q_learning::Learner;

/// Which policy, and how much of the log it has learned from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PolicyVersion {
    /// The published policy it started from; 0 is the one that started from nothing.
    pub policy: i64,
    /// The last experience it has seen.
    pub seq: i64,
}

/// How many bits of a stored version count experiences: more than any log will hold.
const SEQ_BITS: u32 = 40;

impl PolicyVersion {
    /// Both numbers in the one that decisions and experiences are stored with; its order is theirs.
    pub fn to_stored(self) -> i64 {
        (self.policy << SEQ_BITS) | self.seq
    }

    /// The reverse of [`Self::to_stored`].
    pub fn from_stored(stored: i64) -> Self {
        Self { policy: stored >> SEQ_BITS, seq: stored & ((1 << SEQ_BITS) - 1) }
    }
}

impl fmt::Display for PolicyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{}.e{}", self.policy, self.seq)
    }
}

/// A learner at one point of the log.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Where it stands.
    pub version: PolicyVersion,
    /// The values.
    pub learner: Learner,
}

/// The policy in force. Clones share it; reading takes no lock.
#[derive(Debug, Clone)]
pub struct PolicyView(Arc<ArcSwap<Policy>>);

impl PolicyView {
    /// Starts with `policy`.
    pub fn new(policy: Policy) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(policy)))
    }

    /// The policy now.
    pub fn now(&self) -> arc_swap::Guard<Arc<Policy>> {
        self.0.load()
    }

    /// Puts `policy` in force for every decision from now on.
    pub fn publish(&self, policy: Policy) {
        metrics::gauge!("orchestrator_learner_seq").set(policy.version.seq as f64);
        self.0.store(Arc::new(policy));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_numbers_survive_being_stored_as_one() {
        for version in [PolicyVersion::default(), PolicyVersion { policy: 3, seq: 1042 }] {
            assert_eq!(PolicyVersion::from_stored(version.to_stored()), version);
        }
        assert_eq!(PolicyVersion { policy: 3, seq: 1042 }.to_string(), "p3.e1042");
    }
}
