//! The books: every call with its tokens, cost and duration. An answer never waits for its entry.

mod measures;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use storage::{BudgetShare, ModelCall, Storage};
use task_model::{AgentId, Attempt, MicroUsd, Micros, TaskId, TenantId};
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use super::account::Account;
use super::cache::Wish;
use super::vitals::Vitals;
use super::{State, budgets};
use measures::Measures;

/// Entries that may wait for the database; beyond that calls go unrecorded, loudly, rather than fail.
const WAITING_MAX: usize = 8_192;
/// Entries written together.
const BATCH: usize = 256;
/// The caller without a key.
const ANONYMOUS: &str = "anonymous";
/// Pause after each writing, unless many wait: a commit costs as much as a hundred entries.
const PAUSE: Duration = Duration::from_millis(25);
/// Pause before the database is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// On whose behalf a model is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OnBehalf {
    /// The task.
    pub task_id: Option<TaskId>,
    /// The agent.
    pub agent_id: Option<AgentId>,
    /// Who the work is for.
    pub tenant: Option<TenantId>,
    /// The attempt of the task.
    pub attempt: Option<Attempt>,
    /// The step of the run.
    pub step: Option<i64>,
    /// Whose API key it is.
    pub caller: Option<Arc<str>>,
    /// What the caller says about kept answers.
    pub cache: Wish,
}

/// Entries on their way into the database.
pub struct Books {
    sender: mpsc::Sender<Entry>,
    receiver: Mutex<mpsc::Receiver<Entry>>,
    lost: AtomicUsize,
    measures: Measures,
}

/// A call, and what it leaves of its budgets.
struct Entry {
    call: ModelCall,
    shares: Vec<BudgetShare>,
}

/// What a call came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Tokens read.
    pub tokens_in: u64,
    /// Tokens written.
    pub tokens_out: u64,
    /// What they cost, if the price is known.
    pub cost: Option<MicroUsd>,
}

impl Default for Books {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        Self {
            sender,
            receiver: Mutex::new(receiver),
            lost: AtomicUsize::new(0),
            measures: Measures::default(),
        }
    }
}

impl Books {
    /// Enters a finished call.
    pub fn enter(&self, vitals: &Vitals, account: &Account, spent: Spent, shares: Vec<BudgetShare>) {
        let (route, behalf, error_code) = (account.route(), account.behalf(), account.error_code());
        let (elapsed, at) = (account.started().elapsed(), Micros(service_kit::now_micros()));
        self.measures.note(route, elapsed, spent, error_code.unwrap_or("ok"));
        if route.registered {
            vitals.note(&route.model_id, at, elapsed, error_code);
        }
        let call = ModelCall {
            at,
            provider: route.provider_name.clone(),
            model_id: route.model_id.clone(),
            agent_id: behalf.agent_id.clone(),
            task_id: behalf.task_id.clone(),
            attempt: behalf.attempt,
            step: behalf.step,
            tokens_in: i64::try_from(spent.tokens_in).unwrap_or(i64::MAX),
            tokens_out: i64::try_from(spent.tokens_out).unwrap_or(i64::MAX),
            cost: spent.cost.unwrap_or(MicroUsd::ZERO),
            latency_us: i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX),
            error_code: error_code.map(str::to_owned),
            key_id: behalf.caller.as_deref().filter(|id| *id != ANONYMOUS).map(str::to_owned),
        };
        let lost = self.sender.try_send(Entry { call, shares }).is_err();
        if lost && self.lost.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::error!("the database is so far behind that model calls go unrecorded");
        }
    }

    /// Entries that wait.
    pub fn waiting(&self) -> usize {
        WAITING_MAX - self.sender.capacity()
    }

    /// Calls that went unrecorded since the start.
    pub fn lost(&self) -> usize {
        self.lost.load(Ordering::Relaxed)
    }
}

/// Writes entries until `stop`.
pub async fn run(state: State, stop: CancellationToken) {
    let mut receiver = state.books.receiver.lock().await;
    let mut batch = Vec::new();
    while stop.run_until_cancelled(receiver.recv_many(&mut batch, BATCH)).await.is_some() {
        while !batch.is_empty() {
            batch = write(&state.storage, batch).await;
            if !batch.is_empty() && stop.run_until_cancelled(tokio::time::sleep(RETRY)).await.is_none() {
                break;
            }
        }
        if receiver.len() < BATCH {
            let _ = stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
        }
    }
    // What a stop interrupted goes back to those who wait for the last writing.
    for entry in batch {
        let _ = state.books.sender.try_send(entry);
    }
}

/// Writes what is left once all calls have ended.
pub async fn close(state: &State) {
    let mut receiver = state.books.receiver.lock().await;
    let rest: Vec<Entry> = std::iter::from_fn(|| receiver.try_recv().ok()).collect();
    let unwritten = write(&state.storage, rest).await.len();
    // A block that is under way comes back as well.
    let _one_at_a_time = state.refill.lock().await;
    if let Err(error) = budgets::give_back(state, None).await {
        tracing::warn!(%error, "what was held of budgets could not be given back; it counts as spent");
    }
    if unwritten > 0 {
        tracing::error!(
            calls = unwritten,
            "the database did not take the last model calls; their costs are missing"
        );
    }
}

/// Returns what could not be written but may be later.
async fn write(storage: &Storage, entries: Vec<Entry>) -> Vec<Entry> {
    let calls: Vec<ModelCall> = entries.iter().map(|entry| entry.call.clone()).collect();
    if calls.is_empty() {
        return entries;
    }
    if let Err(error) = storage.model_calls_add(calls).await {
        tracing::warn!(%error, calls = entries.len(), "model calls could not be recorded");
        return if error.is_transient() { entries } else { Vec::new() };
    }
    let shares: Vec<BudgetShare> = entries.into_iter().flat_map(|entry| entry.shares).collect();
    if !shares.is_empty()
        && let Err(error) = storage.budget_settle(shares).await
    {
        tracing::warn!(%error, "budgets could not be settled; what was reserved counts as spent");
    }
    Vec::new()
}
