//! How much each member's prediction counts: by how well it predicted so far (exponential weights; Vovk, 1990).

/// Log-weights of the members, the best at zero.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Committee {
    pub(crate) log_weights: Vec<f64>,
    pub(crate) shares: Vec<f64>,
}

/// No member falls further behind than this, so that one that was wrong for long can come back.
const FURTHEST: f64 = 8.0;

impl Committee {
    pub(crate) fn new(members: usize) -> Self {
        Self::from_log_weights(vec![0.0; members])
    }

    pub(crate) fn from_log_weights(log_weights: Vec<f64>) -> Self {
        let mut committee = Self { shares: vec![0.0; log_weights.len()], log_weights };
        committee.share();
        committee
    }

    /// Takes in the squares of what each member was off by.
    pub(crate) fn learn(&mut self, squares: impl Iterator<Item = f64>, rate: f64) {
        for (weight, square) in self.log_weights.iter_mut().zip(squares) {
            *weight -= rate * square;
        }
        let best = self.log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        self.log_weights.iter_mut().for_each(|weight| *weight = (*weight - best).max(-FURTHEST));
        self.share();
    }

    fn share(&mut self) {
        let sum: f64 = self.log_weights.iter().map(|weight| weight.exp()).sum();
        self.shares.iter_mut().zip(&self.log_weights).for_each(|(share, weight)| *share = weight.exp() / sum);
    }
}
