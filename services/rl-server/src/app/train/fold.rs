//! The log becomes a learner, a page at a time, with the errors it made on the way (prequential: predict first, learn then).
//!
//! A fold can be laid down half-way and taken up again: it gives the same bytes as one that was never interrupted.

use q_learning::{Experience, Learner, LearnerConfig};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use storage::{Storage, TrainingCheckpoint};
use task_model::Micros;

use crate::app::Error;

/// How many lines are read and learned between two looks at the job.
pub(super) const PAGE: usize = 2_000;

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

/// What is laid down beside the learner.
#[derive(Serialize, Deserialize)]
struct Place {
    seq: i64,
    read: u64,
    unreadable: u64,
    errors: Errors,
}

/// Sums of what was predicted and what came.
#[derive(Debug, Default, Clone, Copy, PartialEq, Serialize, Deserialize)]
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

    /// The fold that was laid down; `None` when it was by another program or with other settings.
    pub(super) fn taken_up(config: &LearnerConfig, checkpoint: &TrainingCheckpoint) -> Option<Self> {
        let learner = Learner::from_bytes(&checkpoint.bytes).ok().filter(|held| held.config() == config)?;
        let Place { seq, read, unreadable, errors } =
            serde_json::from_value(checkpoint.state.clone()).ok()?;
        Some(Self { learner, config: config.clone(), seq, read, unreadable, errors })
    }

    /// The fold as it can be taken up later.
    pub(super) fn laid_down(&self, job_id: &str, at: Micros) -> TrainingCheckpoint {
        let place =
            Place { seq: self.seq, read: self.read, unreadable: self.unreadable, errors: self.errors };
        TrainingCheckpoint {
            job_id: job_id.to_owned(),
            state: serde_json::to_value(place).unwrap_or_default(),
            bytes: self.learner.to_bytes(),
            at,
        }
    }

    /// How many lines were read.
    pub(super) fn read(&self) -> u64 {
        self.read
    }

    /// One page further; `None` at the end of the log.
    pub(super) async fn advance(&self, storage: &Storage, lines: usize) -> Result<Option<Self>, Error> {
        let page = storage.experiences_after(self.seq, lines).await?;
        if page.is_empty() {
            return Ok(None);
        }
        let mut next = Self {
            learner: self.learner.clone(),
            config: self.config.clone(),
            seq: self.seq,
            read: self.read,
            unreadable: self.unreadable,
            errors: self.errors,
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
        let Ok(update) = self.learner.update(&experience) else {
            self.unreadable += 1;
            return;
        };
        match experience.replaces {
            _ if !experience.teaches() => {}
            None => self.errors.add(update.predicted, experience.reward),
            Some(replaced) => self.errors.correct(update.predicted, replaced, experience.reward),
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

    /// The same outcome by a later judgement; what was predicted of it is what was when that came.
    fn correct(&mut self, predicted: f64, replaced: f64, reward: f64) {
        self.squared += (predicted - reward).powi(2) - (predicted - replaced).powi(2);
        self.reward += reward - replaced;
        self.reward_squared += reward * reward - replaced * replaced;
    }

    /// `rmse` of predictions made before each reward, beside that of the mean reward in hindsight.
    fn metrics(&self) -> Map<String, Value> {
        let mut metrics = Map::new();
        if self.count > 0.0 {
            let mean = self.reward / self.count;
            let spread = (self.reward_squared / self.count - mean * mean).max(0.0);
            metrics.insert("mean_reward".into(), json!(mean));
            metrics.insert("rmse".into(), json!((self.squared.max(0.0) / self.count).sqrt()));
            metrics.insert("rmse_of_mean".into(), json!(spread.sqrt()));
        }
        metrics
    }
}

#[cfg(test)]
mod tests {
    use q_learning::{AgentKey, Context};
    use storage::{NewExperience, StorageOptions};
    use task_model::{AgentId, Attempt, MicroUsd, TaskId};

    use super::*;

    fn line(n: i64) -> NewExperience {
        let agent = ["a", "b", "c"][n as usize % 3];
        let context = Context::from_text(&format!("write unit tests for module {n}"));
        let experience = Experience::new(context, AgentKey::new(agent), (n % 7) as f64 / 7.0);
        NewExperience {
            task_id: TaskId::parse(format!("t{n}")).unwrap(),
            attempt: Attempt(1),
            revision: 0,
            agent_id: AgentId::parse(agent).unwrap(),
            context: if n % 50 == 49 { vec![1, 2, 3] } else { experience.to_bytes() },
            next_context: None,
            reward: experience.reward,
            prev_reward: None,
            weight: 1.0,
            propensity: 1.0,
            policy_version: 0,
            cost: MicroUsd(0),
            latency_ms: 0,
            at: Micros(n),
            source: "test".into(),
            candidates_json: None,
        }
    }

    async fn folded(mut fold: Fold, storage: &Storage, stop_at: Option<u64>) -> Fold {
        while let Some(next) = fold.advance(storage, 10).await.unwrap() {
            fold = next;
            if stop_at.is_some_and(|at| fold.read() >= at) {
                break;
            }
        }
        fold
    }

    #[tokio::test]
    async fn a_fold_that_was_killed_goes_on_where_it_was_and_gives_the_same_bytes() {
        let storage = Storage::open(&StorageOptions::new("sqlite::memory:")).await.unwrap();
        storage.migrate().await.unwrap();
        storage.experience_import((0..120).map(line).collect()).await.unwrap();
        let config = LearnerConfig::default();
        let begun = || Fold::new(config.clone()).unwrap();
        let whole = folded(begun(), &storage, None).await.end();

        let half = folded(begun(), &storage, Some(60)).await;
        storage.training_checkpoint_put(half.laid_down("job", Micros(0))).await.unwrap();
        drop(half);
        let kept = storage.training_checkpoint_find("job").await.unwrap().unwrap();
        let again = Fold::taken_up(&config, &kept).unwrap();
        assert_eq!(again.read(), 60);
        let resumed = folded(again, &storage, None).await.end();
        assert!(resumed.bytes == whole.bytes, "the same bytes");
        assert_eq!((resumed.read, resumed.seq, &resumed.metrics), (whole.read, whole.seq, &whole.metrics));
        assert_eq!(whole.metrics["unreadable"], 2);

        let other = LearnerConfig { gamma: 0.1, ..config };
        assert!(Fold::taken_up(&other, &kept).is_none(), "another configuration is another fold");
        storage.close().await;
    }
}
