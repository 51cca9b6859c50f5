//! Whose calls a budget covers, and its words.

/// Whose calls a budget covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All.
    All,
    /// Those of one API key.
    Key,
    /// Those on behalf of one agent.
    Agent,
    /// Those on behalf of one task.
    Task,
    /// Those for one tenant.
    Tenant,
    /// Those to one provider.
    Provider,
    /// Those to one model.
    Model,
}

impl Scope {
    const WORDS: [(Self, &str); 7] = [
        (Self::All, "all"),
        (Self::Key, "key"),
        (Self::Agent, "agent"),
        (Self::Task, "task"),
        (Self::Tenant, "tenant"),
        (Self::Provider, "provider"),
        (Self::Model, "model"),
    ];

    /// The word in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        Self::WORDS.iter().find(|(scope, _)| *scope == self).map_or("all", |(_, word)| word)
    }

    /// The scope for a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(scope, _)| *scope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for (scope, word) in Scope::WORDS {
            assert_eq!((Scope::parse(word), scope.as_str()), (Some(scope), word));
        }
        assert_eq!(Scope::parse("nobody"), None);
    }
}
