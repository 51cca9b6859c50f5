//! Knowledge and memory.

use serde_json::Value;
use task_model::{AgentId, Micros, TaskId};

/// Something an agent knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Knowledge {
    /// Its identity.
    pub knowledge_id: String,
    /// Whose it is.
    pub agent_id: AgentId,
    /// A line.
    pub title: String,
    /// The text.
    pub content: String,
    /// Where it came from.
    pub source: Option<String>,
    /// A word.
    pub category: String,
    /// Anything else.
    pub metadata: Value,
    /// When it was added.
    pub created_at: Micros,
}

/// An answer to a search.
#[derive(Debug, Clone, PartialEq)]
pub struct KnowledgeHit {
    /// What was found.
    pub knowledge: Knowledge,
    /// Greater is better; comparable only within one search.
    pub score: f64,
}

/// How much an agent knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnowledgeStats {
    /// Entries.
    pub entries: i64,
    /// Their texts, in bytes.
    pub bytes: i64,
    /// Entries by category.
    pub categories: Vec<(String, i64)>,
    /// The last addition.
    pub latest_at: Option<Micros>,
}

/// Something an agent remembers.
#[derive(Debug, Clone, PartialEq)]
pub struct Memory {
    /// Its identity.
    pub memory_id: String,
    /// Whose it is.
    pub agent_id: AgentId,
    /// `working`, `episodic`, `semantic` or `procedural`.
    pub kind: String,
    /// The text.
    pub content: String,
    /// From 0 to 1.
    pub importance: f64,
    /// The task it comes from.
    pub task_id: Option<TaskId>,
    /// When it was added.
    pub created_at: Micros,
    /// When it is forgotten.
    pub expires_at: Option<Micros>,
}

/// How much is remembered: entries by agent and kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryStats {
    /// Agent, kind, entries.
    pub counts: Vec<(AgentId, String, i64)>,
}
