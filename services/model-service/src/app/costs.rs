//! Sums over the books.

use storage::{CostGroup, ModelCost};
use task_model::Micros;

use super::State;
use crate::Error;

/// Which calls, summed by what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostQuery {
    /// By what.
    pub group: CostGroup,
    /// From this instant on.
    pub since: Option<Micros>,
    /// Before this instant.
    pub until: Option<Micros>,
}

/// The sums, the dearest first (days in order).
pub async fn costs(state: &State, query: CostQuery) -> Result<Vec<ModelCost>, Error> {
    if query.since.zip(query.until).is_some_and(|(since, until)| since >= until) {
        return Err(Error::field("until", "must be later than since"));
    }
    Ok(state.storage.model_costs(query.group, query.since, query.until).await?)
}
