//! The registry of policies: which there are, where they came from, and the gates between trained and deciding.
//!
//! A policy moves one step at a time: candidate, shadow (judged, not heard), canary (takes a share), promoted. Every move is noted.

use std::ops::RangeInclusive;

use q_learning::ope::Verdict;
use serde_json::{Value, json};
use service_api::policy::Standing;
use service_kit::now_micros;
use storage::{PolicyMove, PolicyMoved, PolicyRecord, PolicyStatus};
use task_model::Micros;

use super::gates::judged;
use super::{Error, State};

/// The share of a canary when nobody names one.
const SHARE: f64 = 0.1;
/// What a canary may take: enough to learn something, and never most.
const SHARES: RangeInclusive<f64> = 0.01..=0.5;
/// Ancestors that are told.
const ANCESTORS_MAX: usize = 100;

/// A version with everything that became of it.
pub(crate) struct Detail {
    pub(crate) record: PolicyRecord,
    pub(crate) ancestors: Vec<i64>,
    pub(crate) moves: Vec<PolicyMoved>,
    pub(crate) standing: Option<Standing>,
}

/// All of them, the latest first.
pub(crate) async fn list(state: &State) -> Result<Vec<PolicyRecord>, Error> {
    Ok(state.storage.policy_list().await?)
}

/// One of them.
pub(crate) async fn find(state: &State, version: i64) -> Result<PolicyRecord, Error> {
    let policy = state.storage.policy_find(version).await?;
    policy.ok_or_else(|| Error::Unknown(format!("policy version {version}")))
}

/// One of them with its lineage.
pub(crate) async fn detail(state: &State, version: i64) -> Result<Detail, Error> {
    let record = find(state, version).await?;
    let moves = state.storage.policy_moves(version).await?;
    let all = list(state).await?;
    let parent = |version: i64| all.iter().find(|one| one.version == version)?.policy.parent;
    let ancestors = std::iter::successors(parent(version), |ancestor| parent(*ancestor));
    let ancestors = ancestors.take(ANCESTORS_MAX).collect();
    Ok(Detail { ancestors, moves, standing: state.standings.of(version), record })
}

/// Lets a candidate be judged by every decision, unseen.
pub(crate) async fn shadow(state: &State, version: i64) -> Result<PolicyRecord, Error> {
    let record = find(state, version).await?;
    if record.policy.status == PolicyStatus::Shadow {
        return Ok(record);
    }
    demand(&record, &[PolicyStatus::Candidate], "be a shadow")?;
    let why = "is judged by every decision from now on".to_owned();
    make(state, &record, PolicyStatus::Shadow, 0.0, why, json!({})).await
}

/// Lets a shadow take a share of the decisions, or changes that share.
pub(crate) async fn canary(state: &State, version: i64, share: Option<f64>) -> Result<PolicyRecord, Error> {
    let share = share.unwrap_or(SHARE);
    if !SHARES.contains(&share) {
        return Err(Error::field("share", format!("must be from {} to {}", SHARES.start(), SHARES.end())));
    }
    let record = find(state, version).await?;
    if record.policy.status == PolicyStatus::Canary && record.share == share {
        return Ok(record);
    }
    demand(&record, &[PolicyStatus::Shadow, PolicyStatus::Canary], "be a canary")?;
    let (verdict, standing) = judged(state, &record).await?;
    if verdict == Verdict::Worse {
        return Err(closed(&record, &standing));
    }
    let why = format!("takes {:.0} % of the decisions", share * 100.0);
    make(state, &record, PolicyStatus::Canary, share, why, figures(&standing)).await
}

/// Makes a canary the one that decides, if it is better than the one that does.
pub(crate) async fn promote(state: &State, version: i64) -> Result<PolicyRecord, Error> {
    let record = find(state, version).await?;
    if record.policy.status == PolicyStatus::Promoted {
        return Ok(record);
    }
    demand(&record, &[PolicyStatus::Canary], "be promoted")?;
    let (verdict, standing) = judged(state, &record).await?;
    if verdict != Verdict::Better {
        return Err(closed(&record, &standing));
    }
    let why = format!(
        "earns {:+.3} per decision against version {}, at least {:+.3} whenever one looks",
        standing.uplift, standing.against, standing.range.low
    );
    make(state, &record, PolicyStatus::Promoted, 0.0, why, figures(&standing)).await
}

/// Takes a policy back; when it was the one that decides, the one before decides again.
pub(crate) async fn roll_back(
    state: &State,
    version: i64,
    why: String,
    figures: Value,
) -> Result<PolicyRecord, Error> {
    let record = find(state, version).await?;
    if record.policy.status == PolicyStatus::RolledBack {
        return Ok(record);
    }
    let from = [PolicyStatus::Shadow, PolicyStatus::Canary, PolicyStatus::Promoted];
    demand(&record, &from, "be rolled back")?;
    make(state, &record, PolicyStatus::RolledBack, 0.0, why, figures).await
}

fn demand(record: &PolicyRecord, from: &[PolicyStatus], to: &str) -> Result<(), Error> {
    if from.contains(&record.policy.status) {
        return Ok(());
    }
    let allowed: Vec<_> = from.iter().map(|status| status.as_str()).collect();
    Err(Error::WrongState(format!(
        "policy version {} is {}; only {} can {to}",
        record.version,
        record.policy.status.as_str(),
        allowed.join(" or ")
    )))
}

fn closed(record: &PolicyRecord, standing: &Standing) -> Error {
    Error::GateClosed(format!(
        "policy version {} is {} against version {}: {:+.3} per decision over {} decisions, from {:+.3} to {:+.3}; the gate opens when \
         that range lies above 0",
        record.version,
        standing.verdict,
        standing.against,
        standing.uplift,
        standing.decisions,
        standing.range.low,
        standing.range.high
    ))
}

fn figures(standing: &Standing) -> Value {
    serde_json::to_value(standing).unwrap_or_default()
}

async fn make(
    state: &State,
    record: &PolicyRecord,
    to: PolicyStatus,
    share: f64,
    why: String,
    figures: Value,
) -> Result<PolicyRecord, Error> {
    let (version, from, at) = (record.version, record.policy.status, Micros(now_micros()));
    tracing::info!(policy.version = version, status = to.as_str(), why, "a policy moves");
    match state.storage.policy_move(PolicyMove { version, from, to, share, why, figures, at }).await {
        Err(storage::Error::Conflict(_)) => Err(Error::WrongState(format!(
            "policy version {version} cannot become {} now: it has just been moved, or another version is the canary",
            to.as_str()
        ))),
        done => {
            done?;
            find(state, version).await
        }
    }
}
