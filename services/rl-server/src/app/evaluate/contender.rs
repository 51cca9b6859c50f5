//! A policy on its way through the log: it says of each decision whom it would have drawn, and only then learns what came of it.

use agent_selection::{Redrawn, SelectionConfig, redraw};
use q_learning::{Learner, LearnerConfig};
use storage::PolicyRecord;

use crate::app::Error;
use crate::app::log::{ActionSet, Line};

/// One policy.
#[derive(Debug, Clone)]
pub(crate) struct Contender {
    learner: Learner,
    /// The last line it has seen.
    seen: i64,
    /// The state that was published, and the line up to which it had learned: from there on it is that state which learns.
    published: Option<(i64, Learner)>,
}

impl Contender {
    /// Settings that start from nothing.
    pub(crate) fn from_nothing(config: LearnerConfig) -> Result<Self, Error> {
        let learner = Learner::new(config).map_err(|error| Error::field("learner", error.to_string()))?;
        Ok(Self { learner, seen: 0, published: None })
    }

    /// A published version as it was at every point of the log: its settings from the beginning, its state from its end on.
    pub(crate) fn replayed(record: &PolicyRecord) -> Result<Self, Error> {
        let published = read(record)?;
        let replayed = Self::from_nothing(published.config().clone())?;
        Ok(Self { published: Some((record.policy.trained_to, published)), ..replayed })
    }

    /// A published version from its end on.
    pub(crate) fn published(record: &PolicyRecord) -> Result<Self, Error> {
        Ok(Self { learner: read(record)?, seen: record.policy.trained_to, published: None })
    }

    /// The last line it has seen.
    pub(crate) fn seen(&self) -> i64 {
        self.seen
    }

    /// Whom it would have drawn, before it knows what came of it.
    pub(crate) fn judge(
        &mut self,
        line: &Line,
        set: &ActionSet,
        config: &SelectionConfig,
    ) -> Option<Redrawn> {
        self.come_to(line.seq);
        let experience = line.experience.as_ref()?;
        redraw(&experience.context, &set.candidates(), &self.learner, config)
    }

    /// Learns from a line that it has not seen; one that cannot be learned from changes nothing.
    pub(crate) fn learn(&mut self, line: &Line) {
        self.come_to(line.seq);
        if line.seq <= self.seen {
            return;
        }
        self.seen = line.seq;
        if let Some(experience) = &line.experience
            && let Err(error) = self.learner.update(experience)
        {
            tracing::debug!(seq = line.seq, %error, "a line of the log teaches nothing");
        }
    }

    fn come_to(&mut self, seq: i64) {
        if let Some((_, published)) = self.published.take_if(|(to, _)| seq > *to) {
            self.learner = published;
        }
    }
}

fn read(record: &PolicyRecord) -> Result<Learner, Error> {
    Learner::from_bytes(&record.policy.bytes).map_err(|_| {
        Error::WrongState(format!("policy version {} was written by another program", record.version))
    })
}
