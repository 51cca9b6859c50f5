//! Keys of `keyed` calls that may have taken effect although no answer told so. The same call made again means the same effect, and carries
//! the same key, by which its tool can tell. Of calls of other classes a person decides, elsewhere.

use crate::{Outcome, ToolCall, ToolErrorCode, canonical_json};
use std::collections::BTreeMap;
use task_model::EffectClass;

/// The keys, by what was called with what; the one that was tried last is the last.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Unanswered(BTreeMap<(String, String), Vec<String>>);

impl Unanswered {
    /// A key under which the same call went unanswered, if any is left: two calls of one thought mean two effects.
    pub fn key(&self, call: &ToolCall, taken: &[String]) -> Option<String> {
        self.0.get(&name(call))?.iter().find(|key| !taken.contains(key)).cloned()
    }

    /// What became of a call. One that a person refused was not made, and says nothing of the one before.
    pub fn note(&mut self, call: &ToolCall, outcome: &Outcome) {
        let refused = matches!(outcome, Outcome::Error { code: ToolErrorCode::Denied, .. });
        if call.effect != EffectClass::Keyed || refused {
            return;
        }
        let keys = self.0.entry(name(call)).or_default();
        keys.retain(|key| *key != call.key);
        if outcome.hides_effect() {
            keys.push(call.key.clone());
        }
    }
}

fn name(call: &ToolCall) -> (String, String) {
    (call.tool.clone(), canonical_json(&call.arguments))
}
