//! What the knowledge base says: the agent's own entries first, then everybody's.

use super::tool::{ToolError, ToolResult, read, spec};
use react_agent::{EffectClass, ToolSpec};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashSet;
use storage::{Error, KnowledgeHit, Storage};
use task_model::AgentId;

/// Characters of an entry that are quoted.
const LONGEST_QUOTE: usize = 4_000;

#[derive(Deserialize)]
struct Arguments {
    query: String,
    limit: Option<usize>,
}

pub(super) fn describe() -> ToolSpec {
    spec(
        "knowledge_search",
        EffectClass::Read,
        "Searches the knowledge base by words and returns the best entries with their ids, to be cited. \
         The agent's own knowledge comes first, then that of all agents.",
        json!({
            "type": "object",
            "properties": {
                "query": { "type": "string", "minLength": 1, "maxLength": 500 },
                "limit": { "type": "integer", "minimum": 1, "maximum": 20, "description": "5 when absent" }
            },
            "required": ["query"],
            "additionalProperties": false
        }),
    )
}

pub(super) async fn run(arguments: &Value, storage: &Storage, agent: &AgentId) -> ToolResult {
    let Arguments { query, limit } = read(arguments)?;
    let limit = limit.unwrap_or(5);
    let own = storage.knowledge_search(Some(agent), &query, limit).await.map_err(refused)?;
    let all = storage.knowledge_search(None, &query, limit).await.map_err(refused)?;
    let mut seen = HashSet::new();
    let hits = own.into_iter().chain(all).filter(|hit| seen.insert(hit.knowledge.knowledge_id.clone()));
    let items: Vec<Value> = hits.take(limit).map(described).collect();
    Ok(json!({ "query": query, "count": items.len(), "items": items }))
}

fn described(hit: KnowledgeHit) -> Value {
    let entry = hit.knowledge;
    json!({
        "id": entry.knowledge_id,
        "agent_id": entry.agent_id.as_str(),
        "title": entry.title,
        "content": entry.content.chars().take(LONGEST_QUOTE).collect::<String>(),
        "source": entry.source,
        "score": (hit.score * 1e6).round() / 1e6,
    })
}

fn refused(error: Error) -> ToolError {
    match error {
        Error::Invalid { field, why } => ToolError::invalid(format!("{field} {why}")),
        _ => ToolError::unavailable("the knowledge base cannot be searched at the moment"),
    }
}
