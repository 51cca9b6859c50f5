//! The line of the log that a decision and its outcome become.

use q_learning::{Experience, Learner, ModelKey, NextState, Spent, Word};
use storage::{NewDecision, NewExperience, RunOutcome};
use task_model::{Attempt, Micros, Outcome, TaskId};

use crate::app::assign::trace;

/// What an attempt taught. Where nobody can say what came of it, only that counts, and what it spent; where its agent was pinned, so
/// that nothing was chosen, only what it spent, and only under a ceiling: else `None`.
pub(crate) fn of_outcome(
    outcome: &RunOutcome,
    observed: &Outcome,
    reward: Option<f64>,
    next: Option<NextState>,
    learner: &Learner,
    now: Micros,
) -> Option<NewExperience> {
    let record = outcome.decisions.last()?;
    let of = Of {
        task_id: &outcome.task.task_id,
        attempt: outcome.attempt,
        decision: &record.decision,
        observed,
        word: None,
        counted: false,
        model: outcome.model.as_deref().map(ModelKey::new),
        tools: &outcome.tools,
    };
    match reward {
        Some(reward) if record.decision.learnable => {
            let provisional = outcome.reward.is_none();
            let weight = if provisional { learner.provisional_weight(reward) } else { 1.0 };
            of.line(reward, Told { weight, provisional, ..Told::default() }, next, "settle", now)
        }
        None if record.decision.learnable => of.unanswered(now),
        _ => of.spending(reward.unwrap_or(0.0), now),
    }
}

/// How a reward stands to what was told of the attempt before.
pub(crate) struct Told {
    /// How much it counts.
    pub(crate) weight: f64,
    /// The reward that was learned before and no longer holds, and how much it counted.
    pub(crate) replaces: Option<f64>,
    pub(crate) replaced_weight: f64,
    /// Whether nobody judged the attempt, or had not before.
    pub(crate) provisional: bool,
}

/// Which attempt a line is about.
pub(crate) struct Of<'a> {
    /// The task.
    pub(crate) task_id: &'a TaskId,
    /// The attempt.
    pub(crate) attempt: Attempt,
    /// The choice behind it.
    pub(crate) decision: &'a NewDecision,
    /// How it ended.
    pub(crate) observed: &'a Outcome,
    /// Whose word the reward was changed by.
    pub(crate) word: Option<Word>,
    /// Whether an earlier line has what it spent under a ceiling.
    pub(crate) counted: bool,
    /// The model that answered.
    pub(crate) model: Option<ModelKey>,
    /// The tools that were called.
    pub(crate) tools: &'a [String],
}

impl Default for Told {
    fn default() -> Self {
        Self { weight: 1.0, replaces: None, replaced_weight: 1.0, provisional: true }
    }
}

impl Of<'_> {
    /// The line.
    pub(crate) fn line(
        &self,
        reward: f64,
        told: Told,
        next: Option<NextState>,
        source: &str,
        now: Micros,
    ) -> Option<NewExperience> {
        if !self.decision.learnable {
            return None;
        }
        let experience = self.row(reward)?;
        let counted = self.counted && is_limited(&experience);
        let spent = (!counted).then(|| self.spent(now));
        let (word, model, tools) = (self.word.clone(), self.model.clone(), self.tools.to_vec());
        let Told { weight, replaces, replaced_weight, provisional } = told;
        let experience = Experience { weight, replaces, replaced_weight, provisional, ..experience };
        let experience = Experience { next, spent, word, model, tools, ..experience };
        Some(self.logged(&experience, source, now))
    }

    /// The line of an attempt that teaches nothing; `reward` is what its task shows.
    fn spending(&self, reward: f64, now: Micros) -> Option<NewExperience> {
        let row = self.row(reward).filter(is_limited)?;
        let experience =
            Experience { reward, ..Experience::spending(row.context, row.agent, self.spent(now)) };
        Some(self.logged(&experience, "spending", now))
    }

    /// The line of a choice that was made, and of which nobody can say what came of it.
    fn unanswered(&self, now: Micros) -> Option<NewExperience> {
        let row = self.row(0.0)?;
        let spent = is_limited(&row).then(|| self.spent(now));
        let experience = Experience { spent, ..Experience::unanswered(row.context, row.agent) };
        Some(self.logged(&experience, "unanswered", now))
    }

    /// What the stored decision says; nothing of one about an agent that nobody knew.
    fn row(&self, reward: f64) -> Option<Experience> {
        if self.decision.context.is_empty() {
            return None;
        }
        let experience = trace::experience(self.decision, reward);
        let experience = experience.inspect_err(|error| {
            tracing::error!(task.id = %self.task_id, %error, "a stored decision cannot be read; nothing is learned from it");
        });
        experience.ok()
    }

    fn spent(&self, now: Micros) -> Spent {
        Spent {
            cost_usd: self.observed.cost.as_usd().max(0.0),
            latency_ms: self.observed.latency_ms.max(0) as f64,
            at_ms: now.0 / 1_000,
        }
    }

    fn logged(&self, experience: &Experience, source: &str, now: Micros) -> NewExperience {
        NewExperience {
            task_id: self.task_id.clone(),
            attempt: self.attempt,
            revision: 0,
            agent_id: self.decision.agent_id.clone(),
            context: experience.to_bytes(),
            next_context: None,
            reward: experience.reward,
            prev_reward: experience.replaces,
            weight: experience.weight,
            propensity: self.decision.propensity,
            policy_version: self.decision.policy_version,
            cost: self.observed.cost,
            latency_ms: self.observed.latency_ms,
            at: now,
            source: source.to_owned(),
            candidates_json: None,
        }
    }
}

fn is_limited(experience: &Experience) -> bool {
    experience.context.terms().is_some_and(|terms| !terms.objective.is_empty())
}
