//! What can go wrong, named by what the caller can do about it.

/// Why a call had no effect. Whatever returns an error has changed nothing.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// A decision needs at least one candidate.
    #[error("no candidates to choose from")]
    NoCandidates,
    /// Send a reward that is a number from 0 to 1.
    #[error("reward must be a number from 0 to 1, not {0}")]
    Reward(f64),
    /// Send a weight from 0 to 10, and with what replaces a reward at least the weight that this had.
    #[error("weights must be from 0 to 10, and that of a replaced reward at most its successor's, not {0}")]
    Weight(f64),
    /// Send an amount that is a number from 0 to 10¹⁵.
    #[error("what was spent must be a number from 0 to 1e15, not {0}")]
    Spent(f64),
    /// An evaluation needs at least one sample.
    #[error("no samples to evaluate")]
    NoSamples,
    /// Log a propensity above 0 and at most 1, and evaluate with probabilities from 0 to 1 and finite expectations.
    #[error("propensity must be above 0 and at most 1, not {0}")]
    Propensity(f64),
    /// Correct the named field of the configuration.
    #[error("{field} must be {expected}")]
    Config {
        /// The field of [`crate::LearnerConfig`], as it is spelled there.
        field: &'static str,
        /// The values that are allowed.
        expected: &'static str,
    },
    /// The bytes were written by another version of the format: rebuild the state from the log.
    #[error("format version {found} is not {expected}")]
    Version {
        /// The version in the bytes.
        found: u16,
        /// The version that this build reads.
        expected: u16,
    },
    /// The bytes are damaged or are something else: rebuild the state from the log.
    #[error("bytes are corrupt: {0}")]
    Corrupt(&'static str),
}
