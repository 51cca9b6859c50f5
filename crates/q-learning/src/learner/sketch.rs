//! How unsure an agent's value is in a state, measured in a few dimensions: the bias, the shape of the text, and the state.
//!
//! The exact variance costs as many multiplications as the posterior has entries, 13,000 for each candidate. This costs some hundred,
//! and explores better: every text has words that an agent never met, and whoever counts that as doubt never ends exploring.

use super::covariance::{Covariance, long_dot};

/// Dimensions of the sketch.
pub(crate) const WIDTH: usize = 32;
/// Entries of its triangle.
const ENTRIES: usize = WIDTH * (WIDTH + 1) / 2;

/// A vector of the sketch.
pub(crate) type Folded = [f32; WIDTH];

/// Covariance of the sketched weights.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sketch(Covariance);

/// What every sketch is multiplied with in one decision: the products of a vector's entries, in the order of a packed triangle.
#[derive(Debug)]
pub(crate) struct Products {
    entries: [f32; ENTRIES],
    /// Behind them are zeros only. In a first attempt of ordinary priority the state is zeros, which are 200 entries.
    used: usize,
}

impl Sketch {
    /// As unsure as the prior.
    pub(crate) fn new(prior: &Folded) -> Self {
        Self(Covariance::diagonal(prior))
    }

    /// The variance of the value of the vector whose products these are.
    pub(crate) fn variance(&self, products: &Products) -> f32 {
        long_dot(&self.0.packed[..products.used], &products.entries[..products.used]).max(0.0)
    }

    /// What so many outcomes of `z` with this much noise make sure; a share of it is given back at once.
    pub(crate) fn learn(
        &mut self,
        z: &Folded,
        count: f32,
        noise: f32,
        keep: f32,
        prior: &Folded,
        g: &mut Vec<f32>,
    ) {
        let variance = self.0.times(z, g);
        self.0.shrink(g, count / (noise + count * variance), keep, prior);
    }

    /// Gives back a share of all evidence.
    pub(crate) fn forget(&mut self, keep: f32, prior: &Folded) {
        self.0.shrink(&[0.0; WIDTH], 0.0, keep, prior);
    }

    /// The triangle, row by row.
    pub(crate) fn entries(&self) -> &[f32] {
        &self.0.packed
    }

    /// From a triangle, or from the whole square that was kept once; `None` of anything else.
    pub(crate) fn from_entries(entries: Vec<f32>) -> Option<Self> {
        let (rows, rest) = entries.as_chunks::<WIDTH>();
        let packed = if rows.len() == WIDTH && rest.is_empty() {
            rows.iter().enumerate().flat_map(|(index, row)| row[..=index].iter().copied()).collect()
        } else {
            entries
        };
        Covariance::from_packed(packed, WIDTH).map(Self)
    }
}

impl Products {
    /// Off the diagonal an entry of the triangle stands for two of the matrix.
    pub(crate) fn set(&mut self, z: &Folded) {
        let last = z.iter().rposition(|z| *z != 0.0).unwrap_or(0);
        self.used = (last + 1) * (last + 2) / 2;
        let mut rest = &mut self.entries[..];
        for index in 0..=last {
            let (row, tail) = rest.split_at_mut(index + 1);
            rest = tail;
            row.iter_mut().zip(z).for_each(|(entry, other)| *entry = 2.0 * z[index] * other);
            row[index] /= 2.0;
        }
    }
}

impl Default for Products {
    fn default() -> Self {
        Self { entries: [0.0; ENTRIES], used: 0 }
    }
}
