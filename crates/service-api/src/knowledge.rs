//! The knowledge base of the execution API.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something an agent should know.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct KnowledgeInput {
    /// Whose knowledge it is; an alias will do.
    pub agent_id: String,
    /// The text, 1–100,000 characters.
    #[schema(min_length = 1, max_length = 100000)]
    pub content: String,
    /// A heading.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "topic")]
    pub title: Option<String>,
    /// A kind, e.g. `general`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
}

/// A stored item, or a hit.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct KnowledgeItem {
    /// Cite this.
    pub id: String,
    /// Whose knowledge it is.
    pub agent_id: String,
    /// A heading.
    pub title: Option<String>,
    /// A kind.
    pub category: Option<String>,
    /// The text.
    pub content: String,
    /// Where it comes from.
    pub source: Option<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Higher is closer; only in searches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// RFC 3339.
    pub created_at: String,
}

/// `GET /api/v2/knowledge/search`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct KnowledgeHits {
    /// What was asked.
    pub query: String,
    /// Best first.
    pub results: Vec<KnowledgeItem>,
    /// How many are here.
    pub count: usize,
}

/// `GET /api/v2/knowledge/stats/{agent}`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct KnowledgeStats {
    /// Whose.
    pub agent_id: String,
    /// How many items.
    pub total_items: u64,
    /// How many characters.
    pub total_characters: u64,
}
