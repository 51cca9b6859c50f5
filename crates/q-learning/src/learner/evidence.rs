//! What surprises say of an effect that is normal around zero: their mean, shrunk by how few they are.
//!
//! `n` of them count for `n/(n + σ²/τ²)` of their mean (best linear unbiased prediction; Henderson 1975). It knows not whose effect it is.

use crate::Error;
use crate::bytes::{Reader, Writer};

/// Surprises, each counting as far as what was expected was sure.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Evidence {
    pub(crate) count: f64,
    pub(crate) sum: f64,
}

/// What is added to a value.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Effect {
    pub(crate) mean: f64,
    pub(crate) variance: f64,
}

/// Outcomes beside what was expected of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surprise {
    /// For how many outcomes it counts.
    pub(crate) count: f64,
    /// By how much they were higher, in sum.
    pub(crate) off: f64,
    /// Whether it is of an outcome that was not seen before, and not the rest of one.
    pub(crate) is_new: bool,
    /// Variance of outcomes.
    pub(crate) noise: f64,
    /// Variance of the expectation.
    pub(crate) spread: f64,
    /// Share of earlier evidence that is kept.
    pub(crate) keep: f64,
    /// The number of the update.
    pub(crate) seq: u64,
}

impl Evidence {
    /// The effect where effects have variance `size`.
    pub(crate) fn shrunk(&self, size: f64, noise: f64) -> Effect {
        let variance = size * noise / (noise + size * self.count);
        Effect { mean: self.sum * variance / noise, variance }
    }

    /// Takes in a surprise of which this much is left when other effects are taken off.
    pub(crate) fn learn(&mut self, off: f64, surprise: &Surprise) {
        let sure = surprise.noise / (surprise.noise + surprise.spread);
        self.fade(surprise.keep);
        self.count += sure * surprise.count;
        self.sum += sure * off;
    }

    /// Keeps this share of it.
    pub(crate) fn fade(&mut self, keep: f64) {
        self.count *= keep;
        self.sum *= keep;
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.f64(self.count);
        out.f64(self.sum);
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        let evidence = Self { count: from.f64()?, sum: from.f64()? };
        if evidence.count >= 0.0 { Ok(evidence) } else { Err(Error::Corrupt("a count below zero")) }
    }
}
