//! Follows the log of experiences: every line is folded into the learner in its order, and each new state is put in force at once.
//!
//! Every replica folds the same lines in the same order and so holds the same bytes; nobody tells anybody what was learned.

mod start;

use std::time::{Duration, Instant};

use q_learning::{Experience, Learner, LearnerConfig};
use storage::{Checkpoint, Signal, Storage};
use task_model::Micros;
use tokio_util::sync::CancellationToken;

pub use start::Failed;

use super::pace::Pace;
use super::policy::{Canary, Policy, PolicyView};

/// Lines read at once.
const LINES: usize = 500;
/// How often a newly promoted policy is looked for: half of the second within which it must be in force.
const POLICY_LOOK: Duration = Duration::from_millis(500);

/// The one writer of the policy view of this process.
pub(crate) struct Follower {
    storage: Storage,
    view: PolicyView,
    policy: Policy,
    /// What a learner without a promoted policy starts with.
    config: LearnerConfig,
    /// Names the kind of bytes in checkpoints: another configuration is another fold.
    format: String,
    checkpoint_every: i64,
    checkpoint_at: i64,
    policy_looked: Instant,
    /// A promoted policy that this program cannot use; it is not tried again and again.
    unreadable: Option<i64>,
    /// The same of a canary.
    unreadable_canary: Option<i64>,
}

impl Follower {
    /// Reads the latest checkpoint of the promoted policy and everything after it.
    pub(crate) async fn open(storage: Storage, checkpoint_every: i64) -> Result<Self, Failed> {
        let config = LearnerConfig::default();
        let begun = start::begin(&storage, &config).await?;
        let mut follower = Self {
            view: PolicyView::new(begun.policy.clone()),
            checkpoint_at: begun.policy.version.seq,
            policy: begun.policy,
            format: begun.format,
            config,
            storage,
            checkpoint_every,
            policy_looked: Instant::now(),
            unreadable: None,
            unreadable_canary: None,
        };
        while follower.fold().await? > 0 {}
        let in_force = follower.storage.policies_in_force().await?;
        follower.adopt_canary(in_force.canary).await?;
        Ok(follower)
    }

    /// What decisions read.
    pub(crate) fn view(&self) -> PolicyView {
        self.view.clone()
    }

    /// Follows the log until told to stop, then keeps what was learned as a checkpoint.
    pub(crate) async fn run(&mut self, every: Duration, stop: CancellationToken) {
        let mut pace = Pace::new(&self.storage, Signal::ExperienceAdded, every, stop);
        loop {
            let looked = self.look().await;
            if !pace.more("learn", looked) && !pace.wait().await {
                break;
            }
        }
        if self.policy.version.seq > self.checkpoint_at
            && let Err(error) = self.checkpoint().await
        {
            tracing::warn!(%error, "no checkpoint was kept at the end; the next start replays a little more");
        }
    }

    async fn look(&mut self) -> Result<usize, Failed> {
        if self.policy_looked.elapsed() >= POLICY_LOOK {
            self.policy_looked = Instant::now();
            self.adopt().await?;
        }
        Ok(self.fold().await?)
    }

    /// Folds one portion of the log and puts the result in force.
    async fn fold(&mut self) -> storage::Result<usize> {
        let lines = self.storage.experiences_after(self.policy.version.seq, LINES).await?;
        let Some(last) = lines.last() else { return Ok(0) };
        let seq = last.seq;
        // On a copy, which is cheap: whatever happens, no line is folded twice.
        let mut policy = self.policy.clone();
        lines.iter().for_each(|line| learn(&mut policy.learner, line));
        if let Some(canary) = &mut policy.canary {
            let unseen = lines.iter().filter(|line| line.seq > canary.version.seq);
            unseen.for_each(|line| learn(&mut canary.learner, line));
            canary.version.seq = canary.version.seq.max(seq);
        }
        policy.version.seq = seq;
        self.policy = policy;
        self.view.publish(self.policy.clone());
        service_kit::crash_point("orchestrator.learned");
        if seq - self.checkpoint_at >= self.checkpoint_every {
            self.checkpoint().await?;
        }
        Ok(lines.len())
    }

    /// Looks which policies are to decide, and swaps where that has changed.
    async fn adopt(&mut self) -> Result<(), Failed> {
        let in_force = self.storage.policies_in_force().await?;
        self.adopt_promoted(in_force.promoted).await?;
        Ok(self.adopt_canary(in_force.canary).await?)
    }

    /// Takes a canary in, changes its share, or takes it out.
    async fn adopt_canary(&mut self, wanted: Option<(i64, f64)>) -> storage::Result<()> {
        let held = self.policy.canary.as_ref().map(|canary| (canary.version.policy, canary.share));
        if wanted == held || wanted.is_some_and(|(version, _)| Some(version) == self.unreadable_canary) {
            return Ok(());
        }
        self.policy.canary = match wanted {
            None => None,
            Some((version, share)) => {
                let canary = start::canary(&self.storage, version, share).await?;
                self.unreadable_canary = canary.is_none().then_some(version);
                match canary {
                    Some(canary) => Some(self.caught_up(canary).await?),
                    None => None,
                }
            }
        };
        self.view.publish(self.policy.clone());
        tracing::info!(canary = ?wanted, "the canary has changed");
        Ok(())
    }

    /// The canary with every line that the deciding policy has seen.
    async fn caught_up(&self, mut canary: Canary) -> storage::Result<Canary> {
        while canary.version.seq < self.policy.version.seq {
            let lines = self.storage.experiences_after(canary.version.seq, LINES).await?;
            let seen = lines.iter().take_while(|line| line.seq <= self.policy.version.seq);
            let mut last = self.policy.version.seq;
            for line in seen {
                learn(&mut canary.learner, line);
                last = line.seq;
            }
            canary.version.seq = last;
        }
        Ok(canary)
    }

    /// Swaps to a policy promoted since; the lines after the one it was trained to are folded next.
    async fn adopt_promoted(&mut self, promoted: Option<i64>) -> Result<(), Failed> {
        if promoted.unwrap_or(0) == self.policy.version.policy || promoted == self.unreadable {
            return Ok(());
        }
        let begun = start::begin(&self.storage, &self.config).await?;
        self.unreadable = promoted.filter(|version| *version != begun.policy.version.policy);
        // The canary has seen other lines than the new policy; it is taken in again with its share.
        (self.policy, self.format) = (begun.policy, begun.format);
        self.checkpoint_at = self.policy.version.seq;
        while self.fold().await? > 0 {}
        self.view.publish(self.policy.clone());
        tracing::info!(policy.version = %self.policy.version, "another policy is in force");
        Ok(())
    }

    async fn checkpoint(&mut self) -> storage::Result<()> {
        let checkpoint = Checkpoint {
            format: self.format.clone(),
            seq: self.policy.version.seq,
            bytes: self.policy.learner.to_bytes(),
            created_at: Micros(service_kit::now_micros()),
        };
        self.storage.learner_checkpoint_put(checkpoint).await?;
        self.checkpoint_at = self.policy.version.seq;
        Ok(())
    }
}

/// A line that cannot be read or learned from is the same on every replica, so all of them skip it.
fn learn(learner: &mut Learner, line: &storage::Experience) {
    let learned =
        Experience::from_bytes(&line.experience.context).and_then(|experience| learner.update(&experience));
    match learned {
        Ok(update) if update.change_detected => {
            tracing::info!(agent.id = %line.experience.agent_id, "an agent does not do as before; its values are uncertain again");
        }
        Ok(_) => {}
        Err(error) => tracing::error!(seq = line.seq, %error, "a line of the experience log was skipped"),
    }
}
