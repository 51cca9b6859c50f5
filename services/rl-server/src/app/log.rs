//! Lines of the log as policies are judged by them: what was known, who could be chosen with which probability, what came of it.
//!
//! Anything may stand in a log. A line that says nothing of a policy is told apart by why, and is still learned from if it can be.

use q_learning::{AgentKey, Candidate, Experience, ModelKey};
use service_api::policy::LoggedCandidate;
use task_model::Micros;

/// Probabilities may miss one by so much: they went through decimals.
const TOLERANCE: f64 = 1e-6;

/// One line.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) seq: i64,
    pub(crate) at: Micros,
    /// Which attempt of which task: a correction is about the same.
    pub(crate) about: (String, i64),
    /// The policy that chose.
    pub(crate) policy: i64,
    /// The reward that no longer holds, when the line is a correction.
    pub(crate) replaces: Option<f64>,
    pub(crate) reward: f64,
    /// The learner's row; `None` when it cannot be read.
    pub(crate) experience: Option<Experience>,
    pub(crate) action_set: Result<ActionSet, Useless>,
}

/// Who could have been chosen, by id.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ActionSet {
    pub(crate) agents: Vec<AgentKey>,
    pub(crate) relevance: Vec<f64>,
    /// The model that each runs on.
    pub(crate) models: Vec<Option<ModelKey>>,
    /// The probability with which each was drawn.
    pub(crate) logged: Vec<f64>,
    /// The place of the one that was.
    pub(crate) chosen: usize,
}

/// Why no policy can be judged by a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Useless {
    Unreadable,
    WithoutActionSet,
    NotInActionSet,
    BadPropensity,
}

impl Line {
    pub(crate) fn read(line: &storage::Experience) -> Self {
        let (seq, line) = (line.seq, &line.experience);
        let experience = Experience::from_bytes(&line.context).ok();
        let action_set = match (&experience, &line.candidates_json) {
            (None, _) => Err(Useless::Unreadable),
            (Some(_), None) => Err(Useless::WithoutActionSet),
            (Some(_), Some(json)) => ActionSet::read(json, line.agent_id.as_str()),
        };
        Self {
            seq,
            at: line.at,
            about: (line.task_id.to_string(), line.attempt.0),
            policy: service_api::policy::PolicyVersion::from_stored(line.policy_version).policy,
            replaces: line.prev_reward,
            reward: line.reward,
            experience,
            action_set,
        }
    }
}

impl Line {
    /// Whether there is an outcome in it. Lines without only say what was spent.
    pub(crate) fn teaches(&self) -> bool {
        self.experience.as_ref().is_none_or(Experience::teaches)
    }
}

impl ActionSet {
    fn read(json: &str, chosen: &str) -> Result<Self, Useless> {
        let mut listed: Vec<LoggedCandidate> =
            serde_json::from_str(json).map_err(|_| Useless::WithoutActionSet)?;
        listed.retain(|candidate| candidate.eligible);
        // The order of the roster, in which the decision was taken.
        listed.sort_by(|a, b| a.agent_id.cmp(&b.agent_id));
        Self::of(&listed, chosen)
    }

    /// The set of those who were eligible, in ascending order of their ids.
    pub(crate) fn of(listed: &[LoggedCandidate], chosen: &str) -> Result<Self, Useless> {
        let at = listed.iter().position(|candidate| candidate.agent_id == chosen);
        let chosen = at.ok_or(Useless::NotInActionSet)?;
        let logged: Vec<f64> = listed.iter().map(|candidate| candidate.probability).collect();
        let probable = logged.iter().all(|probability| (0.0..=1.0 + TOLERANCE).contains(probability));
        let whole = (logged.iter().sum::<f64>() - 1.0).abs() <= TOLERANCE;
        if !(probable && whole && logged[chosen] > 0.0) {
            return Err(Useless::BadPropensity);
        }
        Ok(Self {
            agents: listed.iter().map(|candidate| AgentKey::new(&candidate.agent_id)).collect(),
            relevance: listed.iter().map(|candidate| candidate.relevance).collect(),
            models: listed.iter().map(|candidate| candidate.model.as_deref().map(ModelKey::new)).collect(),
            logged,
            chosen,
        })
    }

    /// As a learner wants them.
    pub(crate) fn candidates(&self) -> Vec<Candidate<'_>> {
        let all = self.agents.iter().zip(&self.relevance).zip(&self.models);
        all.map(|((agent, relevance), model)| Candidate {
            agent,
            relevance: *relevance,
            model: model.as_ref(),
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(agent: &str, probability: f64) -> LoggedCandidate {
        LoggedCandidate { agent_id: agent.into(), probability, relevance: 0.0, eligible: true, model: None }
    }

    #[test]
    fn sets_that_cannot_be_are_told_apart() {
        let set = |chances: [f64; 2], chosen: &str| {
            ActionSet::of(&[candidate("a", chances[0]), candidate("b", chances[1])], chosen)
        };
        assert_eq!(set([0.25, 0.75], "b").map(|set| set.chosen), Ok(1));
        assert_eq!(set([0.25, 0.75], "c"), Err(Useless::NotInActionSet));
        for chances in [[0.0, 1.0], [0.5, 0.4], [-0.5, 1.5], [f64::NAN, 1.0]] {
            assert_eq!(set(chances, "a"), Err(Useless::BadPropensity), "{chances:?}");
        }
        assert_eq!(ActionSet::of(&[], "a"), Err(Useless::NotInActionSet));
    }

    #[test]
    fn only_those_who_could_be_chosen_count_and_in_order() {
        let json = r#"[{"agent_id":"b","probability":0.5,"why":"w"},{"agent_id":"a","probability":0.5,"relevance":0.2},
                       {"agent_id":"c","probability":0.0,"eligible":false}]"#;
        let set = ActionSet::read(json, "b").unwrap();
        assert_eq!((set.chosen, set.relevance), (1, vec![0.2, 0.0]));
        assert_eq!(ActionSet::read("[7]", "b"), Err(Useless::WithoutActionSet));
        assert_eq!(ActionSet::read("[]", "b"), Err(Useless::NotInActionSet));
    }
}
