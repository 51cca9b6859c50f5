//! Had another policy decided, what would have come of it? The log answers, with intervals.
//!
//! The policy goes through the log in its order. Of each decision it says whom it would have drawn, by the code that draws in
//! production, and then learns from what came of the choice that was made in fact. So nothing is judged by what it has seen.

mod contender;
mod duel;
mod report;

use q_learning::LearnerConfig;
use service_api::policy::{EvaluateRequest, EvaluationReport};
use storage::PolicyRecord;
use task_model::Micros;

pub(crate) use contender::Contender;
pub(crate) use duel::{Added, Counts, Duel};

use super::{Error, State, policies, train};

/// Evaluates a version or settings.
pub(crate) async fn evaluate(state: &State, request: EvaluateRequest) -> Result<EvaluationReport, Error> {
    let counts = Counts {
        after: 0,
        since: time("since", request.since.as_deref())?,
        until: time("until", request.until.as_deref())?,
    };
    let candidate = match (request.policy, request.learner) {
        (Some(_), Some(_)) => return Err(Error::field("learner", "must be absent when policy is given")),
        (Some(version), None) => replayed(state, version).await?,
        (None, changes) => Contender::from_nothing(train::merged(changes.unwrap_or_default())?)?,
    };
    let against = match request.against {
        Some(version) => version,
        None => state.storage.policy_promoted().await?.unwrap_or(0),
    };
    let incumbent = replayed(state, against).await?;
    let _one_of_few = state.replays.acquire().await;
    let duel = Duel::new(candidate, incumbent, state.selection.clone(), counts);
    let duel = duel.through(&state.storage).await?;
    let policy = request.policy;
    tokio::task::spawn_blocking(move || report::report(&duel, policy, against)).await?
}

/// A version as it was at every point of the log; 0 is the learner that started from nothing.
async fn replayed(state: &State, version: i64) -> Result<Contender, Error> {
    if version == 0 {
        return Contender::from_nothing(LearnerConfig::default());
    }
    Contender::replayed(&policies::find(state, version).await?)
}

/// A duel of a version with the one that it is to replace, on what came after both were made.
pub(crate) async fn fresh_duel(
    state: &State,
    record: &PolicyRecord,
    against: Option<i64>,
) -> Result<Duel, Error> {
    let (incumbent, made) = match against {
        None => (Contender::from_nothing(LearnerConfig::default())?, 0),
        Some(version) => {
            let incumbent = policies::find(state, version).await?;
            (Contender::published(&incumbent)?, incumbent.policy.trained_to)
        }
    };
    let counts = Counts { after: record.policy.trained_to.max(made), ..Counts::default() };
    Ok(Duel::new(Contender::published(record)?, incumbent, state.selection.clone(), counts))
}

fn time(field: &str, raw: Option<&str>) -> Result<Option<Micros>, Error> {
    let parse = |raw| service_api::from_rfc3339(raw).map_err(|invalid| Error::field(field, invalid.0));
    raw.map(parse).transpose()
}
