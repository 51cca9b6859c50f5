//! The registry of policies: which there are, and which decides.

use service_kit::now_micros;
use storage::{PolicyRecord, PolicyStatus};
use task_model::Micros;

use super::{Error, State};

/// All of them, the latest first.
pub(crate) async fn list(state: &State) -> Result<Vec<PolicyRecord>, Error> {
    Ok(state.storage.policy_list().await?)
}

/// One of them.
pub(crate) async fn find(state: &State, version: i64) -> Result<PolicyRecord, Error> {
    let policy = state.storage.policy_find(version).await?;
    policy.ok_or_else(|| Error::Unknown(format!("policy version {version}")))
}

/// Makes a policy the one that decides; asking twice changes nothing.
pub(crate) async fn promote(state: &State, version: i64) -> Result<PolicyRecord, Error> {
    find(state, version).await?;
    state.storage.policy_set_status(version, PolicyStatus::Promoted, Micros(now_micros())).await?;
    find(state, version).await
}

/// Takes the deciding policy back in favour of the one it came from.
pub(crate) async fn roll_back(state: &State, version: i64) -> Result<PolicyRecord, Error> {
    let policy = find(state, version).await?;
    if policy.policy.status == PolicyStatus::RolledBack {
        return Ok(policy);
    }
    if policy.policy.status != PolicyStatus::Promoted {
        let status = policy.policy.status.as_str();
        return Err(Error::WrongState(format!(
            "policy version {version} is {status}; only the promoted one can be rolled back"
        )));
    }
    let Some(parent) = policy.policy.parent else {
        return Err(Error::WrongState(format!(
            "policy version {version} is the first; there is nothing to go back to"
        )));
    };
    let now = Micros(now_micros());
    state.storage.policy_set_status(parent, PolicyStatus::Promoted, now).await?;
    state.storage.policy_set_status(version, PolicyStatus::RolledBack, now).await?;
    find(state, version).await
}
