//! How a state of the policy is named: the published version it started from, and how much of the log it has learned from.

use std::fmt;

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

    /// The reverse of its words: `p3.e1042`.
    pub fn parse(words: &str) -> Option<Self> {
        let (policy, seq) = words.strip_prefix('p')?.split_once(".e")?;
        let version = Self { policy: policy.parse().ok()?, seq: seq.parse().ok()? };
        let fits =
            (0..1 << (62 - SEQ_BITS)).contains(&version.policy) && (0..1 << SEQ_BITS).contains(&version.seq);
        fits.then_some(version)
    }
}

impl fmt::Display for PolicyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{}.e{}", self.policy, self.seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_numbers_survive_being_stored_as_one_and_being_said() {
        for version in [PolicyVersion::default(), PolicyVersion { policy: 3, seq: 1042 }] {
            assert_eq!(PolicyVersion::from_stored(version.to_stored()), version);
            assert_eq!(PolicyVersion::parse(&version.to_string()), Some(version));
        }
        for nonsense in
            ["", "p", "p1", "p1.e", "1.e2", "p-1.e2", "p1.e-2", "p9999999999.e1", "p1.e99999999999999"]
        {
            assert_eq!(PolicyVersion::parse(nonsense), None, "{nonsense}");
        }
    }
}
