//! The provider `local`: one thread works on an answer, whoever asked receives its pieces, and nobody listening ends it.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::stream;
use service_api::chat::{ChatAnswer, ChatChunk, ChatMessage, Choice, ChunkChoice, Delta, Role, Usage};
use tokio::sync::mpsc;

use super::model::{Model, Piece};
use super::{CannotOpen, LocalModel, Opened, request};
use crate::providers::{Call, ChunkStream, Embedding, EmbeddingCall, ProviderError, Rejection};

const PROVIDER: &str = "local";

/// The opened models by name.
pub struct Local(BTreeMap<String, Arc<Model>>);

impl Local {
    /// Reads all files; takes as long as that. `None` when no model is asked for.
    pub async fn open(models: &[LocalModel]) -> Result<Option<Self>, CannotOpen> {
        let mut all = BTreeMap::new();
        for model in models {
            all.insert(model.name.clone(), Arc::new(Model::open(model).await?));
        }
        Ok((!all.is_empty()).then_some(Self(all)))
    }

    /// What there is.
    pub fn models(&self) -> Vec<Opened> {
        self.0.iter().map(|(name, model)| model.describe(name)).collect()
    }

    /// The whole answer.
    pub async fn chat(&self, call: Call) -> Result<ChatAnswer, ProviderError> {
        let (model, now) = (call.request.model.clone(), call.now);
        let mut pieces = self.begin(call).await?;
        let (mut text, mut end) = (String::new(), None);
        while let Some(piece) = pieces.recv().await {
            match piece? {
                Piece::Text(more) => text.push_str(&more),
                Piece::End(ended) => end = Some(ended),
            }
        }
        let end = end.ok_or_else(broken_off)?;
        let message = ChatMessage { tool_calls: end.calls, ..ChatMessage::new(Role::Assistant, text) };
        let finish_reason = Some(end.finish);
        Ok(ChatAnswer {
            id: id(now),
            object: "chat.completion".to_owned(),
            created: now,
            model,
            choices: vec![Choice { index: 0, message, finish_reason, extra: Default::default() }],
            usage: Some(end.usage),
            provider: None,
            extra: Default::default(),
        })
    }

    /// The answer as it is written.
    pub async fn stream(&self, call: Call) -> Result<ChunkStream, ProviderError> {
        let frame = ChatChunk {
            id: id(call.now),
            object: "chat.completion.chunk".to_owned(),
            created: call.now,
            model: call.request.model.clone(),
            ..ChatChunk::default()
        };
        let pieces = self.begin(call).await?;
        let state = (pieces, frame, true);
        Ok(Box::pin(stream::unfold(state, |(mut pieces, frame, first)| async move {
            let piece = pieces.recv().await?;
            let chunk = piece.map(|piece| in_frame(&frame, piece, first));
            Some((chunk, (pieces, frame, false)))
        })))
    }

    /// Tokens that the model would read, by its own tokenizer.
    pub fn count(&self, call: &Call) -> Result<u64, ProviderError> {
        let model = self.find(&call.request.model)?;
        model.count(&request::translate(call, model.knows_tools())?)
    }

    /// The vectors of texts.
    pub async fn embed(&self, call: EmbeddingCall) -> Result<Embedding, ProviderError> {
        self.find(&call.model)?.embed(call).await
    }

    async fn begin(&self, call: Call) -> Result<mpsc::Receiver<Result<Piece, ProviderError>>, ProviderError> {
        let model = self.find(&call.request.model)?;
        let asked = request::translate(&call, model.knows_tools())?;
        call.notes.counter().begin();
        model.begin(asked, call.deadline).await
    }

    fn find(&self, name: &str) -> Result<&Arc<Model>, ProviderError> {
        self.0.get(name).ok_or_else(|| ProviderError::Rejected {
            provider: PROVIDER.to_owned(),
            status: 404,
            reason: Rejection::Model,
            code: None,
        })
    }
}

fn id(now: i64) -> String {
    format!("local-{now}")
}

fn broken_off() -> ProviderError {
    ProviderError::unavailable(PROVIDER, "broke off in the middle of an answer")
}

fn in_frame(frame: &ChatChunk, piece: Piece, first: bool) -> ChatChunk {
    let role = first.then_some(Role::Assistant);
    let (delta, finish_reason, usage) = match piece {
        Piece::Text(text) => (Delta { content: Some(text), ..Delta::default() }, None, None::<Usage>),
        Piece::End(end) => {
            let tool_calls =
                end.calls.into_iter().zip(0..).map(crate::providers::retell::chat::whole_call).collect();
            (Delta { tool_calls, ..Delta::default() }, Some(end.finish), Some(end.usage))
        }
    };
    let choice = ChunkChoice { delta: Delta { role, ..delta }, finish_reason, ..ChunkChoice::default() };
    ChatChunk { choices: vec![choice], usage, ..frame.clone() }
}
