//! A peer: its endpoints, the key we show it, and how its answers are read.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use http::{HeaderValue, Method, StatusCode, header};
use resilient_http::{BreakerOptions, Client, Endpoint, Request, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use service_api::problem::Problem;
use url::Url;

use crate::{Call, Error};

/// The largest answer a peer may give.
const ANSWER_LIMIT: usize = 32 * 1024 * 1024;

/// What all peers of one process share: connections, the key, the breakers' settings.
#[derive(Debug, Clone)]
pub struct Connector {
    client: Client,
    key: Option<SecretString>,
    breaker: BreakerOptions,
}

impl Connector {
    /// `key` is shown to every peer as a bearer token.
    pub fn new(client: Client, key: Option<SecretString>, breaker: BreakerOptions) -> Self {
        Self { client, key, breaker }
    }

    /// A connector with the usual settings.
    pub fn usual(key: Option<SecretString>) -> Result<Self, resilient_http::Error> {
        let client = Client::new(&resilient_http::ClientOptions::default())?;
        Ok(Self::new(client, key, BreakerOptions::default()))
    }

    /// A peer with one base URL.
    pub(crate) fn peer(&self, name: &'static str, base: &Url) -> Peer {
        Peer { name, connector: self.clone(), endpoint: self.endpoint(name, base) }
    }

    pub(crate) fn endpoint(&self, name: &str, base: &Url) -> Arc<Endpoint> {
        Arc::new(Endpoint::new(name, base.clone(), self.breaker))
    }
}

/// An endpoint as health answers show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerState {
    /// The name of the endpoint.
    pub endpoint: String,
    /// `closed`, `open` or `half_open`.
    pub breaker: &'static str,
}

#[derive(Debug, Clone)]
pub(crate) struct Peer {
    name: &'static str,
    connector: Connector,
    endpoint: Arc<Endpoint>,
}

impl Peer {
    pub(crate) fn state(&self) -> PeerState {
        state_of(&self.endpoint)
    }

    pub(crate) fn base(&self) -> &Url {
        self.endpoint.base()
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str, call: &Call) -> Result<T, Error> {
        self.read(self.ask(Request::new(Method::GET, path, call.within), call).await?).await
    }

    /// Sends a body; `repeatable` says that the receiver recognises a repetition.
    pub(crate) async fn send<B: Serialize, T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &B,
        repeatable: bool,
        call: &Call,
    ) -> Result<T, Error> {
        let request = self.with_body(Request::new(method, path, call.within), body)?;
        let request = if repeatable { request.repeatable() } else { request };
        self.read(self.ask(request, call).await?).await
    }

    pub(crate) fn with_body<B: Serialize>(&self, request: Request, body: &B) -> Result<Request, Error> {
        let body = serde_json::to_vec(body).map_err(|error| self.unreadable(&error))?;
        Ok(request.json(body))
    }

    /// Sends to this peer's own endpoint.
    pub(crate) async fn ask(&self, request: Request, call: &Call) -> Result<Response, Error> {
        self.ask_any(std::slice::from_ref(&self.endpoint), request, call).await
    }

    /// Sends to the first of `endpoints` that will take it.
    pub(crate) async fn ask_any(
        &self,
        endpoints: &[Arc<Endpoint>],
        request: Request,
        call: &Call,
    ) -> Result<Response, Error> {
        let headers = call.headers.iter().map(|(name, value)| (name.clone(), value.clone()));
        let mut request = request.headers(headers).rounds(call.rounds);
        if let Some(bearer) = self.bearer() {
            request = request.header(header::AUTHORIZATION, bearer);
        }
        self.connector.client.send(endpoints, &request).await.map_err(|source| self.broke(source))
    }

    /// Reads a 2xx as `T` and everything else as a problem.
    pub(crate) async fn read<T: DeserializeOwned>(&self, response: Response) -> Result<T, Error> {
        let body = self.bytes(self.opened(response).await?).await?;
        serde_json::from_slice(&body).map_err(|error| self.unreadable(&error))
    }

    /// A 2xx, still unread; everything else is a problem.
    pub(crate) async fn opened(&self, response: Response) -> Result<Response, Error> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let retry_after = retry_after(&response);
        let body = self.bytes(response).await?;
        Err(self.problem(status, retry_after, &body))
    }

    /// The whole of an answer.
    pub(crate) async fn bytes(&self, response: Response) -> Result<Bytes, Error> {
        response.bytes(ANSWER_LIMIT).await.map_err(|source| self.broke(source))
    }

    /// The answer as it arrives, for one that may be of any length.
    pub(crate) fn pieces(
        &self,
        response: Response,
    ) -> impl Stream<Item = Result<Bytes, Error>> + Send + use<> {
        let peer = self.clone();
        response.stream().map(move |piece| piece.map_err(|source| peer.broke(source)))
    }

    fn broke(&self, source: resilient_http::Error) -> Error {
        Error::Unavailable { peer: self.name.into(), retry_after: None, problem: None, source: Some(source) }
    }

    fn problem(&self, status: StatusCode, retry_after: Option<Duration>, body: &Bytes) -> Error {
        let problem = serde_json::from_slice(body).unwrap_or_else(|_| Problem {
            status: status.as_u16(),
            detail: format!("{} answered {status}", self.name),
            ..Problem::default()
        });
        let problem = Box::new(problem);
        let later = matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT | StatusCode::INTERNAL_SERVER_ERROR
        ) || matches!(status.as_u16(), 502..=504);
        if later {
            return Error::Unavailable {
                peer: self.name.into(),
                retry_after,
                problem: Some(problem),
                source: None,
            };
        }
        Error::Refused { peer: self.name.into(), status, problem }
    }

    /// The connection ended before the answer did.
    pub(crate) fn cut_off(&self) -> Error {
        self.failed_within(None)
    }

    /// What the peer said within an answer that had begun well.
    pub(crate) fn failed_within(&self, problem: Option<Box<Problem>>) -> Error {
        let source = resilient_http::Error::Broken { endpoint: self.name.into() };
        let source = problem.is_none().then_some(source);
        Error::Unavailable { peer: self.name.into(), retry_after: None, problem, source }
    }

    pub(crate) fn unreadable(&self, error: &serde_json::Error) -> Error {
        Error::Unreadable { peer: self.name.into(), what: error.to_string() }
    }

    fn bearer(&self) -> Option<HeaderValue> {
        let key = self.connector.key.as_ref()?;
        let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret())).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

pub(crate) fn state_of(endpoint: &Endpoint) -> PeerState {
    PeerState { endpoint: endpoint.name().to_owned(), breaker: endpoint.state().as_str() }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
