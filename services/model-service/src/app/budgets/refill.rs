//! Blocks of budgets, from the database into the hands of this process.

use std::time::{Duration, Instant};

use storage::{BudgetShare, Reserved};
use task_model::{MicroUsd, Micros};

use super::{Budget, Exceeded};
use crate::Error;
use crate::app::State;

/// Takes the next block while the last one still serves. What goes wrong is left to the call that finds too little.
pub async fn ahead(state: &State, budget: &Budget, share: &BudgetShare) {
    let _one_at_a_time = state.refill.lock().await;
    if let Err(error) = take(state, budget, share, true).await {
        tracing::debug!(%error, budget = %budget.id, "no block of the budget ahead of time");
    }
}

/// Takes a block, or near the limit just this call's share. The caller holds `refill`.
pub async fn now(state: &State, budget: &Budget, share: &BudgetShare) -> Result<(), Error> {
    if take(state, budget, share, true).await? || take(state, budget, share, false).await? {
        return Ok(());
    }
    let now = Micros(service_kit::now_micros());
    let wait = budget.period.end(now).map(|ends| u64::try_from(ends.0 - now.0).unwrap_or(0));
    let used = state.storage.budget_used(&budget.id, share.period_start).await?;
    let held = state.allowances.held(&budget.id, share.period_start);
    Err(Error::BudgetExceeded(Box::new(Exceeded {
        budget: budget.clone(),
        used: MicroUsd(used.0 - held.0),
        wanted: share.amount,
        retry_after: wait.map(Duration::from_micros),
    })))
}

/// False when the budget has not as much left.
async fn take(state: &State, budget: &Budget, share: &BudgetShare, whole: bool) -> Result<bool, Error> {
    let now = Instant::now();
    let amount = if whole { state.allowances.block(share, budget.limit, now) } else { share.amount };
    let wanted = BudgetShare { amount, ..share.clone() };
    let given = state.storage.budget_reserve(vec![wanted.clone()]).await? == Reserved::All;
    if given {
        state.allowances.add(&wanted, whole, now);
    }
    Ok(given)
}
