//! The constants of learning. The defaults were set once for all data; the replays in `examples/` show what they give.

use serde::{Deserialize, Serialize};

use crate::bytes::{Reader, Writer};
use crate::{Error, Exploration};

/// Constants of a [`crate::Learner`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LearnerConfig {
    /// How values become choices.
    pub exploration: Exploration,
    /// Discount of the value of what follows a failed attempt, 0 to 1.
    pub gamma: f64,
}

impl Default for LearnerConfig {
    fn default() -> Self {
        Self { exploration: Exploration::InverseGap { scale: 10.0, exponent: 0.5 }, gamma: 0.9 }
    }
}

impl LearnerConfig {
    pub(crate) fn write(&self, out: &mut Writer) {
        self.exploration.write(out);
        out.f64(self.gamma);
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        let config = Self { exploration: Exploration::read(from)?, gamma: from.f64()? };
        config.check().map_err(|_| Error::Corrupt("a configuration that is not allowed"))?;
        Ok(config)
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        if let Some((field, expected)) = self.exploration.complaint() {
            return Err(Error::Config { field, expected });
        }
        if !(0.0..=1.0).contains(&self.gamma) {
            return Err(Error::Config { field: "gamma", expected: "from 0 to 1" });
        }
        Ok(())
    }
}
