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
use super::keep::{self, Found, GatheredEvents, Look, Question};
use super::resolve::{Route, plan};
use super::size::Size;
use super::stream::{Begun, begin, interrupted, metered};
use super::{OnBehalf, State, chain, check};
use crate::Error;
use crate::providers::relay::{Meter, with_model};
use crate::providers::{Event, EventStream, Notes, Protocol, ProviderError, RelayCall, Relayed, retell};

/// The request.
pub struct Foreign {
    /// In whose words.
    pub protocol: Protocol,
    /// The model that it names.
    pub model: String,
    /// The temperature that it names.
    pub temperature: Option<f64>,
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
    let keep = match keep::look(state, &routes, Question::Foreign(foreign), behalf).await {
        Look::Kept(found) => {
            let (account, facts) = found.account(state, behalf);
            return Ok((reply_again(&found, foreign, &account), facts));
        }
        Look::Missing(keep) => Some(keep),
        Look::Unkept => None,
    };
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
    let facts = Facts::of(&account, &notes).missing(keep.is_some());
    if let Some(keep) = keep.and_then(|keep| keep.by(&facts)) {
        match &reply {
            Reply::Relayed(bytes) => keep.relayed(state, foreign.protocol, bytes.clone()),
            Reply::Translated(answer) => keep.chat(state, answer),
        }
    }
    Ok((reply, facts))
}

fn reply_again(found: &Found, foreign: &Foreign, account: &Account) -> Reply {
    if account.route().provider.speaks(foreign.protocol) {
        Reply::Relayed(found.relayed())
    } else {
        Reply::Translated(Box::new(found.chat()))
    }
}

/// Asks for an answer in pieces; an error before the first is an ordinary error.
pub async fn open(
    state: &State,
    foreign: &Foreign,
    behalf: &OnBehalf,
) -> Result<(ReplyStream, Facts), Error> {
    let routes = routes(state, foreign)?;
    let keep = match keep::look(state, &routes, Question::Foreign(foreign), behalf).await {
        Look::Kept(found) => {
            let (account, facts) = found.account(state, behalf);
            return Ok((stream_again(&found, foreign, account), facts));
        }
        Look::Missing(keep) => Some(keep),
        Look::Unkept => None,
    };
    let notes = Notes::default();
    let size = Size::of_document(&foreign.body, state.config.output_tokens);
    let won =
        chain::first(state, routes, behalf, &notes, size, |route| pieces(foreign, route, notes.clone()));
    let chain::Won { value, account } = won.await?;
    let facts = Facts::of(&account, &notes).missing(keep.is_some());
    let keep = keep.and_then(|keep| keep.by(&facts));
    let stream = match value {
        Pieces::Relayed(first, rest) => {
            let meter = Meter::new(foreign.protocol);
            let gathered = keep.map(|keep| GatheredEvents::new(state, keep, foreign.protocol));
            let passing = Passing { first: Some(first), rest, meter, gathered, account, over: false };
            ReplyStream::Relayed(passing.stream())
        }
        Pieces::Translated(begun) => ReplyStream::Translated(Box::pin(metered(begun, account, true, keep))),
    };
    Ok((stream, facts))
}

fn stream_again(found: &Found, foreign: &Foreign, account: Account) -> ReplyStream {
    if account.route().provider.speaks(foreign.protocol) {
        let events = retell::events(foreign.protocol, &found.relayed()).unwrap_or_default();
        ReplyStream::Relayed(Box::pin(stream::iter(events.into_iter().map(Ok))))
    } else {
        ReplyStream::Translated(Box::pin(metered(Begun::again(found), account, true, None)))
    }
}

fn routes(state: &State, foreign: &Foreign) -> Result<Vec<Arc<Route>>, Error> {
    check::model(&foreign.model)?;
    plan(state, &foreign.model)
}

async fn whole(foreign: &Foreign, route: Arc<Route>, notes: Notes) -> Result<Reply, Error> {
    if route.provider.speaks(foreign.protocol) {
        return match route
            .provider
            .relay(relayed(path(foreign.protocol), foreign, &route, notes, false)?)
            .await?
        {
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
        return match route
            .provider
            .relay(relayed(path(foreign.protocol), foreign, &route, notes, true)?)
            .await?
        {
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

pub(super) fn translated(foreign: &Foreign, notes: &Notes) -> Result<ChatRequest, Error> {
    let request = (foreign.translate)(&foreign.body, notes)?;
    check::chat(&request)?;
    Ok(request)
}

fn path(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Messages => crate::providers::anthropic::PATH,
        Protocol::Responses => "responses",
    }
}

/// The request as its provider shall see it.
pub(super) fn relayed(
    path: &'static str,
    foreign: &Foreign,
    route: &Route,
    notes: Notes,
    stream: bool,
) -> Result<RelayCall, Error> {
    let body = with_model(&foreign.body, &route.name)
        .ok_or_else(|| Error::field("model", "must be given exactly once"))?;
    Ok(RelayCall { path, body, headers: foreign.headers.clone(), stream, deadline: deadline(), notes })
}

pub(super) fn unasked(route: &Route) -> Error {
    let provider = route.provider_name.clone();
    let why = "sent an answer that cannot be read".to_owned();
    ProviderError::Unavailable { provider, why, retry_after: None }.into()
}

/// Events on their way through.
struct Passing {
    first: Option<Event>,
    rest: EventStream,
    meter: Meter,
    /// What passed, if it is to be kept.
    gathered: Option<GatheredEvents>,
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
                self.gathered.iter_mut().for_each(|gathered| gathered.see(event));
                self.meter.usage().into_iter().for_each(|usage| self.account.used(usage));
            }
            Some(Err(error)) => {
                self.over = true;
                self.account.failed(&error.clone().into());
            }
            None => {
                self.over = true;
                self.account.completed();
                if let Some(gathered) = self.gathered.take() {
                    gathered.keep(self.account.state());
                }
            }
        }
        event
    }
}
