//! What people and programs thought of a result: early or late, from several sources, the latest of each counts, none twice.

use agent_selection::{Feedback, Reward, Score};
use q_learning::{Experience, Learner};
use storage::{FeedbackList, FeedbackPut, NewFeedback, TaskView};
use task_model::{Blame, Micros, Outcome, RunStatus, TaskId};

use super::settle::experience::{Of, Told};
use super::{Error, State};

/// How often a word is tried again when another one came in between.
const TRIES: usize = 8;

/// One word about a task, parsed.
#[derive(Debug, Clone)]
pub(crate) struct Word {
    pub(crate) task_id: TaskId,
    /// Whom the caller believes to judge.
    pub(crate) agent: Option<String>,
    /// As a reward, 0 to 1.
    pub(crate) reward: f64,
    /// Which members it was made from.
    pub(crate) kind: String,
    pub(crate) source: String,
    pub(crate) comment: Option<String>,
    pub(crate) idempotency_key: Option<String>,
}

/// What became of a word.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) agent_id: String,
    /// The task's reward now, over all sources.
    pub(crate) reward: f64,
    /// Whether the learner was told.
    pub(crate) learned: bool,
}

/// Stores the word and, when the task was settled before, a correction for the learner.
pub(crate) async fn hear(state: &State, word: Word, now: Micros) -> Result<Heard, Error> {
    for _ in 0..TRIES {
        let unknown = || Error::TaskUnknown(word.task_id.clone());
        let words = state.storage.feedback_list(&word.task_id).await?.ok_or_else(unknown)?;
        let view = state.storage.task_find(&word.task_id).await?.ok_or_else(unknown)?;
        check_agent(state, &word, &view)?;
        if words.reward_version != view.reward_version {
            continue;
        }
        match put(state, &word, &view, &words, now).await {
            Err(Error::Storage(storage::Error::Conflict(_))) => {}
            done => return done,
        }
    }
    Err(Error::Contended)
}

async fn put(
    state: &State,
    word: &Word,
    view: &TaskView,
    words: &FeedbackList,
    now: Micros,
) -> Result<Heard, Error> {
    let spoken = NewFeedback {
        task_id: word.task_id.clone(),
        source: word.source.clone(),
        reward: word.reward,
        kind: word.kind.clone(),
        comment: word.comment.clone(),
        idempotency_key: word.idempotency_key.clone(),
        at: now,
    };
    let observed = view.own_status.is_terminal().then(|| observed(view)).flatten();
    let taught = if observed.is_some() { taught(state, view).await? } else { None };
    let policy = state.policy.now();
    let mut all = scores(&words.items, &policy.learner);
    all.extend(scores(std::slice::from_ref(&spoken), &policy.learner));
    drop(policy);
    let combined = agent_selection::reward_with_feedback(observed.as_ref(), &all, &state.reward);
    let combined = combined.map_or(word.reward, Reward::get);
    let correction = observed.and_then(|observed| {
        let decision = view.decision.as_ref()?;
        let said = q_learning::Word { source: word.source.clone(), score: word.reward };
        let of = Of {
            task_id: &word.task_id,
            attempt: view.attempt,
            decision,
            observed: &observed,
            word: Some(said),
            counted: true,
            model: taught.as_ref().and_then(|taught| taught.model.clone()),
            tools: taught.as_ref().map_or(&[], |taught| &taught.tools),
        };
        // Later words replace that of an earlier one, which counted in full.
        let provisional = words.items.is_empty() && view.reward.is_some();
        let first = taught.as_ref().filter(|_| provisional);
        let replaced_weight = first.map_or(1.0, |taught| taught.weight);
        let told = Told { replaces: view.reward, replaced_weight, provisional, ..Told::default() };
        of.line(combined, told, None, "feedback", now)
    });
    let put = FeedbackPut {
        feedback: spoken,
        combined_reward: combined,
        expected_version: words.reward_version,
        experience: correction,
    };
    let stored = state.storage.feedback_put(put).await?;
    let reward = if stored.duplicate { words.reward.unwrap_or(combined) } else { combined };
    Ok(Heard {
        agent_id: view.agent_id.to_string(),
        reward,
        learned: stored.experience_seq.is_some() && !stored.duplicate,
    })
}

/// What was learned when the attempt ended: a correction is credited to the same model and tools.
async fn taught(state: &State, view: &TaskView) -> Result<Option<Experience>, Error> {
    let taught = state.storage.experience_settled(&view.task.task_id, view.attempt).await?;
    Ok(taught.and_then(|line| Experience::from_bytes(&line.context).ok()))
}

/// The agent may be named by an alias.
fn check_agent(state: &State, word: &Word, view: &TaskView) -> Result<(), Error> {
    let Some(named) = &word.agent else { return Ok(()) };
    let roster = state.roster.now();
    let meant = roster.index.resolve(named).map_or(named.as_str(), |agent| agent.id.as_str());
    if meant == view.agent_id.as_str() {
        return Ok(());
    }
    Err(Error::OtherAgent {
        task_id: word.task_id.clone(),
        named: named.clone(),
        actual: view.agent_id.clone(),
    })
}

/// How the attempt ended; `None` when it never ran.
fn observed(view: &TaskView) -> Option<Outcome> {
    let run = view.run.as_ref()?;
    let finished = run.finished_at?;
    Some(Outcome {
        succeeded: run.status == RunStatus::COMPLETED,
        blame: run.blame.unwrap_or(Blame::Nobody),
        cost: run.cost,
        latency_ms: finished.millis_since(run.started_at.unwrap_or(finished)),
    })
}

/// Stored words as the reward reads them, with how far each source is believed by now.
pub(crate) fn scores(words: &[NewFeedback], learner: &Learner) -> Vec<Feedback> {
    let score = |word: &NewFeedback| {
        let score = Score::reward(word.reward).ok()?;
        Some(Feedback { source: word.source.clone(), score, trust: learner.trust(&word.source) })
    };
    words.iter().filter_map(score).collect()
}
