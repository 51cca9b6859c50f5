//! A symmetric matrix of beliefs, its lower triangle packed by rows, and the rank-one step of recursive least squares.

/// The covariance of weights: how unsure each is, and how they hang together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Covariance {
    pub(crate) packed: Box<[f32]>,
    dimensions: usize,
}

/// Accumulators kept apart so that the compiler may use vector registers: float sums are not reordered by themselves.
const LANES: usize = 8;
/// As many as hide how long an addition takes, where there are enough entries for all of them.
const LONG_LANES: usize = 32;

impl Covariance {
    /// Independent weights with these variances.
    pub(crate) fn diagonal(variances: &[f32]) -> Self {
        let dimensions = variances.len();
        let mut packed = vec![0.0; dimensions * (dimensions + 1) / 2].into_boxed_slice();
        for (index, variance) in variances.iter().enumerate() {
            packed[index * (index + 3) / 2] = *variance;
        }
        Self { packed, dimensions }
    }

    /// `None` when the number of entries does not fit the dimensions.
    pub(crate) fn from_packed(packed: Vec<f32>, dimensions: usize) -> Option<Self> {
        let fits = packed.len() == dimensions * (dimensions + 1) / 2;
        fits.then(|| Self { packed: packed.into_boxed_slice(), dimensions })
    }

    /// `out = P·x`; returns `xᵀPx`, the variance of the value of `x`.
    pub(crate) fn times(&self, x: &[f32], out: &mut Vec<f32>) -> f32 {
        out.clear();
        out.resize(self.dimensions, 0.0);
        let mut rest = &*self.packed;
        for index in 0..self.dimensions {
            let (row, tail) = rest.split_at(index + 1);
            rest = tail;
            out[index] += dot(row, &x[..=index]);
            add_scaled(&mut out[..index], x[index], &row[..index]);
        }
        dot(out, x).max(0.0)
    }

    /// `xᵀPx` alone.
    pub(crate) fn quadratic(&self, x: &[f32]) -> f32 {
        let mut rest = &*self.packed;
        let mut sum = 0.0;
        for index in 0..self.dimensions {
            let (row, tail) = rest.split_at(index + 1);
            rest = tail;
            if x[index] != 0.0 {
                sum += x[index] * (2.0 * dot(&row[..index], &x[..index]) + row[index] * x[index]);
            }
        }
        sum.max(0.0)
    }

    /// `P ← P − k·g·gᵀ`, then a share of what was learned is given back: `P ← keep·P + (1 − keep)·D`.
    pub(crate) fn shrink(&mut self, g: &[f32], k: f32, keep: f32, prior: &[f32]) {
        let mut rest = &mut *self.packed;
        for index in 0..self.dimensions {
            let (row, tail) = rest.split_at_mut(index + 1);
            rest = tail;
            let scaled = k * g[index];
            for (entry, g) in row.iter_mut().zip(g) {
                *entry = keep * (*entry - scaled * g);
            }
            row[index] += (1.0 - keep) * prior[index];
        }
    }
}

/// `Σ a·b`, summed in an order of its own that never changes: by lanes, and these one after the other.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    dot_in::<LANES>(a, b)
}

/// The same for vectors of some hundred entries.
pub(crate) fn long_dot(a: &[f32], b: &[f32]) -> f32 {
    dot_in::<LONG_LANES>(a, b)
}

fn dot_in<const COUNT: usize>(a: &[f32], b: &[f32]) -> f32 {
    let (a_blocks, a_rest) = a.as_chunks::<COUNT>();
    let (b_blocks, b_rest) = b.as_chunks::<COUNT>();
    let mut sums = [0.0; COUNT];
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..COUNT {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

fn add_scaled(out: &mut [f32], factor: f32, values: &[f32]) {
    if factor != 0.0 {
        out.iter_mut().zip(values).for_each(|(out, value)| *out += factor * value);
    }
}
