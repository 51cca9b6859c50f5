//! What the choices cost against the best that is believed possible: each logged decision is valued anew with what is known now.
//!
//! An estimate by the learned values, not a measurement: what no agent was ever tried on is what the learner supposes it to be.

use q_learning::{AgentKey, Candidate, Experience, Learner, ModelKey, Scratch};
use serde::{Deserialize, Serialize};
use service_api::policy::LoggedCandidate;
use service_api::rfc3339;
use task_model::Micros;
use utoipa::ToSchema;

use crate::app::assign::answer::readable;
use crate::app::{Error, State};

/// The latest lines that are looked at: valuing each takes some microseconds for every agent.
const LATEST: i64 = 5_000;
/// Lines read at once.
const PORTION: usize = 500;
/// Decisions in one window, as in the learning curve.
const WINDOW: usize = 50;
/// The 97.5 % quantile of the normal distribution.
const Z: f64 = 1.96;

/// `GET /analytics/regret`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub(crate) struct Regret {
    /// Decisions that were looked at: the latest 5,000 at most.
    pub(crate) decisions: usize,
    /// Mean regret of a decision; absent without any.
    pub(crate) mean: Option<f64>,
    /// Its 95 % interval, by chance in the tasks alone.
    pub(crate) interval: Option<[f64; 2]>,
    /// The sum over all of them.
    pub(crate) total: f64,
    /// One for each 50 decisions, in order; the last may have fewer.
    pub(crate) points: Vec<RegretPoint>,
    /// The policy whose values were used.
    pub(crate) policy_version: String,
}

/// One window.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct RegretPoint {
    /// The last experience in it.
    pub(crate) experience_seq: i64,
    /// When that was learned (RFC 3339).
    pub(crate) at: String,
    /// Decisions in it.
    pub(crate) decisions: usize,
    /// Their mean regret.
    pub(crate) regret: f64,
    /// The sum of all regrets up to here.
    pub(crate) regret_so_far: f64,
    /// The share of them that went to the agent that is valued highest now.
    pub(crate) best_chosen: f64,
}

/// One decision.
struct Valued {
    seq: i64,
    at: Micros,
    regret: f64,
}

/// Values the latest decisions anew.
pub(crate) async fn regret(state: &State) -> Result<Regret, Error> {
    let policy = state.policy.now().clone();
    let (mut seq, mut valued) = ((policy.version.seq - LATEST).max(0), Vec::new());
    loop {
        let lines = state.storage.decisions_logged_after(seq, PORTION).await?;
        let Some(last) = lines.last() else { break };
        seq = last.seq;
        let learner = policy.learner.clone();
        let portion = tokio::task::spawn_blocking(move || {
            let taught = |line: &&storage::Experience| {
                line.experience.prev_reward.is_none() && line.experience.weight > 0.0
            };
            let taught = lines.iter().filter(taught);
            taught.filter_map(|line| value(line, &learner)).collect::<Vec<_>>()
        });
        valued.extend(portion.await.map_err(|error| Error::Internal(format!("valuing broke: {error}")))?);
    }
    Ok(Regret { policy_version: policy.version.to_string(), ..sum(&valued) })
}

/// A line of which nobody noted who could be chosen has no regret.
fn value(line: &storage::Experience, learner: &Learner) -> Option<Valued> {
    let (seq, line) = (line.seq, &line.experience);
    let listed: Vec<LoggedCandidate> = serde_json::from_str(line.candidates_json.as_deref()?).ok()?;
    let listed: Vec<_> = listed.into_iter().filter(|candidate| candidate.eligible).collect();
    let chosen = listed.iter().position(|candidate| candidate.agent_id == line.agent_id.as_str())?;
    let context = Experience::from_bytes(&line.context).ok()?.context;
    let keys: Vec<AgentKey> = listed.iter().map(|candidate| AgentKey::new(&candidate.agent_id)).collect();
    let models: Vec<Option<ModelKey>> =
        listed.iter().map(|candidate| candidate.model.as_deref().map(ModelKey::new)).collect();
    let candidates: Vec<Candidate<'_>> = keys
        .iter()
        .zip(&listed)
        .zip(&models)
        .map(|((agent, listed), model)| Candidate {
            agent,
            relevance: listed.relevance,
            model: model.as_ref(),
        })
        .collect();
    let mut scratch = Scratch::default();
    let values = learner.values(&context, &candidates, &mut scratch);
    let best = values.iter().map(|value| value.mean).fold(f64::NEG_INFINITY, f64::max);
    Some(Valued { seq, at: line.at, regret: (best - values[chosen].mean).clamp(0.0, 1.0) })
}

fn sum(valued: &[Valued]) -> Regret {
    let (mut total, mut points) = (0.0, Vec::new());
    for window in valued.chunks(WINDOW) {
        let Some(last) = window.last() else { break };
        let here: f64 = window.iter().map(|one| one.regret).sum();
        let best = window.iter().filter(|one| one.regret == 0.0).count();
        total += here;
        points.push(RegretPoint {
            experience_seq: last.seq,
            at: rfc3339(last.at),
            decisions: window.len(),
            regret: readable(here / window.len() as f64),
            regret_so_far: readable(total),
            best_chosen: readable(best as f64 / window.len() as f64),
        });
    }
    let count = valued.len() as f64;
    let mean = (!valued.is_empty()).then(|| total / count);
    let squares = |mean: f64| valued.iter().map(|one| (one.regret - mean).powi(2)).sum::<f64>();
    let half = |mean: f64| Z * (squares(mean) / (count - 1.0).max(1.0) / count).sqrt();
    Regret {
        decisions: valued.len(),
        mean: mean.map(readable),
        interval: mean.map(|mean| [(mean - half(mean)).max(0.0), mean + half(mean)].map(readable)),
        total: readable(total),
        points,
        policy_version: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regrets_add_up_over_windows() {
        let valued: Vec<Valued> = (0..60)
            .map(|n| Valued { seq: n, at: Micros(n), regret: if n % 2 == 0 { 0.0 } else { 0.2 } })
            .collect();
        let regret = sum(&valued);
        assert_eq!((regret.decisions, regret.mean, regret.total), (60, Some(0.1), 6.0));
        assert_eq!(
            (regret.points.len(), regret.points[1].decisions, regret.points[1].best_chosen),
            (2, 10, 0.5)
        );
        assert_eq!(regret.points[0].regret_so_far, 5.0);
        let [low, high] = regret.interval.unwrap();
        assert!(low > 0.07 && high < 0.13, "{low} {high}");
        assert_eq!((sum(&[]).mean, sum(&[]).interval), (None, None));
    }
}
