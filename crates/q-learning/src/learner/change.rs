//! Notices that an agent is no longer what it was: a two-sided cumulative sum of standardised surprises (Page, 1954).

/// Sums of what went beyond the slack, upwards and downwards.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Cusum {
    pub(crate) up: f64,
    pub(crate) down: f64,
}

impl Cusum {
    /// Takes in a surprise in standard deviations. True when a sum went over the threshold; both begin anew then.
    pub(crate) fn alarm(&mut self, surprise: f64, slack: f64, threshold: f64) -> bool {
        self.up = (self.up + surprise - slack).max(0.0);
        self.down = (self.down - surprise - slack).max(0.0);
        let changed = self.up.max(self.down) > threshold;
        if changed {
            *self = Self::default();
        }
        changed
    }
}
