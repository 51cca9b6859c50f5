//! Cycles: the same call that shows the same thing, thought after thought.
//!
//! Only the pair counts. A call repeated because its observation changes (a clock, a queue) is no cycle.

use crate::identity::digest;
use crate::{Outcome, canonical_json};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How many thoughts have made each (call, observation) pair.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Repeats {
    seen: BTreeMap<String, u32>,
}

impl Repeats {
    /// Counts the pairs of one thought, each once however often the thought made it.
    /// Gives the highest count among them.
    pub fn count<'a>(&mut self, pairs: impl Iterator<Item = (&'a str, &'a Value, &'a Outcome)>) -> u32 {
        let distinct: BTreeSet<String> =
            pairs.map(|(tool, args, outcome)| pair(tool, args, outcome)).collect();
        let counts = distinct.into_iter().map(|pair| {
            let count = self.seen.entry(pair).or_insert(0);
            *count += 1;
            *count
        });
        counts.max().unwrap_or(0)
    }
}

fn pair(tool: &str, arguments: &Value, outcome: &Outcome) -> String {
    let (kind, text) = match outcome {
        Outcome::Output { content } => ("output", content),
        Outcome::Error { message, .. } => ("error", message),
    };
    digest(&[tool, &canonical_json(arguments), kind, text])
}
