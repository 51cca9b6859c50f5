//! One event in, at most one chunk out. Knows nothing of connections.

use serde::Deserialize;
use service_api::chat::{ChatChunk, ChunkChoice, Delta, FinishReason, FunctionDelta, Role, ToolCallDelta};

use super::super::answer::{JSON_TOOL, finish_reason, usage};
use super::super::wire::Tokens;

/// What an event comes to.
pub enum Step {
    /// A piece for the caller.
    Chunk(Box<ChatChunk>),
    /// Nothing to tell.
    Nothing,
    /// The answer is complete.
    End,
    /// The provider reports an error.
    Error,
    /// It is no event of this protocol.
    Unreadable,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Wire {
    MessageStart {
        message: Start,
    },
    ContentBlockStart {
        content_block: Opened,
    },
    ContentBlockDelta {
        delta: Added,
    },
    MessageDelta {
        delta: Ended,
        #[serde(default)]
        usage: Tokens,
    },
    MessageStop,
    Error,
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Start {
    id: String,
    model: String,
    #[serde(default)]
    usage: Tokens,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Opened {
    Text {
        #[serde(default)]
        text: String,
    },
    ToolUse {
        id: String,
        name: String,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Added {
    TextDelta {
        text: String,
    },
    InputJsonDelta {
        partial_json: String,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Ended {
    #[serde(default)]
    stop_reason: Option<String>,
}

/// What must be remembered from event to event.
pub struct Translation {
    base: ChatChunk,
    tokens: Tokens,
    /// Calls begun so far; the one being written is the last.
    calls: u32,
    /// Whether the arguments that come now are the answer itself.
    in_json: bool,
}

impl Translation {
    /// At the beginning of a stream; this protocol tells no time, so `now` (Unix seconds) is taken.
    pub fn new(now: i64) -> Self {
        let base =
            ChatChunk { object: "chat.completion.chunk".to_owned(), created: now, ..ChatChunk::default() };
        Self { base, tokens: Tokens::default(), calls: 0, in_json: false }
    }

    /// Takes one event.
    pub fn step(&mut self, data: &str) -> Step {
        let Ok(event) = serde_json::from_str::<Wire>(data) else { return Step::Unreadable };
        match event {
            Wire::MessageStart { message } => self.start(message),
            Wire::ContentBlockStart { content_block } => self.open(content_block),
            Wire::ContentBlockDelta { delta } => self.add(delta),
            Wire::MessageDelta { delta, usage } => self.end(delta, &usage),
            Wire::MessageStop => Step::End,
            Wire::Error => Step::Error,
            Wire::Other => Step::Nothing,
        }
    }

    fn start(&mut self, message: Start) -> Step {
        self.base.id = message.id;
        self.base.model = message.model;
        self.tokens = message.usage;
        let content = Some(String::new());
        self.chunk(Delta { role: Some(Role::Assistant), content, ..Delta::default() }, None)
    }

    fn open(&mut self, block: Opened) -> Step {
        match block {
            Opened::Text { text } if text.is_empty() => Step::Nothing,
            Opened::Text { text } => self.chunk(Delta { content: Some(text), ..Delta::default() }, None),
            Opened::ToolUse { name, .. } if name == JSON_TOOL => {
                self.in_json = true;
                Step::Nothing
            }
            Opened::ToolUse { id, name } => {
                self.calls += 1;
                let function = FunctionDelta { name: Some(name), arguments: Some(String::new()) };
                self.call(ToolCallDelta {
                    id: Some(id),
                    kind: Some("function".to_owned()),
                    function: Some(function),
                    ..ToolCallDelta::default()
                })
            }
            Opened::Other => Step::Nothing,
        }
    }

    fn add(&mut self, delta: Added) -> Step {
        match delta {
            Added::TextDelta { text } => self.chunk(Delta { content: Some(text), ..Delta::default() }, None),
            Added::InputJsonDelta { partial_json } if self.in_json => {
                self.chunk(Delta { content: Some(partial_json), ..Delta::default() }, None)
            }
            Added::InputJsonDelta { partial_json } => {
                let function = FunctionDelta { name: None, arguments: Some(partial_json) };
                self.call(ToolCallDelta { function: Some(function), ..ToolCallDelta::default() })
            }
            Added::Other => Step::Nothing,
        }
    }

    /// The counts of the last event are totals; those of the prompt may stand in the first one only.
    fn end(&mut self, delta: Ended, usage_now: &Tokens) -> Step {
        self.tokens.output_tokens = usage_now.output_tokens;
        self.tokens.input_tokens = self.tokens.input_tokens.max(usage_now.input_tokens);
        let reason = delta.stop_reason.as_deref().map(|word| finish_reason(word, self.in_json));
        let Step::Chunk(mut chunk) = self.chunk(Delta::default(), reason) else { return Step::Nothing };
        chunk.usage = Some(usage(&self.tokens));
        Step::Chunk(chunk)
    }

    fn call(&self, call: ToolCallDelta) -> Step {
        let call = ToolCallDelta { index: self.calls.saturating_sub(1), ..call };
        self.chunk(Delta { tool_calls: vec![call], ..Delta::default() }, None)
    }

    fn chunk(&self, delta: Delta, finish_reason: Option<FinishReason>) -> Step {
        let choice = ChunkChoice { index: 0, delta, finish_reason, ..ChunkChoice::default() };
        Step::Chunk(Box::new(ChatChunk { choices: vec![choice], ..self.base.clone() }))
    }
}
