//! Claiming runs: each to one live session, under a fence of its own.
//!
//! Every tenant has a queue of its own, in which a priority is worth a minute of waiting. Who gets how many places is the caller's
//! decision; how many may be driven at once is kept to here, because only a transaction can.

use std::cmp::Reverse;
use std::collections::HashMap;

use task_model::{AgentId, Attempt, Micros, TaskId, TenantId};

use super::columns::{RUN, record};
use crate::sql::{Connection, Value, built, sql};
use crate::tasks::columns::without_alias;
use crate::{ClaimLimits, Error, Kind, Result, RunRecord, Signal, Storage};

/// Tenants that one claim looks at.
const TENANTS: usize = 64;

impl Storage {
    /// Takes up to `n` due runs for a live session, tenant by tenant, without limits. [`Error::Stale`] when the session is over.
    pub async fn run_claim(&self, session_id: &str, n: usize, now: Micros) -> Result<Vec<RunRecord>> {
        let waiting = if n == 0 { Vec::new() } else { self.tenants_waiting(None, now).await? };
        let shares = waiting.into_iter().map(|tenant| (tenant, n)).collect();
        self.run_claim_shares(session_id, shares, n, ClaimLimits::default(), now).await
    }

    /// Takes up to `most` due runs for a live session: of each tenant up to its share, the most urgent first, and never more than
    /// `limits` allow to be driven at once. [`Error::Stale`] when the session is over.
    pub async fn run_claim_shares(
        &self,
        session_id: &str,
        shares: Vec<(TenantId, usize)>,
        most: usize,
        limits: ClaimLimits,
        now: Micros,
    ) -> Result<Vec<RunRecord>> {
        if shares.is_empty() {
            return Ok(Vec::new());
        }
        let claim = Claim { session_id: session_id.to_owned(), shares, most, limits, now };
        self.write(claim, &[Signal::TaskChanged], |connection, args| Box::pin(claim_all(connection, args)))
            .await
    }

    /// Tenants that have a run that is due, in the order of their names, some of them when there are very many: those after
    /// `after`, and then from the beginning. A look that costs no commit.
    pub async fn tenants_waiting(&self, after: Option<&TenantId>, now: Micros) -> Result<Vec<TenantId>> {
        let mut connection = self.read().await?;
        let mut waiting = waiting_after(&mut connection, after.map_or("", TenantId::as_str), now).await?;
        if after.is_some() && waiting.len() < TENANTS {
            for tenant in waiting_after(&mut connection, "", now).await? {
                if !waiting.contains(&tenant) {
                    waiting.push(tenant);
                }
            }
        }
        Ok(waiting)
    }
}

/// The tenants with due runs whose names come after `after`: one probe of the index for each tenant that has any run waiting.
pub(crate) fn waiting(kind: Kind) -> String {
    let queue = queue(kind);
    let open = "status IN ('queued', 'waiting') AND session_id IS NULL";
    format!(
        "WITH RECURSIVE waiters(tenant) AS ( \
             SELECT (SELECT MIN(tenant) FROM {queue} WHERE {open} AND tenant > $1) \
             UNION ALL SELECT (SELECT MIN(tenant) FROM {queue} WHERE {open} AND tenant > waiters.tenant) FROM waiters \
             WHERE waiters.tenant IS NOT NULL) \
         SELECT waiters.tenant FROM waiters WHERE waiters.tenant IS NOT NULL \
             AND EXISTS (SELECT 1 FROM {queue} WHERE {open} AND runs.tenant = waiters.tenant AND due_at <= $2) LIMIT {TENANTS}"
    )
}

async fn waiting_after(connection: &mut Connection, after: &str, now: Micros) -> Result<Vec<TenantId>> {
    let select = built(waiting(connection.kind()));
    let rows = select.bind(after).bind(now).rows(connection).await?;
    rows.iter().map(|row| row.word("tenant", |raw| TenantId::parse(raw))).collect()
}

/// Left alone, SQLite takes the index on the status and sorts the whole queue for every claim.
fn queue(kind: Kind) -> &'static str {
    if kind == Kind::Sqlite { "runs INDEXED BY runs_queue" } else { "runs" }
}

/// Which runs of a tenant are next.
pub(crate) fn due(kind: Kind, tenant: &str, now: &str, but: &str, limit: &str) -> String {
    let queue = queue(kind);
    format!(
        "SELECT task_id, attempt, agent_id FROM {queue} WHERE tenant = {tenant} AND status IN ('queued', 'waiting') \
         AND session_id IS NULL AND due_at <= {now} {but} ORDER BY (due_at - priority * 60000000) LIMIT {limit}"
    )
}

struct Claim {
    session_id: String,
    shares: Vec<(TenantId, usize)>,
    most: usize,
    limits: ClaimLimits,
    now: Micros,
}

async fn claim_all(connection: &mut Connection, claim: &Claim) -> Result<Vec<RunRecord>> {
    check_live(connection, &claim.session_id, claim.now).await?;
    let mut driven = Driven::default();
    if claim.limits.any() {
        // Two processes that count and then claim at the same time would both believe that there is room.
        if connection.kind() == Kind::Postgres {
            sql("SELECT pg_advisory_xact_lock(7304026)").rows(connection).await?;
        }
        driven = Driven::count(connection).await?;
    }
    let mut chosen = Vec::new();
    for (tenant, share) in &claim.shares {
        let n = (*share).min(claim.most - chosen.len()).min(driven.room_of_tenant(tenant, &claim.limits));
        if n > 0 {
            chosen.extend(next_of(connection, tenant, n, claim, &mut driven).await?);
        }
    }
    let mut runs = take(connection, claim, &chosen).await?;
    runs.sort_by_key(|record| (Reverse(record.run.priority), record.due_at));
    Ok(runs)
}

type Key = (TaskId, Attempt);

/// The next `n` runs of a tenant whose agents have room, locked.
async fn next_of(
    connection: &mut Connection,
    tenant: &TenantId,
    n: usize,
    claim: &Claim,
    driven: &mut Driven,
) -> Result<Vec<Key>> {
    let full = driven.full_agents(&claim.limits);
    let places: Vec<String> = (0..full.len()).map(|at| format!("${}", at + 4)).collect();
    let but = match full.is_empty() {
        true => String::new(),
        false => format!("AND agent_id NOT IN ({})", places.join(", ")),
    };
    let lock = connection.choose("", "FOR UPDATE SKIP LOCKED");
    let select = built(format!("{} {lock}", due(connection.kind(), "$1", "$2", &but, "CAST($3 AS BIGINT)")));
    let select = select.bind(tenant).bind(claim.now).bind(n).bind_all(full.into_iter().map(Value::from));
    let mut keys = Vec::with_capacity(n);
    for row in select.rows(connection).await? {
        if driven.take(tenant, row.agent_id("agent_id")?, &claim.limits) {
            keys.push((row.task_id()?, row.attempt("attempt")?));
        }
    }
    Ok(keys)
}

async fn take(connection: &mut Connection, claim: &Claim, keys: &[Key]) -> Result<Vec<RunRecord>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> =
        (0..keys.len()).map(|at| format!("(${}, ${})", 2 * at + 3, 2 * at + 4)).collect();
    let update = built(format!(
        "UPDATE runs SET status = 'running', session_id = $1, fence = fence + 1, \
             started_at = COALESCE(started_at, $2) \
         WHERE (task_id, attempt) IN (VALUES {}) RETURNING {}",
        places.join(", "),
        without_alias(RUN, "r.")
    ));
    let keys = keys.iter().flat_map(|(task_id, attempt)| [Value::from(task_id), Value::from(*attempt)]);
    let rows = update.bind(&claim.session_id).bind(claim.now).bind_all(keys).rows(connection).await?;
    rows.iter().map(record).collect()
}

/// How many runs are driven now.
#[derive(Default)]
struct Driven {
    tenants: HashMap<TenantId, i64>,
    agents: HashMap<AgentId, i64>,
}

impl Driven {
    async fn count(connection: &mut Connection) -> Result<Self> {
        const COUNT: &str = "SELECT tenant, agent_id, COUNT(*) AS runs FROM runs WHERE session_id IS NOT NULL \
                             GROUP BY tenant, agent_id";
        let mut driven = Self::default();
        for row in sql(COUNT).rows(connection).await? {
            let runs = row.int("runs")?;
            *driven.tenants.entry(row.word("tenant", |raw| TenantId::parse(raw))?).or_default() += runs;
            *driven.agents.entry(row.agent_id("agent_id")?).or_default() += runs;
        }
        Ok(driven)
    }

    fn room_of_tenant(&self, tenant: &TenantId, limits: &ClaimLimits) -> usize {
        let driven = self.tenants.get(tenant).copied().unwrap_or(0);
        let room = limits.of_tenant(tenant).map_or(i64::MAX, |most| most - driven);
        usize::try_from(room).unwrap_or(0)
    }

    fn full_agents<'l>(&self, limits: &'l ClaimLimits) -> Vec<&'l AgentId> {
        let full = |(agent, most): &(&AgentId, &i64)| self.agents.get(*agent).copied().unwrap_or(0) >= **most;
        limits.agents.iter().filter(full).map(|(agent, _)| agent).collect()
    }

    /// Counts one more; false when its agent has no room.
    fn take(&mut self, tenant: &TenantId, agent: AgentId, limits: &ClaimLimits) -> bool {
        let driven = self.agents.entry(agent.clone()).or_default();
        if limits.agents.get(&agent).is_some_and(|most| *driven >= *most) {
            return false;
        }
        *driven += 1;
        *self.tenants.entry(tenant.clone()).or_default() += 1;
        true
    }
}

/// The session lives, and cannot end before this transaction does.
async fn check_live(connection: &mut Connection, session_id: &str, now: Micros) -> Result<()> {
    const SELECT: &str = "SELECT 1 AS one FROM worker_sessions WHERE session_id = $1 AND closed_at IS NULL \
                          AND expires_at > $2";
    const LOCKED: &str = "SELECT 1 AS one FROM worker_sessions WHERE session_id = $1 AND closed_at IS NULL \
                          AND expires_at > $2 FOR SHARE";
    let live = sql(connection.choose(SELECT, LOCKED)).bind(session_id).bind(now).row(connection).await?;
    live.map(drop).ok_or(Error::Stale)
}
