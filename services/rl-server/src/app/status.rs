//! How the service stands, in figures.

use serde_json::{Map, Value, json};
use storage::Page;

use super::{Error, State};

/// Experiences, policies and jobs.
pub(crate) async fn figures(state: &State) -> Result<Map<String, Value>, Error> {
    let jobs = state.storage.training_list(&Page::first(Page::MAX_LIMIT)).await?.items;
    let with = |status: &str| jobs.iter().filter(|job| job.status == status).count();
    let mut figures = Map::new();
    figures.insert("experiences".into(), json!(state.storage.experiences_count().await?));
    figures.insert("policies".into(), json!(state.storage.policy_list().await?.len()));
    figures.insert("promoted_version".into(), json!(state.storage.policy_promoted().await?));
    figures.insert("training".into(), json!({
        "queued": with("queued"), "running": with("running"), "completed": with("completed"), "failed": with("failed"),
    }));
    Ok(figures)
}
