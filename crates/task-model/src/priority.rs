//! How urgent a task is: 1 (least) to 10 (most), or one of four words.

use crate::Invalid;

/// A number from 1 to 10; 5 unless the caller says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Priority(u8);

impl Priority {
    /// Accepts 1 to 10.
    pub fn new(value: i64) -> Result<Self, Invalid> {
        match u8::try_from(value) {
            Ok(v @ 1..=10) => Ok(Self(v)),
            _ => Err(Invalid("must be a whole number from 1 to 10, or low, normal, high or urgent".into())),
        }
    }

    /// Accepts `low`, `normal` (or `medium`), `high`, `urgent` (or `critical`), in any case.
    pub fn from_word(word: &str) -> Result<Self, Invalid> {
        match word.to_ascii_lowercase().as_str() {
            "low" => Ok(Self(2)),
            "normal" | "medium" => Ok(Self(5)),
            "high" => Ok(Self(8)),
            "urgent" | "critical" => Ok(Self(10)),
            _ => Err(Invalid("must be 1 to 10, or one of low, normal, high, urgent".into())),
        }
    }

    /// The number itself.
    pub fn get(self) -> u8 {
        self.0
    }
}

impl Default for Priority {
    fn default() -> Self {
        Self(5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_documented_numbers() {
        let of = |w| Priority::from_word(w).unwrap().get();
        assert_eq!([of("low"), of("normal"), of("HIGH"), of("urgent")], [2, 5, 8, 10]);
        assert!(Priority::from_word("soon").is_err());
    }

    #[test]
    fn numbers_outside_one_to_ten_are_refused() {
        for bad in [0, 11, -1, i64::MAX] {
            assert!(Priority::new(bad).is_err());
        }
    }
}
