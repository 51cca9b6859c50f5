//! Whose runs are claimed next: fair shares of the free places among tenants, within the limits of tenants and agents.

use serde::Deserialize;
use storage::{ClaimLimits, RunRecord};
use task_model::{AgentId, Shares, TenantId};

use super::plan::AgentConfig;
use crate::clock;
use crate::settings::Tenants;
use crate::state::State;

/// What a look left in the queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Perhaps more that may be claimed at once.
    More,
    /// Perhaps some that wait for others of their agent or tenant to end.
    HeldBack,
    /// None that are due.
    Nothing,
}

/// The queues as this process serves them.
#[derive(Debug, Default)]
pub struct Queues {
    shares: Shares,
    last: Option<TenantId>,
}

impl Queues {
    /// Claims up to `room` runs; also says what may be left.
    pub async fn claim(
        &mut self,
        state: &State,
        session: &str,
        room: usize,
    ) -> storage::Result<(Vec<RunRecord>, Left)> {
        let now = clock::now();
        let waiting = state.storage.tenants_waiting(self.last.as_ref(), now).await?;
        let shares = self.shares.grant(&waiting, room, |tenant| state.settings.tenants.weight(tenant));
        self.last = shares.last().map(|(tenant, _)| tenant.clone());
        let wanted = shares.clone();
        let claimed = state.storage.run_claim_shares(session, shares, room, limits(state), now).await?;
        let left = left(&wanted, &claimed);
        Ok((claimed, left))
    }
}

/// Who got a whole share may have more in its queue. Who got less is limited or has nothing left.
fn left(shares: &[(TenantId, usize)], claimed: &[RunRecord]) -> Left {
    let got = |tenant: &TenantId| claimed.iter().filter(|run| run.run.tenant == *tenant).count();
    match shares {
        [] => Left::Nothing,
        shares if shares.iter().any(|(tenant, share)| got(tenant) == *share) => Left::More,
        _ => Left::HeldBack,
    }
}

fn limits(state: &State) -> ClaimLimits {
    let tenants: &Tenants = &state.settings.tenants;
    ClaimLimits {
        tenants: tenants.limits(),
        tenant_default: tenants.default_limit(),
        agents: agent_limits(state),
    }
}

fn agent_limits(state: &State) -> std::collections::HashMap<AgentId, i64> {
    let agents = state.roster.agents();
    let limited = agents.iter().filter(|agent| agent.spec.config.get("concurrency").is_some());
    let limit = |agent: &std::sync::Arc<storage::AgentRecord>| {
        let config = AgentConfig::deserialize(&agent.spec.config).ok()?;
        Some((agent.spec.id.clone(), i64::from(config.concurrency?)))
    };
    limited.filter_map(limit).collect()
}
