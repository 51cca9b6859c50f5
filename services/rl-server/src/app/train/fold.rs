//! The log becomes a learner, a page at a time, with the errors it made on the way (prequential: predict first, learn then).

use q_learning::{Experience, Learner, LearnerConfig};
use serde_json::{Map, Value, json};
use storage::Storage;

use crate::app::Error;

/// How many lines are read and learned between two looks at the job.
const PAGE: usize = 2_000;

/// A learner on its way through the log.
pub(super) struct Fold {
    learner: Learner,
    config: LearnerConfig,
    seq: i64,
    read: u64,
    unreadable: u64,
    errors: Errors,
}

/// A learner at the end of the log.
pub(super) struct Trained {
    /// The learner's own encoding.
    pub(super) bytes: Vec<u8>,
    /// Its settings.
    pub(super) config: LearnerConfig,
    /// The last line it has seen.
    pub(super) seq: i64,
    /// How many lines it has seen.
    pub(super) read: u64,
    /// What was measured.
    pub(super) metrics: Map<String, Value>,
}

/// Sums of what was predicted and what came.
#[derive(Default)]
struct Errors {
    count: f64,
    squared: f64,
    reward: f64,
    reward_squared: f64,
}

impl Fold {
    pub(super) fn new(config: LearnerConfig) -> Result<Self, Error> {
        let learner =
            Learner::new(config.clone()).map_err(|error| Error::field("learner", error.to_string()))?;
        Ok(Self { learner, config, seq: 0, read: 0, unreadable: 0, errors: Errors::default() })
    }

    /// How many lines were read.
    pub(super) fn read(&self) -> u64 {
        self.read
    }

    /// One page further; `None` at the end of the log.
    pub(super) async fn advance(&mut self, storage: &Storage) -> Result<Option<Self>, Error> {
        let page = storage.experiences_after(self.seq, PAGE).await?;
        if page.is_empty() {
            return Ok(None);
        }
        let mut next = Self {
            learner: self.learner.clone(),
            config: self.config.clone(),
            seq: self.seq,
            read: self.read,
            unreadable: self.unreadable,
            errors: std::mem::take(&mut self.errors),
        };
        // Thousands of updates take a while; the threads that serve requests must not wait for them.
        let advanced = tokio::task::spawn_blocking(move || {
            for line in page {
                next.learn(&line);
            }
            next
        });
        Ok(Some(advanced.await?))
    }

    pub(super) fn end(self) -> Trained {
        let mut metrics = self.errors.metrics();
        metrics.insert("experiences".into(), json!(self.read));
        metrics.insert("unreadable".into(), json!(self.unreadable));
        metrics.insert("calibration_error".into(), json!(self.learner.calibration_error()));
        Trained {
            bytes: self.learner.to_bytes(),
            config: self.config,
            seq: self.seq,
            read: self.read,
            metrics,
        }
    }

    fn learn(&mut self, line: &storage::Experience) {
        self.seq = line.seq;
        self.read += 1;
        let Ok(experience) = Experience::from_bytes(&line.experience.context) else {
            self.unreadable += 1;
            return;
        };
        let is_first = experience.replaces.is_none();
        match self.learner.update(&experience) {
            Ok(update) if is_first => self.errors.add(update.predicted, experience.reward),
            Ok(_) => {}
            Err(_) => self.unreadable += 1,
        }
    }
}

impl Errors {
    fn add(&mut self, predicted: f64, reward: f64) {
        self.count += 1.0;
        self.squared += (predicted - reward).powi(2);
        self.reward += reward;
        self.reward_squared += reward * reward;
    }

    /// `rmse` of predictions made before each reward, beside that of the mean reward in hindsight.
    fn metrics(&self) -> Map<String, Value> {
        let mut metrics = Map::new();
        if self.count > 0.0 {
            let mean = self.reward / self.count;
            let spread = (self.reward_squared / self.count - mean * mean).max(0.0);
            metrics.insert("mean_reward".into(), json!(mean));
            metrics.insert("rmse".into(), json!((self.squared / self.count).sqrt()));
            metrics.insert("rmse_of_mean".into(), json!(spread.sqrt()));
        }
        metrics
    }
}
