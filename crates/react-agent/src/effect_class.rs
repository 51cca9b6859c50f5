//! What a tool does to the world, and therefore what a crash in the middle of a call means.

use serde::{Deserialize, Serialize};

/// The effect of a tool, declared by the tool itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum EffectClass {
    /// Computes from its arguments alone.
    Pure,
    /// Reads the world and does not change it.
    Read,
    /// Changes the world, and the other side drops a repeated key.
    Keyed,
    /// Changes the world, and can be asked afterwards whether it did.
    Probe,
    /// Changes the world and nothing tells whether it did. Unknown tools count as this.
    #[default]
    Unsafe,
}

/// What to do with a call whose INTENT is recorded and whose RESULT is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// Call again with the same idempotency key (which a pure or reading tool ignores).
    RunAgain,
    /// Ask the tool what became of the key.
    AskTool,
    /// A person decides: the task needs review.
    Review,
}

impl EffectClass {
    /// How a call with an unknown outcome is settled.
    pub fn recovery(self) -> Recovery {
        match self {
            EffectClass::Pure | EffectClass::Read | EffectClass::Keyed => Recovery::RunAgain,
            EffectClass::Probe => Recovery::AskTool,
            EffectClass::Unsafe => Recovery::Review,
        }
    }

    /// The word used on the wire and in the journal.
    pub fn as_str(self) -> &'static str {
        match self {
            EffectClass::Pure => "pure",
            EffectClass::Read => "read",
            EffectClass::Keyed => "keyed",
            EffectClass::Probe => "probe",
            EffectClass::Unsafe => "unsafe",
        }
    }

    /// Reads a recorded word. Anything unknown is unsafe, so that a newer journal is never repeated blindly.
    pub fn from_word(word: &str) -> Self {
        match word {
            "pure" => EffectClass::Pure,
            "read" => EffectClass::Read,
            "keyed" => EffectClass::Keyed,
            "probe" => EffectClass::Probe,
            _ => EffectClass::Unsafe,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_declared_harmless_calls_run_again() {
        assert_eq!(EffectClass::from_word("pure").recovery(), Recovery::RunAgain);
        assert_eq!(EffectClass::from_word("probe").recovery(), Recovery::AskTool);
        assert_eq!(EffectClass::from_word("something newer").recovery(), Recovery::Review);
    }

    #[test]
    fn words_survive_the_round_trip() {
        use EffectClass::*;
        for class in [Pure, Read, Keyed, Probe, Unsafe] {
            assert_eq!(EffectClass::from_word(class.as_str()), class);
            assert_eq!(serde_json::json!(class), class.as_str());
        }
    }
}
