//! Watches policies that are on their way: how they stand after every outcome, and whether one must be taken back.
//!
//! A canary or a promoted policy that earns ten points less than the one before would is rolled back without anybody being asked. Only
//! outcomes that came after a policy was made count, so that none is judged by what it was chosen for.

mod watched;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use q_learning::ope::Verdict;
use serde_json::json;
use service_api::policy::Standing;
use storage::{PolicyRecord, PolicyStatus, Signal};
use tokio_util::sync::CancellationToken;

use super::evaluate::fresh_duel;
use super::{Error, State, policies};
use watched::Watched;

/// Between two looks; outcomes settled by other processes raise no signal here.
const POLL: Duration = Duration::from_millis(500);

/// How the watched policies stood at the last look.
#[derive(Debug, Clone, Default)]
pub(crate) struct Standings(Arc<Mutex<BTreeMap<i64, Standing>>>);

impl Standings {
    /// How one stands, if it is watched.
    pub(crate) fn of(&self, version: i64) -> Option<Standing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&version).cloned()
    }

    fn put(&self, standings: BTreeMap<i64, Standing>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = standings;
    }
}

/// Watches until told to stop.
pub(crate) async fn run(state: State, stop: CancellationToken) {
    let mut hint = state.storage.signals().subscribe(Signal::ExperienceAdded);
    let mut watched = BTreeMap::new();
    let mut failing = false;
    while !stop.is_cancelled() {
        let looked = stop.run_until_cancelled(look(&state, &mut watched)).await;
        if let (Some(Err(error)), false) = (&looked, failing) {
            tracing::warn!(%error, "policies cannot be watched; tried again");
        }
        failing = matches!(looked, Some(Err(_)));
        tokio::select! {
            () = stop.cancelled() => return,
            Ok(()) = hint.changed(), if !failing => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

/// One look: every watched policy goes to the end of the log, and those that are worse are taken back.
async fn look(state: &State, watched: &mut BTreeMap<i64, Watched>) -> Result<(), Error> {
    let records = policies::list(state).await?;
    let promoted =
        records.iter().find(|one| one.policy.status == PolicyStatus::Promoted).map(|one| one.version);
    let wanted: Vec<(&PolicyRecord, Option<i64>)> =
        records.iter().filter_map(|record| Some((record, against(record, promoted)?))).collect();
    watched.retain(|version, held| {
        wanted.iter().any(|(record, against)| record.version == *version && held.against == *against)
    });
    let mut standings = BTreeMap::new();
    for (record, against) in wanted {
        let version = record.version;
        let held = match watched.remove(&version) {
            Some(held) => held,
            None => Watched::new(
                fresh_duel(state, &policies::find(state, version).await?, against).await?,
                version,
                against,
            ),
        };
        let mut held = held.advanced(&state.storage, record.policy.status).await?;
        let (verdict, standing) = held.standing();
        if let Some(why) = held.verdict_of_watch(record.policy.status, verdict) {
            let figures = json!({"automatic": true, "standing": &standing});
            policies::roll_back(state, version, why, figures).await?;
            metrics::counter!("rl_policies_rolled_back_total").increment(1);
        }
        standings.insert(version, standing);
        watched.insert(version, held);
    }
    state.standings.put(standings);
    Ok(())
}

/// Whom a policy is held against; `None` when it is not watched.
fn against(record: &PolicyRecord, promoted: Option<i64>) -> Option<Option<i64>> {
    match record.policy.status {
        PolicyStatus::Shadow | PolicyStatus::Canary => Some(promoted),
        PolicyStatus::Promoted => Some(record.replaced),
        _ => None,
    }
}

/// How a policy stands now, worked out anew from the whole log: what a gate opens by.
pub(crate) async fn judged(state: &State, record: &PolicyRecord) -> Result<(Verdict, Standing), Error> {
    let against = state.storage.policy_promoted().await?;
    let _one_of_few = state.replays.acquire().await;
    let held = Watched::new(fresh_duel(state, record, against).await?, record.version, against);
    Ok(held.advanced(&state.storage, record.policy.status).await?.standing())
}
