//! Where the fold begins: a checkpoint if one fits, else the promoted policy as published, else nothing learned.

use q_learning::{Learner, LearnerConfig};
use sha2::{Digest, Sha256};
use storage::Storage;

use crate::app::policy::{Canary, Policy, PolicyVersion};

/// The first state of the fold, and the name its checkpoints go by.
pub(super) struct Begun {
    pub(super) policy: Policy,
    pub(super) format: String,
}

/// Why the learner could not be started.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The section `[learner]` must be corrected.
    #[error("section [learner] of the configuration is wrong")]
    Config(#[from] q_learning::Error),
    /// The database must be looked at.
    #[error("what was learned cannot be read from the database")]
    Storage(#[from] storage::Error),
}

/// The latest state that can be had without the log.
pub(super) async fn begin(storage: &Storage, config: &LearnerConfig) -> Result<Begun, Failed> {
    if let Some(version) = storage.policy_promoted().await?
        && let Some(begun) = from_promoted(storage, version).await?
    {
        return Ok(begun);
    }
    let format = format!("learner.p0.{}", fingerprint(config));
    let learner = Learner::new(config.clone())?;
    let nothing = Policy { version: PolicyVersion::default(), learner, canary: None };
    let policy = from_checkpoint(storage, &format, 0).await?.unwrap_or(nothing);
    Ok(Begun { policy, format })
}

/// The policy of this version with what was learned since; `None` when this program cannot read it.
pub(super) async fn from_promoted(storage: &Storage, version: i64) -> storage::Result<Option<Begun>> {
    let format = format!("learner.p{version}");
    if let Some(policy) = from_checkpoint(storage, &format, version).await? {
        return Ok(Some(Begun { policy, format }));
    }
    let Some(record) = storage.policy_find(version).await? else { return Ok(None) };
    match Learner::from_bytes(&record.policy.bytes) {
        Ok(learner) => {
            let version = PolicyVersion { policy: version, seq: record.policy.trained_to };
            Ok(Some(Begun { policy: Policy { version, learner, canary: None }, format }))
        }
        Err(error) => {
            tracing::error!(policy.version = version, %error, "a promoted policy cannot be read and is not used");
            Ok(None)
        }
    }
}

/// The policy on trial as published; `None` when this program cannot read it.
pub(super) async fn canary(storage: &Storage, version: i64, share: f64) -> storage::Result<Option<Canary>> {
    let Some(record) = storage.policy_find(version).await? else { return Ok(None) };
    match Learner::from_bytes(&record.policy.bytes) {
        Ok(learner) => {
            let version = PolicyVersion { policy: version, seq: record.policy.trained_to };
            Ok(Some(Canary { version, learner, share }))
        }
        Err(error) => {
            tracing::error!(policy.version = version, %error, "a canary cannot be read and takes no decisions");
            Ok(None)
        }
    }
}

/// A checkpoint that cannot be read is no harm: the log says it all again.
async fn from_checkpoint(storage: &Storage, format: &str, policy: i64) -> storage::Result<Option<Policy>> {
    let Some(checkpoint) = storage.learner_checkpoint_latest(format).await? else { return Ok(None) };
    let version = PolicyVersion { policy, seq: checkpoint.seq };
    match Learner::from_bytes(&checkpoint.bytes) {
        Ok(learner) => Ok(Some(Policy { version, learner, canary: None })),
        Err(error) => {
            tracing::warn!(seq = checkpoint.seq, %error, "a checkpoint of the learner cannot be read; the log is replayed");
            Ok(None)
        }
    }
}

/// Another configuration folds the same log to other values.
fn fingerprint(config: &LearnerConfig) -> String {
    let json = serde_json::to_vec(config).expect("a configuration is plain data");
    Sha256::digest(&json).iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}
