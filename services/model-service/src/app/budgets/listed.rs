//! The budgets there are: as the database has them, and as they are made, changed and removed.

use std::sync::Arc;

use task_model::{MicroUsd, Micros};

use super::Budget;
use crate::Error;
use crate::app::State;

/// A budget and what is used of it.
#[derive(Debug, Clone)]
pub struct BudgetState {
    /// The budget.
    pub budget: Arc<Budget>,
    /// Spent in the running period, or reserved by calls under way.
    pub used: MicroUsd,
    /// When the running period ends.
    pub ends: Option<Micros>,
}

/// Gives back to the database what this process holds, of one budget or of all.
pub async fn give_back(state: &State, budget_id: Option<&str>) -> Result<(), Error> {
    let given = state.allowances.give_up(budget_id);
    if !given.is_empty() {
        state.storage.budget_settle(given).await?;
    }
    Ok(())
}

/// All budgets and what is used of them.
pub async fn list(state: &State) -> Result<Vec<BudgetState>, Error> {
    let mut states = Vec::new();
    for budget in state.budgets.load().iter() {
        states.push(with_use(state, budget).await?);
    }
    Ok(states)
}

/// One budget.
pub async fn find(state: &State, id: &str) -> Result<BudgetState, Error> {
    let budgets = state.budgets.load_full();
    let budget = budgets.iter().find(|budget| budget.id == id).ok_or_else(|| unknown(id))?;
    with_use(state, budget).await
}

/// Makes a budget, or changes it; what was used of it stays.
pub async fn put(state: &State, budget: Budget) -> Result<BudgetState, Error> {
    let id = budget.id.clone();
    give_back(state, Some(&id)).await?;
    state.storage.budget_put(budget.into_record(Micros(service_kit::now_micros()))).await?;
    let _one_at_a_time = state.reading.lock().await;
    refresh(state).await?;
    find(state, &id).await
}

/// Puts the budgets of the configuration beside those made over HTTP, and removes those that it declared before; what was used stays.
pub async fn declare(state: &State) -> Result<(), storage::Error> {
    let now = Micros(service_kit::now_micros());
    let declared = state.config.budgets.iter().map(|budget| budget.clone().into_record(now));
    state.storage.budgets_declare(declared.collect()).await
}

/// Removes a budget.
pub async fn delete(state: &State, id: &str) -> Result<(), Error> {
    state.allowances.give_up(Some(id));
    if !state.storage.budget_delete(id).await? {
        return Err(unknown(id));
    }
    let _one_at_a_time = state.reading.lock().await;
    refresh(state).await
}

/// Reads the database again; whoever calls this holds `reading`.
pub async fn refresh(state: &State) -> Result<(), Error> {
    let records = state.storage.budget_list().await?;
    let budgets: Vec<Arc<Budget>> =
        records.into_iter().filter_map(Budget::from_record).map(Arc::new).collect();
    if **state.budgets.load() != budgets {
        state.budgets.store(Arc::new(budgets));
    }
    Ok(())
}

async fn with_use(state: &State, budget: &Arc<Budget>) -> Result<BudgetState, Error> {
    let now = Micros(service_kit::now_micros());
    let start = budget.period.start(now);
    let used = state.storage.budget_used(&budget.id, start).await?;
    let used = MicroUsd(used.0 - state.allowances.held(&budget.id, start).0);
    Ok(BudgetState { budget: budget.clone(), used, ends: budget.period.end(now) })
}

fn unknown(id: &str) -> Error {
    Error::Unknown(format!("budget {id:?}"))
}
