//! What a schedule does when it could not fire in time, and when its last task still runs.

use crate::Invalid;

/// What becomes of firings that were missed, because nobody was up to make them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Missed {
    /// They are passed over.
    Skip,
    /// The latest of them is made up for.
    #[default]
    Last,
    /// Each of them is made up for, the oldest first, up to a bound.
    All,
}

impl Missed {
    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Last => "last",
            Self::All => "all",
        }
    }

    /// The meaning of a word.
    pub fn parse(word: &str) -> Result<Self, Invalid> {
        let all = [Self::Skip, Self::Last, Self::All];
        let found = all.into_iter().find(|missed| missed.as_str() == word);
        found.ok_or_else(|| Invalid("must be skip, last or all".into()))
    }
}

/// Whether a task is made while the one before still runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Overlap {
    /// It is.
    #[default]
    Allow,
    /// The firing is passed over.
    Skip,
}

impl Overlap {
    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Skip => "skip",
        }
    }

    /// The meaning of a word.
    pub fn parse(word: &str) -> Result<Self, Invalid> {
        let found = [Self::Allow, Self::Skip].into_iter().find(|overlap| overlap.as_str() == word);
        found.ok_or_else(|| Invalid("must be allow or skip".into()))
    }
}
