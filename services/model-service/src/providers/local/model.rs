//! One opened model: who waits, who works, and how the work reaches whoever asked.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use local_inference::{ChatModel, EmbeddingModel, Error, Finish, split_tool_calls};
use service_api::chat::{FinishReason, ToolCall, Usage};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, timeout_at};

use super::request::Asked;
use super::{CannotOpen, LocalModel, Opened};
use crate::providers::{Embedding, EmbeddingCall, ProviderError, Rejection};

const PROVIDER: &str = "local";
/// Pieces that may wait for a slow reader; then the model waits too.
const PIECES: usize = 64;
/// Callers that may wait for a model; the next is told to come again.
const WAITING_MAX: usize = 64;

/// A model in memory, which works for one caller at a time.
pub struct Model {
    kind: Kind,
    /// One permit for who works.
    turn: Arc<Semaphore>,
    /// A permit for everybody who works or waits.
    room: Arc<Semaphore>,
}

enum Kind {
    Chat(Box<ChatModel>),
    Embedding(Box<EmbeddingModel>),
}

/// A part of an answer.
pub enum Piece {
    /// More text.
    Text(String),
    /// Nothing more comes.
    End(End),
}

/// How an answer ended.
pub struct End {
    pub calls: Vec<ToolCall>,
    pub finish: FinishReason,
    pub usage: Usage,
}

impl Model {
    /// Loads it on a thread of its own. candle panics on some broken files, which is an error like others here.
    pub async fn open(model: &LocalModel) -> Result<Self, CannotOpen> {
        let path = model.path.clone();
        let opening = tokio::task::spawn_blocking(move || {
            if EmbeddingModel::suits(&path) {
                EmbeddingModel::open(&path).map(Box::new).map(Kind::Embedding)
            } else {
                ChatModel::open(&path).map(Box::new).map(Kind::Chat)
            }
        });
        let why = match opening.await {
            Ok(Ok(kind)) => {
                let (turn, room) = (Arc::new(Semaphore::new(1)), Arc::new(Semaphore::new(WAITING_MAX)));
                return Ok(Self { kind, turn, room });
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "its files are broken: the inference engine gave up on them".to_owned(),
        };
        Err(CannotOpen { name: model.name.clone(), why })
    }

    pub fn describe(&self, name: &str) -> Opened {
        let (embeds, context) = match &self.kind {
            Kind::Chat(model) => (false, model.context_tokens()),
            Kind::Embedding(model) => (true, model.context_tokens()),
        };
        let context_tokens = u64::try_from(context).unwrap_or(u64::MAX);
        Opened { name: name.to_owned(), embeds, knows_tools: self.knows_tools(), context_tokens }
    }

    pub fn knows_tools(&self) -> bool {
        matches!(&self.kind, Kind::Chat(model) if model.knows_tools())
    }

    /// Tokens of a conversation, whether the model has room for them or not.
    pub fn count(&self, asked: &Asked) -> Result<u64, ProviderError> {
        let Kind::Chat(chat) = &self.kind else { return Err(not_made_for("chat")) };
        let tokens = match chat.prompt(&asked.conversation) {
            Ok(prompt) => prompt.len(),
            Err(Error::TooLong { tokens, .. }) => tokens,
            Err(error) => return Err(failure(error)),
        };
        Ok(u64::try_from(tokens).unwrap_or(u64::MAX))
    }

    /// Begins an answer as soon as it is this caller's turn. Dropping the receiver ends it.
    pub async fn begin(
        self: &Arc<Self>,
        asked: Asked,
        deadline: Option<Instant>,
    ) -> Result<mpsc::Receiver<Result<Piece, ProviderError>>, ProviderError> {
        let Kind::Chat(chat) = &self.kind else { return Err(not_made_for("chat")) };
        let prompt = chat.prompt(&asked.conversation).map_err(failure)?;
        let turn = self.my_turn(deadline).await?;
        let (sender, receiver) = mpsc::channel(PIECES);
        let model = self.clone();
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let Kind::Chat(chat) = &model.kind else { return };
            let work = AssertUnwindSafe(|| write(chat, &prompt, &asked, deadline, &sender));
            let end = catch_unwind(work).unwrap_or_else(|_| Err(failure(Error::Engine("panic".to_owned()))));
            // Whoever is gone need not be told.
            let _ = sender.blocking_send(end.map(Piece::End));
        });
        Ok(receiver)
    }

    /// The vectors of texts, as soon as it is this caller's turn. Dropping the future ends the work.
    pub async fn embed(self: &Arc<Self>, call: EmbeddingCall) -> Result<Embedding, ProviderError> {
        let Kind::Embedding(embedding) = &self.kind else { return Err(not_made_for("embeddings")) };
        if call.dimensions.is_some_and(|wished| wished as usize != embedding.dimensions()) {
            let what = format!("its vectors have {} dimensions, no other number", embedding.dimensions());
            return Err(ProviderError::NotCarried { provider: PROVIDER.to_owned(), what });
        }
        let turn = self.my_turn(call.deadline).await?;
        let wanted = Wanted::default();
        let (model, still) = (self.clone(), wanted.0.clone());
        let work = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let Kind::Embedding(embedding) = &model.kind else { return Err(not_made_for("embeddings")) };
            let wanted =
                || still.load(Ordering::Relaxed) && call.deadline.is_none_or(|at| Instant::now() < at);
            embedding.embed(&call.input, wanted).map_err(failure)
        });
        let made = work.await.unwrap_or_else(|_| Err(failure(Error::Engine("panic".to_owned()))))?;
        let tokens = u64::try_from(made.tokens).unwrap_or(u64::MAX);
        Ok(Embedding { vectors: made.vectors, tokens })
    }

    async fn my_turn(&self, deadline: Option<Instant>) -> Result<Turn, ProviderError> {
        let busy = || ProviderError::RateLimited { provider: PROVIDER.to_owned(), retry_after: None };
        let room = self.room.clone().try_acquire_owned().map_err(|_| busy())?;
        let turn = self.turn.clone().acquire_owned();
        let turn = match deadline {
            Some(deadline) => timeout_at(deadline, turn).await.map_err(|_| too_late())?,
            None => turn.await,
        };
        Ok(Turn { _turn: turn.map_err(|_| busy())?, _room: room })
    }
}

struct Turn {
    _turn: OwnedSemaphorePermit,
    _room: OwnedSemaphorePermit,
}

/// True until it is dropped.
struct Wanted(Arc<AtomicBool>);

impl Default for Wanted {
    fn default() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }
}

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// Calls of tools are told at the end, so text is held back while they are possible.
fn write(
    chat: &ChatModel,
    prompt: &[u32],
    asked: &Asked,
    deadline: Option<Instant>,
    sender: &mpsc::Sender<Result<Piece, ProviderError>>,
) -> Result<End, ProviderError> {
    let (mut held, mut late) = (String::new(), false);
    let finished = chat.answer(prompt, &asked.sampling, |text| {
        late = deadline.is_some_and(|at| Instant::now() >= at);
        if late || sender.is_closed() {
            return ControlFlow::Break(());
        }
        match text {
            "" => ControlFlow::Continue(()),
            text if asked.tools => {
                held.push_str(text);
                ControlFlow::Continue(())
            }
            text => match sender.blocking_send(Ok(Piece::Text(text.to_owned()))) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            },
        }
    });
    let finished = finished.map_err(failure)?;
    if late {
        return Err(too_late());
    }
    let (text, calls) = if asked.tools { split_tool_calls(&held) } else { Default::default() };
    if !text.is_empty() {
        let _ = sender.blocking_send(Ok(Piece::Text(text)));
    }
    let numbered = calls.iter().zip(1..);
    let calls: Vec<_> =
        numbered.map(|(call, n)| ToolCall::new(format!("call_{n}"), call.name(), call.arguments())).collect();
    let finish = match finished.finish {
        Finish::Length => FinishReason::Length,
        _ if !calls.is_empty() => FinishReason::ToolCalls,
        _ => FinishReason::Stop,
    };
    Ok(End { calls, finish, usage: Usage::new(finished.prompt_tokens as u64, finished.answer_tokens as u64) })
}

fn not_made_for(what: &str) -> ProviderError {
    ProviderError::NotCarried {
        provider: PROVIDER.to_owned(),
        what: format!("the model is not made for {what}; choose another model"),
    }
}

fn too_late() -> ProviderError {
    ProviderError::unavailable(PROVIDER, "did not finish before the deadline")
}

/// Paths and the engine's own words stay here.
fn failure(error: Error) -> ProviderError {
    match error {
        Error::TooLong { .. } => ProviderError::Rejected {
            provider: PROVIDER.to_owned(),
            status: 400,
            reason: Rejection::TooLong,
            code: None,
        },
        Error::Template(why) => ProviderError::NotCarried { provider: PROVIDER.to_owned(), what: why },
        other => {
            tracing::error!(error = %other, "a local model failed");
            ProviderError::unavailable(PROVIDER, "failed inside its inference engine")
        }
    }
}
