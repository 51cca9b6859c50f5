//! What was run: every attempt of every task, the latest first.

use service_api::task::RunRecord as WireRun;
use storage::{Listing, Page, RunFilter};

use crate::error::Result;
use crate::render;
use crate::state::State;

/// One page of attempts.
pub async fn list(state: &State, filter: &RunFilter, page: &Page) -> Result<Listing<WireRun>> {
    Ok(state.storage.run_list(filter, page).await?.map(|run| render::run(&run)))
}
