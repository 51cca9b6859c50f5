//! What an agent remembers: its finished runs are its episodes, and they are read where they are recorded instead of being
//! written down twice; what was stored on purpose stands beside them.

use serde::Serialize;
use service_api::rfc3339;
use storage::{Memory, Page, RunFilter, RunRecord};
use task_model::{Micros, RunStatus};
use utoipa::ToSchema;

use crate::error::Result;
use crate::state::State;

/// One memory.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MemoryItem {
    /// `working`, `episodic`, `semantic` or `procedural`.
    pub kind: String,
    /// What is remembered.
    pub content: String,
    /// 0–1.
    pub importance: f64,
    /// The task it comes from.
    pub task_id: Option<String>,
    /// RFC 3339.
    pub created_at: String,
}

/// `GET /api/v2/memory/context/{agent}`, the latest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MemoryContext {
    /// Whose.
    pub agent_id: String,
    /// What is remembered.
    pub memories: Vec<MemoryItem>,
    /// How many are here.
    pub count: usize,
}

/// How much of one kind an agent remembers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MemoryCount {
    /// Whose.
    pub agent_id: String,
    /// `working`, `semantic` or `procedural`; episodes are runs and are counted as those.
    pub kind: String,
    /// How many.
    pub count: i64,
}

/// `GET /api/v2/memory/status`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MemoryStatus {
    /// Memories that were stored on purpose.
    pub stored: Vec<MemoryCount>,
    /// Finished runs, which are the episodes.
    pub episodes: i64,
}

/// The latest of what an agent remembers.
pub async fn context(state: &State, agent: &str, limit: usize, now: Micros) -> Result<MemoryContext> {
    let agent_id = state.roster.require(agent)?.spec.id.clone();
    let finished = RunFilter {
        statuses: vec![RunStatus::COMPLETED, RunStatus::FAILED],
        agent_id: Some(agent_id.clone()),
        ..RunFilter::default()
    };
    let page = Page::first(limit);
    let (stored, runs) = tokio::try_join!(
        state.storage.memory_context(&agent_id, limit, now),
        state.storage.run_list(&finished, &page),
    )?;
    let mut memories: Vec<_> = stored.into_iter().map(kept).chain(runs.items.iter().map(episode)).collect();
    memories.sort_by(|a, b| b.created_at.cmp(&a.created_at));
    memories.truncate(limit);
    Ok(MemoryContext { agent_id: agent_id.to_string(), count: memories.len(), memories })
}

/// How much is remembered.
pub async fn status(state: &State) -> Result<MemoryStatus> {
    let (stats, runs) = tokio::try_join!(state.storage.memory_stats(), state.storage.run_counts())?;
    let stored = stats.counts.into_iter().map(|(agent, kind, count)| MemoryCount {
        agent_id: agent.to_string(),
        kind,
        count,
    });
    let ended = [RunStatus::COMPLETED.as_str(), RunStatus::FAILED.as_str()];
    let episodes =
        runs.iter().filter(|(status, _)| ended.contains(&status.as_str())).map(|(_, count)| count).sum();
    Ok(MemoryStatus { stored: stored.collect(), episodes })
}

fn kept(memory: Memory) -> MemoryItem {
    MemoryItem {
        kind: memory.kind,
        content: memory.content,
        importance: memory.importance,
        task_id: memory.task_id.map(|id| id.to_string()),
        created_at: rfc3339(memory.created_at),
    }
}

/// A finished run in a sentence. Failures are remembered more strongly: they are what one learns from.
fn episode(run: &RunRecord) -> MemoryItem {
    let answer =
        run.result_json.as_deref().and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    let answer = answer.as_ref().and_then(|result| result.get("answer")?.as_str());
    let outcome = match (answer, &run.error) {
        (Some(answer), _) => format!("answered: {}", excerpt(answer)),
        (None, Some(error)) => format!("failed: {} ({})", excerpt(&error.message), error.code),
        (None, None) => run.status.as_str().to_owned(),
    };
    MemoryItem {
        kind: "episodic".to_owned(),
        content: format!("{} — {outcome}", excerpt(&run.run.task)),
        importance: if run.error.is_some() { 0.7 } else { 0.5 },
        task_id: Some(run.run.task_id.to_string()),
        created_at: rfc3339(run.finished_at.unwrap_or(run.run.created_at)),
    }
}

fn excerpt(text: &str) -> String {
    const CHARS: usize = 240;
    match text.char_indices().nth(CHARS) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
