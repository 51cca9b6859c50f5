//! Which share of the choices is answered by an outcome.
//!
//! Trying an agent is worth what is learned of it. Where three choices of ten teach anything, trying pays three tenths as much as where all do, so
//! doubt speaks for a candidate by so much less.

use crate::Error;
use crate::bytes::{Reader, Writer};

/// Each choice takes this share away from what earlier ones count, so that a thousand of them matter.
const FADE: f64 = 0.999;
/// Answered choices that are taken for granted before any was made.
const PRIOR: f64 = 10.0;

/// Choices that came to their end, and the outcomes that were told of them; faded.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Answered {
    choices: f64,
    outcomes: f64,
}

impl Answered {
    /// From 0 to 1.
    pub(crate) fn share(&self) -> f64 {
        ((PRIOR + self.outcomes) / (PRIOR + self.choices)).clamp(0.0, 1.0)
    }

    /// A choice came to its end, and this much of an outcome was told.
    pub(crate) fn ended(&mut self, count: f64) {
        self.choices = FADE * self.choices + 1.0;
        self.outcomes = FADE * self.outcomes + count.min(1.0);
    }

    /// More of the outcome of an earlier one was told.
    pub(crate) fn told(&mut self, count: f64) {
        self.outcomes += count.clamp(0.0, 1.0);
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.f64(self.choices);
        out.f64(self.outcomes);
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        let answered = Self { choices: from.f64()?, outcomes: from.f64()? };
        let sound = answered.choices >= 0.0 && answered.outcomes >= 0.0;
        if sound { Ok(answered) } else { Err(Error::Corrupt("a count below zero")) }
    }
}
