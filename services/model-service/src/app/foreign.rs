//! A request in the words of Anthropic's Messages or OpenAI's Responses: handed on as it is to providers that speak them, so that
//! nothing is lost; translated for all others.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use http::HeaderMap;
use service_api::chat::{ChatAnswer, ChatChunk, ChatRequest};

use super::account::Account;
use super::ask::{Facts, call, deadline, settle};
use super::resolve::{Route, plan};
use super::size::Size;
use super::stream::{Begun, begin, interrupted, metered};
use super::{OnBehalf, State, chain, check};
use crate::Error;
use crate::providers::relay::{Meter, with_model};
use crate::providers::{Event, EventStream, Notes, Protocol, ProviderError, RelayCall, Relayed};

/// The request.
pub struct Foreign {
    /// In whose words.
    pub protocol: Protocol,
    /// The model that it names.
    pub model: String,
    /// The body as it came.
    pub body: Bytes,
    /// Headers that belong to the protocol.
    pub headers: HeaderMap,
    /// Turns the body into a chat request, and notes what is lost.
    pub translate: fn(&[u8], &Notes) -> Result<ChatRequest, Error>,
}

/// A whole answer.
pub enum Reply {
    /// In the provider's own words, which are the caller's.
    Relayed(Bytes),
    /// To be translated back.
    Translated(Box<ChatAnswer>),
}

/// An answer that comes in pieces.
pub enum ReplyStream {
    /// In the provider's own words, which are the caller's.
    Relayed(EventStream),
    /// To be translated back.
    Translated(Pin<Box<dyn Stream<Item = Result<ChatChunk, ProviderError>> + Send>>),
}

/// Asks for a whole answer.
pub async fn ask(state: &State, foreign: &Foreign, behalf: &OnBehalf) -> Result<(Reply, Facts), Error> {
    let routes = routes(state, foreign)?;
    let notes = Notes::default();
    let size = Size::of_document(&foreign.body, state.config.output_tokens);
    let won = chain::first(state, routes, behalf, &notes, size, |route| whole(foreign, route, notes.clone()));
    let chain::Won { value, mut account } = won.await?;
    let reply = match value {
        Reply::Relayed(bytes) => {
            let mut meter = Meter::new(foreign.protocol);
            meter.see(&bytes);
            meter.usage().into_iter().for_each(|usage| account.used(usage));
            account.completed();
            Reply::Relayed(bytes)
        }
        Reply::Translated(answer) => Reply::Translated(Box::new(settle(*answer, &mut account))),
    };
    Ok((reply, Facts::of(&account, &notes)))
}

/// Asks for an answer in pieces; an error before the first is an ordinary error.
pub async fn open(
    state: &State,
    foreign: &Foreign,
    behalf: &OnBehalf,
) -> Result<(ReplyStream, Facts), Error> {
    let routes = routes(state, foreign)?;
    let notes = Notes::default();
    let size = Size::of_document(&foreign.body, state.config.output_tokens);
    let won =
        chain::first(state, routes, behalf, &notes, size, |route| pieces(foreign, route, notes.clone()));
    let chain::Won { value, account } = won.await?;
    let facts = Facts::of(&account, &notes);
    let stream = match value {
        Pieces::Relayed(first, rest) => {
            let meter = Meter::new(foreign.protocol);
            ReplyStream::Relayed(Passing { first: Some(first), rest, meter, account, over: false }.stream())
        }
        Pieces::Translated(begun) => ReplyStream::Translated(Box::pin(metered(begun, account, true))),
    };
    Ok((stream, facts))
}

fn routes(state: &State, foreign: &Foreign) -> Result<Vec<Arc<Route>>, Error> {
    check::model(&foreign.model)?;
    plan(state, &foreign.model)
}

async fn whole(foreign: &Foreign, route: Arc<Route>, notes: Notes) -> Result<Reply, Error> {
    if route.provider.speaks(foreign.protocol) {
        return match route.provider.relay(relayed(foreign, &route, notes, false)?).await? {
            Relayed::Whole(bytes) => Ok(Reply::Relayed(bytes)),
            Relayed::Events(_) => Err(unasked(&route)),
        };
    }
    let request = translated(foreign, &notes)?;
    let answer = route.provider.chat(call(request, &route, &notes)).await?;
    Ok(Reply::Translated(Box::new(answer)))
}

enum Pieces {
    Relayed(Event, EventStream),
    Translated(Begun),
}

async fn pieces(foreign: &Foreign, route: Arc<Route>, notes: Notes) -> Result<Pieces, Error> {
    if route.provider.speaks(foreign.protocol) {
        return match route.provider.relay(relayed(foreign, &route, notes, true)?).await? {
            Relayed::Events(mut events) => match events.next().await.transpose()? {
                Some(first) => Ok(Pieces::Relayed(first, events)),
                None => Err(unasked(&route)),
            },
            Relayed::Whole(_) => Err(unasked(&route)),
        };
    }
    let request = translated(foreign, &notes)?;
    Ok(Pieces::Translated(begin(route.provider.stream(call(request, &route, &notes)).await?).await?))
}

fn translated(foreign: &Foreign, notes: &Notes) -> Result<ChatRequest, Error> {
    let request = (foreign.translate)(&foreign.body, notes)?;
    check::chat(&request)?;
    Ok(request)
}

fn relayed(foreign: &Foreign, route: &Route, notes: Notes, stream: bool) -> Result<RelayCall, Error> {
    let path = match foreign.protocol {
        Protocol::Messages => crate::providers::anthropic::PATH,
        Protocol::Responses => "responses",
    };
    let body = with_model(&foreign.body, &route.name)
        .ok_or_else(|| Error::field("model", "must be given exactly once"))?;
    Ok(RelayCall { path, body, headers: foreign.headers.clone(), stream, deadline: deadline(), notes })
}

fn unasked(route: &Route) -> Error {
    let provider = route.provider_name.clone();
    let why = "sent an answer that cannot be read".to_owned();
    ProviderError::Unavailable { provider, why, retry_after: None }.into()
}

/// Events on their way through.
struct Passing {
    first: Option<Event>,
    rest: EventStream,
    meter: Meter,
    account: Account,
    over: bool,
}

impl Passing {
    fn stream(self) -> EventStream {
        Box::pin(stream::unfold(self, |mut passing| async move {
            let next = passing.next().await?;
            Some((next, passing))
        }))
    }

    async fn next(&mut self) -> Option<Result<Event, ProviderError>> {
        if self.over {
            return None;
        }
        let mut stopping = self.account.state().stopping.subscribe();
        let event = match self.first.take() {
            Some(first) => Some(Ok(first)),
            None => tokio::select! {
                event = self.rest.next() => event,
                _ = stopping.wait_for(|stop| *stop) => Some(Err(interrupted(&self.account))),
            },
        };
        match &event {
            Some(Ok(event)) => {
                self.meter.see(event.data.as_bytes());
                self.meter.usage().into_iter().for_each(|usage| self.account.used(usage));
            }
            Some(Err(error)) => {
                self.over = true;
                self.account.failed(&error.clone().into());
            }
            None => {
                self.over = true;
                self.account.completed();
            }
        }
        event
    }
}
