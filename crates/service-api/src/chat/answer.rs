//! What a model answers.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ChatMessage, Extra};

/// The next message of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChatAnswer {
    /// The provider's name for this answer.
    #[serde(default)]
    pub id: String,
    /// Always `chat.completion`.
    #[serde(default = "completion_word")]
    pub object: String,
    /// Unix seconds.
    #[serde(default)]
    pub created: i64,
    /// The model that answered, by the provider's name for it.
    #[serde(default)]
    pub model: String,
    /// The answers; one, unless more were asked for.
    pub choices: Vec<Choice>,
    /// Tokens used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// Our addition: the configured provider that answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Anything else.
    #[serde(flatten)]
    #[schema(ignore)]
    pub extra: Extra,
}

impl ChatAnswer {
    /// The first choice's message, if there is one.
    pub fn message(&self) -> Option<&ChatMessage> {
        self.choices.first().map(|choice| &choice.message)
    }
}

/// One of the answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Choice {
    /// Its place among them.
    #[serde(default)]
    pub index: u32,
    /// The message.
    pub message: ChatMessage,
    /// Why the model stopped.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub finish_reason: Option<FinishReason>,
    /// Anything else.
    #[serde(flatten)]
    #[schema(ignore)]
    pub extra: Extra,
}

/// Why the model stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// It had said all.
    Stop,
    /// It reached the limit of tokens.
    Length,
    /// It waits for the tools that it called.
    ToolCalls,
    /// The provider withheld the rest.
    ContentFilter,
    /// A provider's own word.
    #[serde(untagged)]
    Other(String),
}

/// Tokens and money of one call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Usage {
    /// Tokens read.
    #[serde(default)]
    pub prompt_tokens: u64,
    /// Tokens written.
    #[serde(default)]
    pub completion_tokens: u64,
    /// Both.
    #[serde(default)]
    pub total_tokens: u64,
    /// Our addition: dollars by the registry's prices; absent when no price is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
    /// Details that providers add.
    #[serde(flatten)]
    #[schema(ignore)]
    pub extra: Extra,
}

impl Usage {
    /// Tokens read and written.
    pub fn new(prompt_tokens: u64, completion_tokens: u64) -> Self {
        let total_tokens = prompt_tokens.saturating_add(completion_tokens);
        Self { prompt_tokens, completion_tokens, total_tokens, ..Self::default() }
    }
}

fn completion_word() -> String {
    "chat.completion".to_owned()
}
