//! How unsure an agent's value is in a state, measured in a few dimensions: the bias, the shape of the text, and the state.
//!
//! The exact variance costs as many multiplications as the posterior has entries, 40,000 for each candidate. This costs a thousand,
//! and explores better: every text has words that an agent never met, and whoever counts that as doubt never ends exploring.

/// Dimensions of the sketch.
pub(crate) const WIDTH: usize = 32;

/// A vector of the sketch.
pub(crate) type Folded = [f32; WIDTH];

/// Covariance of the sketched weights, whole and symmetric: twice the memory of a triangle, and rows of even length.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sketch(Box<[Folded; WIDTH]>);

impl Sketch {
    /// As unsure as the prior.
    pub(crate) fn new(prior: &Folded) -> Self {
        let mut rows = Box::new([[0.0; WIDTH]; WIDTH]);
        prior.iter().enumerate().for_each(|(index, variance)| rows[index][index] = *variance);
        Self(rows)
    }

    /// The variance of the value of `z`.
    pub(crate) fn variance(&self, z: &Folded) -> f32 {
        self.times(z).iter().zip(z).map(|(product, z)| product * z).sum::<f32>().max(0.0)
    }

    /// What an outcome of `z` with this much noise makes sure; a share of it is given back at once.
    pub(crate) fn learn(&mut self, z: &Folded, noise: f32, keep: f32, prior: &Folded) {
        let g = self.times(z);
        let variance: f32 = g.iter().zip(z).map(|(product, z)| product * z).sum();
        let gain = 1.0 / (noise + variance.max(0.0));
        for (row, scale) in self.0.iter_mut().zip(&g) {
            row.iter_mut().zip(&g).for_each(|(entry, g)| *entry -= gain * scale * g);
        }
        self.forget(keep, prior);
    }

    /// Gives back a share of all evidence.
    pub(crate) fn forget(&mut self, keep: f32, prior: &Folded) {
        for (index, row) in self.0.iter_mut().enumerate() {
            row.iter_mut().for_each(|entry| *entry *= keep);
            row[index] += (1.0 - keep) * prior[index];
        }
    }

    /// Column by column, so that the sums stay in registers. In a first attempt of ordinary priority the state is zeros.
    fn times(&self, z: &Folded) -> Folded {
        let mut sums = [0.0; WIDTH];
        for (row, z) in self.0.iter().zip(z).filter(|(_, z)| **z != 0.0) {
            for (sum, entry) in sums.iter_mut().zip(row) {
                *sum += z * entry;
            }
        }
        sums
    }

    /// All entries, row by row.
    pub(crate) fn entries(&self) -> &[f32] {
        self.0.as_flattened()
    }

    /// `None` when there are too few or too many.
    pub(crate) fn from_entries(entries: &[f32]) -> Option<Self> {
        let (rows, rest) = entries.as_chunks::<WIDTH>();
        let rows: Box<[Folded; WIDTH]> = rows.to_vec().into_boxed_slice().try_into().ok()?;
        rest.is_empty().then_some(Self(rows))
    }
}
