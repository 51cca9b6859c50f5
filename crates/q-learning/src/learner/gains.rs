//! What is worth knowing of a text and an agent together: the agent's relevance, and that it failed at this already.
//! Two weights, shared by all agents.

/// The two weights with their covariance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Gains {
    pub(crate) mean: [f64; 2],
    /// Entries (0,0), (0,1) and (1,1).
    pub(crate) covariance: [f64; 3],
}

/// Relevance from 0 to 1, and 1 when the agent failed already.
pub(crate) type Pairing = [f64; 2];

impl Gains {
    pub(crate) fn new(relevance: f64, failed: f64, variance: f64) -> Self {
        Self { mean: [relevance, failed], covariance: [variance, 0.0, variance] }
    }

    /// What the pairing adds to a value.
    pub(crate) fn value(&self, pairing: Pairing) -> f64 {
        self.mean[0] * pairing[0] + self.mean[1] * pairing[1]
    }

    /// Moves the weights by so many outcomes that were off by `error` in sum, with this much noise around each.
    pub(crate) fn learn(&mut self, pairing: Pairing, count: f64, error: f64, noise: f64) {
        let [a, b, c] = self.covariance;
        let g = [a * pairing[0] + b * pairing[1], b * pairing[0] + c * pairing[1]];
        let gain = 1.0 / (noise + count * (g[0] * pairing[0] + g[1] * pairing[1]));
        self.mean[0] += gain * error * g[0];
        self.mean[1] += gain * error * g[1];
        let sure = count * gain;
        self.covariance = [a - sure * g[0] * g[0], b - sure * g[0] * g[1], c - sure * g[1] * g[1]];
    }
}
