//! Steps of a run and what a crash may do to their effects.

use crate::Invalid;

/// What kind of work a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepKind {
    /// A model call: the agent reasons.
    Thought,
    /// A tool call: the agent acts and observes.
    Tool,
}

impl StepKind {
    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Thought => "thought",
            Self::Tool => "tool",
        }
    }

    /// The reverse of [`Self::as_str`].
    pub fn parse(word: &str) -> Result<Self, Invalid> {
        match word {
            "thought" => Ok(Self::Thought),
            "tool" => Ok(Self::Tool),
            _ => Err(Invalid("must be thought or tool".into())),
        }
    }
}

/// What may be done with a step whose INTENT was recorded and whose RESULT a crash left unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EffectClass {
    /// Computes; runs again.
    Pure,
    /// Only reads the world; runs again.
    Read,
    /// Runs again under the same idempotency key.
    Keyed,
    /// The tool can be asked whether it happened.
    Probe,
    /// Never repeated: a person decides.
    Unsafe,
}

impl EffectClass {
    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pure => "pure",
            Self::Read => "read",
            Self::Keyed => "keyed",
            Self::Probe => "probe",
            Self::Unsafe => "unsafe",
        }
    }

    /// The reverse of [`Self::as_str`]; an unknown word is refused, and callers treat it as [`Self::Unsafe`].
    pub fn parse(word: &str) -> Result<Self, Invalid> {
        match word {
            "pure" => Ok(Self::Pure),
            "read" => Ok(Self::Read),
            "keyed" => Ok(Self::Keyed),
            "probe" => Ok(Self::Probe),
            "unsafe" => Ok(Self::Unsafe),
            _ => Err(Invalid("must be one of pure, read, keyed, probe, unsafe".into())),
        }
    }

    /// Whether the effect may be executed a second time after a crash.
    pub fn may_repeat(self) -> bool {
        matches!(self, Self::Pure | Self::Read | Self::Keyed)
    }
}
