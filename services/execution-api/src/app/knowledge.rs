//! The knowledge base. Aliases of agents are as good as their ids.

use serde_json::{Value, json};
use service_api::knowledge::{KnowledgeHits, KnowledgeInput, KnowledgeItem, KnowledgeStats};
use service_api::rfc3339;
use storage::Knowledge;
use task_model::{AgentId, Micros};

use crate::error::{Error, Result};
use crate::state::State;

const CONTENT_MAX: usize = 100_000;
const TITLE_MAX: usize = 500;
const WORD_MAX: usize = 200;
const TAGS_MAX: usize = 50;
const QUERY_MAX: usize = 2_000;
/// The category of an item that names none.
const GENERAL: &str = "general";

/// Adds an item.
pub async fn add(state: &State, input: KnowledgeInput, now: Micros) -> Result<KnowledgeItem> {
    check(&input)?;
    let agent_id = owner(state, &input.agent_id)?;
    let knowledge = Knowledge {
        knowledge_id: format!("kn_{}", uuid::Uuid::now_v7().simple()),
        agent_id,
        title: input.title.unwrap_or_else(|| first_words(&input.content)),
        content: input.content,
        source: input.source,
        category: input.category.unwrap_or_else(|| GENERAL.to_owned()),
        metadata: json!({ "tags": input.tags }),
        created_at: now,
    };
    state.storage.knowledge_add(knowledge.clone()).await?;
    Ok(render(knowledge, None))
}

/// What fits the words of `query` best; of one agent, or of all.
pub async fn search(state: &State, agent: Option<&str>, query: &str, limit: usize) -> Result<KnowledgeHits> {
    if query.trim().is_empty() {
        return Err(Error::invalid("query", "must not be blank"));
    }
    if query.chars().count() > QUERY_MAX {
        return Err(Error::invalid("query", format!("must be at most {QUERY_MAX} characters")));
    }
    let agent = agent.map(|name| owner(state, name)).transpose()?;
    let hits = state.storage.knowledge_search(agent.as_ref(), query, limit).await?;
    let results: Vec<_> = hits.into_iter().map(|hit| render(hit.knowledge, Some(hit.score))).collect();
    Ok(KnowledgeHits { query: query.to_owned(), count: results.len(), results })
}

/// How much an agent knows.
pub async fn stats(state: &State, agent: &str) -> Result<KnowledgeStats> {
    let agent_id = owner(state, agent)?;
    let stats = state.storage.knowledge_stats(Some(&agent_id)).await?;
    Ok(KnowledgeStats {
        agent_id: agent_id.to_string(),
        total_items: u64::try_from(stats.entries).unwrap_or(0),
        total_characters: u64::try_from(stats.bytes).unwrap_or(0),
    })
}

/// Removes an item.
pub async fn delete(state: &State, id: &str) -> Result<()> {
    match state.storage.knowledge_delete(id).await? {
        true => Ok(()),
        false => {
            Err(Error::NotFound(format!("knowledge item \"{}\"", id.chars().take(128).collect::<String>())))
        }
    }
}

fn owner(state: &State, name: &str) -> Result<AgentId> {
    Ok(state.roster.require(name)?.spec.id.clone())
}

fn check(input: &KnowledgeInput) -> Result<()> {
    if input.content.trim().is_empty() {
        return Err(Error::invalid("content", "must not be blank"));
    }
    let long =
        |text: &Option<String>, max: usize| text.as_ref().is_some_and(|text| text.chars().count() > max);
    let at_most =
        |field: &str, max: usize| Err(Error::invalid(field, format!("must be at most {max} characters")));
    if input.content.chars().count() > CONTENT_MAX {
        return at_most("content", CONTENT_MAX);
    }
    if long(&input.title, TITLE_MAX) {
        return at_most("title", TITLE_MAX);
    }
    if long(&input.category, WORD_MAX) {
        return at_most("category", WORD_MAX);
    }
    if long(&input.source, CONTENT_MAX / 50) {
        return at_most("source", CONTENT_MAX / 50);
    }
    if input.tags.len() > TAGS_MAX || input.tags.iter().any(|tag| tag.chars().count() > WORD_MAX) {
        return Err(Error::invalid(
            "tags",
            format!("must be at most {TAGS_MAX} tags of at most {WORD_MAX} characters"),
        ));
    }
    Ok(())
}

/// A heading for an item that has none.
fn first_words(content: &str) -> String {
    let words: Vec<&str> = content.split_whitespace().take(8).collect();
    words.join(" ").chars().take(80).collect()
}

fn render(knowledge: Knowledge, score: Option<f64>) -> KnowledgeItem {
    let tags = knowledge.metadata.get("tags").and_then(Value::as_array);
    let tags = tags.into_iter().flatten().filter_map(|tag| tag.as_str().map(str::to_owned)).collect();
    KnowledgeItem {
        id: knowledge.knowledge_id,
        agent_id: knowledge.agent_id.to_string(),
        title: Some(knowledge.title),
        category: Some(knowledge.category),
        content: knowledge.content,
        source: knowledge.source,
        tags,
        score,
        created_at: rfc3339(knowledge.created_at),
    }
}
