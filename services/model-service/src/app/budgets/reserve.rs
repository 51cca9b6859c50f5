//! What a call may cost at most, taken from every budget that covers it before it is made, and settled afterwards.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use storage::BudgetShare;
use task_model::{MicroUsd, Micros};

use super::{Budget, refill};
use crate::Error;
use crate::app::resolve::Route;
use crate::app::size::Size;
use crate::app::{OnBehalf, State};

/// A budget that has not enough left for a call.
#[derive(Debug)]
pub struct Exceeded {
    /// The budget.
    pub budget: Budget,
    /// Spent in the running period, or reserved by calls under way.
    pub used: MicroUsd,
    /// What the call may cost at most.
    pub wanted: MicroUsd,
    /// Until the next period.
    pub retry_after: Option<Duration>,
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Budget { id, scope, subject, period, limit } = &self.budget;
        let whose = if subject.is_empty() {
            scope.as_str().to_owned()
        } else {
            format!("{} {subject}", scope.as_str())
        };
        write!(
            f,
            "the budget {id:?} ({whose}, {}) has a ceiling of ${:.6}, ${:.6} of it are spent or reserved, and this call may cost \
             ${:.6}; raise it, or wait for its next period",
            period.as_str(),
            limit.as_usd(),
            self.used.as_usd(),
            self.wanted.as_usd(),
        )
    }
}

/// What a call under way has taken from budgets.
#[derive(Debug, Default)]
pub struct Reservation(Vec<BudgetShare>);

impl Reservation {
    /// What the database must learn once the call's cost is known. `None`: what was taken is gone.
    pub fn settle(self, state: &State, cost: Option<MicroUsd>) -> Vec<BudgetShare> {
        let Some(cost) = cost else { return Vec::new() };
        self.0.into_iter().filter_map(|share| state.allowances.settle(share, cost)).collect()
    }
}

/// Takes what the call may cost from every budget that covers it, before it is made; what is taken is durable in the database.
pub async fn reserve(
    state: &State,
    route: &Route,
    behalf: &OnBehalf,
    size: Size,
) -> Result<Reservation, Error> {
    let budgets = state.budgets.load_full();
    let covering: Vec<_> = budgets.iter().filter(|budget| budget.covers(route, behalf)).collect();
    let Some(first) = covering.first() else { return Ok(Reservation::default()) };
    let price = route.price.ok_or_else(|| Error::BudgetWithoutPrice {
        budget: first.id.clone(),
        model: route.model_id.clone(),
    })?;
    let now = Micros(service_kit::now_micros());
    let amount = price.of(size.tokens_in, size.tokens_out);
    let share = |budget: &Arc<Budget>| BudgetShare {
        budget_id: budget.id.clone(),
        period_start: budget.period.start(now),
        amount,
    };
    let shares: Vec<BudgetShare> = covering.iter().map(|budget| share(budget)).collect();
    let low = match state.allowances.take(&shares) {
        Ok(low) => low,
        Err(_) => wait(state, &covering, &shares).await?,
    };
    for place in low {
        let (state, budget, share) = (state.clone(), covering[place].clone(), shares[place].clone());
        tokio::spawn(async move { refill::ahead(&state, &budget, &share).await });
    }
    Ok(Reservation(shares))
}

/// Takes the shares once the database has given what is lacking. A caller that goes away meanwhile leaves that to those who come after.
async fn wait(state: &State, covering: &[&Arc<Budget>], shares: &[BudgetShare]) -> Result<Vec<usize>, Error> {
    let _one_at_a_time = state.refill.lock().await;
    loop {
        let lacking = match state.allowances.take(shares) {
            Ok(low) => return Ok(low),
            Err(lacking) => lacking,
        };
        for place in lacking {
            let (state, budget, share) = (state.clone(), covering[place].clone(), shares[place].clone());
            let refilled = tokio::spawn(async move { refill::now(&state, &budget, &share).await }).await;
            refilled.map_err(|_| storage::Error::Unavailable("a budget could not be read".to_owned()))??;
        }
    }
}
