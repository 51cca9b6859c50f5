//! What a task asks for, in the caller's words.

use crate::Invalid;

/// 1 to 10,000 characters that are not all blank and hold no NUL.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Description(String);

impl Description {
    /// The longest description accepted, in characters.
    pub const MAX_CHARS: usize = 10_000;

    /// Accepts a text that says something and fits.
    pub fn parse(raw: impl Into<String>) -> Result<Self, Invalid> {
        let raw = raw.into();
        if raw.chars().all(|c| c.is_whitespace() || c.is_control()) {
            return Err(Invalid("must not be blank".into()));
        }
        if raw.contains('\0') {
            return Err(Invalid("must not contain NUL characters".into()));
        }
        if raw.len() > Self::MAX_CHARS && raw.chars().count() > Self::MAX_CHARS {
            return Err(Invalid(format!("must be at most {} characters", Self::MAX_CHARS)));
        }
        Ok(Self(raw))
    }

    /// The text as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Gives the text away.
    pub fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_characters_not_bytes() {
        assert!(Description::parse("é".repeat(10_000)).is_ok());
        assert!(Description::parse("é".repeat(10_001)).is_err());
    }

    #[test]
    fn refuses_blank_and_nul() {
        for bad in ["", "  \n\t", "\u{0}", "a\0b"] {
            assert!(Description::parse(bad).is_err(), "{bad:?}");
        }
    }
}
