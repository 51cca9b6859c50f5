//! Cycles: calls that show the same thing again, thought after thought: one call, or several in turn.
//!
//! Only the pair counts. A call repeated because its observation changes (a clock, a queue) is no cycle.

use crate::identity::digest;
use crate::{Outcome, canonical_json};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// So many thoughts in a row that show nothing new are a cycle, when they are more than one call. Two calls in turn are stopped after
/// five thoughts like one that is repeated: the first two of them were new.
const STALE_MOST: u32 = 3;

/// How many thoughts have made each (call, observation) pair.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Repeats {
    seen: BTreeMap<String, u32>,
    /// Thoughts in a row that showed nothing new, and the pairs they made.
    stale: u32,
    stale_pairs: BTreeSet<String>,
}

/// How little a thought brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Staleness {
    /// How often the pair was made that was made most often.
    pub count: u32,
    /// Thoughts in a row that showed nothing new.
    pub row: u32,
    /// Whether those go round in a circle of several calls.
    pub circle: bool,
}

impl Repeats {
    /// Counts the pairs of one thought, each once however often the thought made it.
    pub fn count<'a>(&mut self, pairs: impl Iterator<Item = (&'a str, &'a Value, &'a Outcome)>) -> Staleness {
        let distinct: BTreeSet<String> =
            pairs.map(|(tool, args, outcome)| pair(tool, args, outcome)).collect();
        if distinct.is_empty() {
            return Staleness { count: 0, row: self.stale, circle: false };
        }
        let counts = distinct.iter().map(|pair| {
            let count = self.seen.entry(pair.clone()).or_insert(0);
            *count += 1;
            *count
        });
        let counts: Vec<u32> = counts.collect();
        if counts.iter().all(|count| *count > 1) {
            self.stale += 1;
            self.stale_pairs.extend(distinct);
        } else {
            self.stale = 0;
            self.stale_pairs.clear();
        }
        Staleness {
            count: counts.into_iter().max().unwrap_or(0),
            row: self.stale,
            circle: self.stale >= STALE_MOST && self.stale_pairs.len() > 1,
        }
    }
}

fn pair(tool: &str, arguments: &Value, outcome: &Outcome) -> String {
    let (kind, text) = match outcome {
        Outcome::Output { content } => ("output", content),
        Outcome::Error { message, .. } => ("error", message),
    };
    digest(&[tool, &canonical_json(arguments), kind, text])
}
