//! The learned values as a table that a person can read: coarse kinds of text by agents.

use crate::AgentKey;

/// One entry of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct TableRow {
    /// A kind of text and the number of the attempt, in words.
    pub state: String,
    /// The agent.
    pub agent: AgentKey,
    /// Its mean return there.
    pub value: f64,
    /// The standard error of that mean.
    pub std_dev: f64,
    /// Outcomes seen.
    pub observations: u64,
}
