//! One thought, piece by piece. Whatever ends the stream, the call is entered in the books.

use std::time::Instant;

use futures::{Stream, StreamExt, stream};
use service_api::chat::{ChatChunk, ChatRequest, Usage};
use task_model::MicroUsd;

use super::ask::{Facts, call, spent, told};
use super::resolve::{Route, resolve};
use super::{OnBehalf, State, check};
use crate::Error;
use crate::providers::{ChunkStream, ProviderError};

/// Asks the model; an error before the first piece is an ordinary error.
pub async fn open(
    state: &State,
    request: ChatRequest,
    behalf: OnBehalf,
) -> Result<(Facts, impl Stream<Item = Result<ChatChunk, ProviderError>> + Send + use<>), Error> {
    check::chat(&request)?;
    let route = resolve(state, &request.model)?;
    let wants_usage = request.stream_options.is_some_and(|options| options.include_usage);
    let facts = Facts::of(&route, None);
    let mut account = Account::open(state.clone(), route.clone(), behalf);
    match route.provider.stream(call(request, &route)).await {
        Ok(chunks) => {
            let metered = Metered { chunks, account, wants_usage, last: None, over: false };
            Ok((
                facts,
                stream::unfold(metered, |mut metered| async move { Some((metered.next().await?, metered)) }),
            ))
        }
        Err(error) => {
            account.error_code = Some(error.code());
            told(&error, &route);
            Err(error.into())
        }
    }
}

struct Metered {
    chunks: ChunkStream,
    account: Account,
    wants_usage: bool,
    /// The newest piece without its content: the form of the one that tells the usage.
    last: Option<ChatChunk>,
    over: bool,
}

impl Metered {
    async fn next(&mut self) -> Option<Result<ChatChunk, ProviderError>> {
        let mut stopping = self.account.state.stopping.subscribe();
        while !self.over {
            let chunk = tokio::select! {
                chunk = self.chunks.next() => chunk,
                _ = stopping.wait_for(|stop| *stop) => Some(Err(self.account.interrupted())),
            };
            match chunk {
                Some(Ok(chunk)) => {
                    if let Some(chunk) = self.pass(chunk) {
                        return Some(Ok(chunk));
                    }
                }
                Some(Err(error)) => {
                    self.over = true;
                    self.account.error_code = Some(error.code());
                    told(&error, &self.account.route);
                    return Some(Err(error));
                }
                None => {
                    self.over = true;
                    self.account.error_code = None;
                    return self.usage_piece().map(Ok);
                }
            }
        }
        None
    }

    /// Keeps the usage for the end, where OpenAI's clients expect it.
    fn pass(&mut self, mut chunk: ChatChunk) -> Option<ChatChunk> {
        if let Some(usage) = chunk.usage.take() {
            self.account.usage = Some(usage);
        }
        let empty = chunk.choices.is_empty();
        self.last = Some(ChatChunk { choices: Vec::new(), extra: Default::default(), ..chunk.clone() });
        (!empty).then_some(chunk)
    }

    fn usage_piece(&mut self) -> Option<ChatChunk> {
        let usage = self.account.usage.clone().filter(|_| self.wants_usage)?;
        let cost_usd = spent(Some(&usage), self.account.route.price).cost.map(MicroUsd::as_usd);
        Some(ChatChunk { usage: Some(Usage { cost_usd, ..usage }), ..self.last.take().unwrap_or_default() })
    }
}

/// Enters the call when it is dropped: at the end, after an error, or because the caller went away.
struct Account {
    state: State,
    route: Route,
    behalf: OnBehalf,
    started: Instant,
    usage: Option<Usage>,
    error_code: Option<&'static str>,
}

impl Account {
    fn open(state: State, route: Route, behalf: OnBehalf) -> Self {
        // Until the end is seen, the caller is the one who ended it.
        let error_code = Some("CALLER_GONE");
        Self { state, route, behalf, started: Instant::now(), usage: None, error_code }
    }

    fn interrupted(&self) -> ProviderError {
        ProviderError::Unavailable {
            provider: self.route.provider_name.clone(),
            why: "was interrupted because this service stops".to_owned(),
            retry_after: None,
        }
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        let spent = spent(self.usage.as_ref(), self.route.price);
        self.state.books.enter(&self.route, &self.behalf, self.started, spent, self.error_code);
    }
}
