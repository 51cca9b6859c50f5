//! One thought, piece by piece. Whatever ends the stream, the call is entered in the books.

use futures::{Stream, StreamExt, stream};
use service_api::chat::{ChatChunk, ChatRequest, Usage};
use task_model::MicroUsd;

use super::account::Account;
use super::ask::{Facts, call, priced};
use super::keep::{self, Found, GatheredChat, Keep, Look, Question};
use super::resolve::plan;
use super::size::Size;
use super::{OnBehalf, State, chain, check};
use crate::Error;
use crate::providers::{ChunkStream, Notes, ProviderError, retell};

/// Asks the model; an error before the first piece is an ordinary error.
pub async fn open(
    state: &State,
    request: ChatRequest,
    behalf: OnBehalf,
) -> Result<(Facts, impl Stream<Item = Result<ChatChunk, ProviderError>> + Send + use<>), Error> {
    check::chat(&request)?;
    let routes = plan(state, &request.model)?;
    let wants_usage = request.stream_options.is_some_and(|options| options.include_usage);
    let keep = match keep::look(state, &routes, Question::Chat(&request), &behalf).await {
        Look::Kept(found) => {
            let (account, facts) = found.account(state, &behalf);
            return Ok((facts, metered(Begun::again(&found), account, wants_usage, None)));
        }
        Look::Missing(keep) => Some(keep),
        Look::Unkept => None,
    };
    let notes = Notes::default();
    let size = Size::of_chat(&request, state.config.output_tokens);
    let won = chain::first(state, routes, &behalf, &notes, size, |route| {
        let call = call(request.clone(), &route, &notes);
        async move { begin(route.provider.stream(call).await?).await }
    });
    let chain::Won { value, account } = won.await?;
    let facts = Facts::of(&account, &notes).missing(keep.is_some());
    let keep = keep.and_then(|keep| keep.by(&facts));
    Ok((facts, metered(value, account, wants_usage, keep)))
}

/// A stream whose first piece is there: until then the call may still go elsewhere.
pub struct Begun {
    first: Option<ChatChunk>,
    rest: ChunkStream,
}

impl Begun {
    /// The pieces of an answer that was kept.
    pub fn again(found: &Found) -> Self {
        let chunks = retell::chat::pieces(found.chat()).into_iter().map(Ok);
        Self { first: None, rest: Box::pin(stream::iter(chunks)) }
    }
}

/// Waits for the first piece.
pub async fn begin(mut chunks: ChunkStream) -> Result<Begun, Error> {
    let first = chunks.next().await.transpose()?;
    Ok(Begun { first, rest: chunks })
}

/// The stream with its account: usage comes last, and only when it was asked for.
pub fn metered(
    begun: Begun,
    account: Account,
    wants_usage: bool,
    keep: Option<Keep>,
) -> impl Stream<Item = Result<ChatChunk, ProviderError>> + Send + use<> {
    let gathered = keep.map(|keep| GatheredChat::new(account.state(), keep));
    let metered = Metered { begun, account, wants_usage, gathered, last: None, over: false };
    stream::unfold(metered, |mut metered| async move { Some((metered.next().await?, metered)) })
}

struct Metered {
    begun: Begun,
    account: Account,
    wants_usage: bool,
    /// What passed, if it is to be kept.
    gathered: Option<GatheredChat>,
    /// The newest piece without its content: the form of the one that tells the usage.
    last: Option<ChatChunk>,
    over: bool,
}

impl Metered {
    async fn next(&mut self) -> Option<Result<ChatChunk, ProviderError>> {
        let mut stopping = self.account.state().stopping.subscribe();
        while !self.over {
            let chunk = match self.begun.first.take() {
                Some(first) => Some(Ok(first)),
                None => tokio::select! {
                    chunk = self.begun.rest.next() => chunk,
                    _ = stopping.wait_for(|stop| *stop) => Some(Err(interrupted(&self.account))),
                },
            };
            match chunk {
                Some(Ok(chunk)) => {
                    if let Some(chunk) = self.pass(chunk) {
                        return Some(Ok(chunk));
                    }
                }
                Some(Err(error)) => {
                    self.over = true;
                    self.account.failed(&error.clone().into());
                    return Some(Err(error));
                }
                None => {
                    self.over = true;
                    self.account.completed();
                    if let Some(gathered) = self.gathered.take() {
                        gathered.keep(self.account.state(), |answer| priced(answer, &self.account));
                    }
                    return self.usage_piece().map(Ok);
                }
            }
        }
        None
    }

    /// Keeps the usage for the end, where OpenAI's clients expect it.
    fn pass(&mut self, mut chunk: ChatChunk) -> Option<ChatChunk> {
        if let Some(gathered) = &mut self.gathered {
            gathered.see(&chunk);
        }
        if let Some(usage) = chunk.usage.take() {
            self.account.used(usage);
        }
        if chunk.choices.is_empty() {
            self.last = Some(chunk);
            return None;
        }
        if self.last.is_none() {
            self.last = Some(ChatChunk { choices: Vec::new(), extra: Default::default(), ..chunk.clone() });
        }
        Some(chunk)
    }

    fn usage_piece(&mut self) -> Option<ChatChunk> {
        let usage = self.account.usage().cloned().filter(|_| self.wants_usage)?;
        let cost_usd = self.account.spent().cost.map(MicroUsd::as_usd);
        Some(ChatChunk { usage: Some(Usage { cost_usd, ..usage }), ..self.last.take().unwrap_or_default() })
    }
}

/// What a stream ends with when this service stops.
pub fn interrupted(account: &Account) -> ProviderError {
    ProviderError::Unavailable {
        provider: account.route().provider_name.clone(),
        why: "was interrupted because this service stops".to_owned(),
        retry_after: None,
    }
}
