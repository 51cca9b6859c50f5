//! Whether an agent takes tasks.

use crate::Invalid;

/// The state of an agent in the roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AgentStatus {
    /// Takes tasks.
    Active,
    /// Takes none until it is made active again.
    Paused,
    /// Removed; only its history remains.
    Deleted,
}

impl AgentStatus {
    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Deleted => "deleted",
        }
    }

    /// The reverse of [`Self::as_str`].
    pub fn parse(word: &str) -> Result<Self, Invalid> {
        match word {
            "active" => Ok(Self::Active),
            "paused" => Ok(Self::Paused),
            "deleted" => Ok(Self::Deleted),
            _ => Err(Invalid("must be one of active, paused, deleted".into())),
        }
    }
}
