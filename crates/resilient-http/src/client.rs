//! Goes through the endpoints, in rounds, until one answers or the deadline is reached.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, StatusCode, header};
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::endpoint::Outcome;
use crate::{Admission, Backoff, DEADLINE_HEADER, Endpoint, Error, Request, Response};

/// How connections are made and kept.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// How long a connection may take to stand.
    pub connect_timeout: Duration,
    /// How long an unused connection is kept.
    pub idle_timeout: Duration,
    /// How long to wait between rounds.
    pub backoff: Backoff,
    /// How the client names itself.
    pub user_agent: String,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(2),
            idle_timeout: Duration::from_secs(60),
            backoff: Backoff::default(),
            user_agent: concat!("agent-lightning/", env!("CARGO_PKG_VERSION")).into(),
        }
    }
}

/// Sends requests. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    backoff: Backoff,
}

impl Client {
    /// Redirects are never followed: a peer that moved is a matter of configuration.
    pub fn new(options: &ClientOptions) -> Result<Self, Error> {
        // Fails only when a provider was installed before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .connect_timeout(options.connect_timeout)
            .pool_idle_timeout(options.idle_timeout)
            .tcp_nodelay(true)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(&options.user_agent)
            .build()
            .map_err(|error| Error::Setup(error.to_string()))?;
        Ok(Self { http, backoff: options.backoff })
    }

    /// Sends `request` to the first of `endpoints` that will take it. The last answer is returned whatever its status;
    /// an error means that nobody answered.
    pub async fn send(&self, endpoints: &[Arc<Endpoint>], request: &Request) -> Result<Response, Error> {
        let mut journey = Journey { tries: 0, last: None, refused_for: None };
        for round in 0..request.rounds {
            for endpoint in endpoints {
                if Instant::now() >= request.deadline {
                    return journey.end();
                }
                if let Some(response) = self.visit(endpoint, request, &mut journey).await {
                    return Ok(response);
                }
                if journey.must_stop(request) {
                    return journey.end();
                }
            }
            if round + 1 == request.rounds || !self.pause(round, request, &journey).await {
                break;
            }
        }
        journey.end()
    }

    /// One endpoint: `Some` when its answer is final.
    async fn visit(&self, endpoint: &Endpoint, request: &Request, journey: &mut Journey) -> Option<Response> {
        if let Admission::Refused(wait) = endpoint.admit() {
            journey.refused_for = Some(journey.refused_for.map_or(wait, |known| known.min(wait)));
            return None;
        }
        journey.tries += 1;
        request.tries.iter().for_each(|tries| tries.begin());
        let guard = Verdict { endpoint, told: false };
        let answer = self.attempt(endpoint, request, journey.tries).await;
        let healthy = answer.as_ref().is_ok_and(|response| !is_unwell(response.status()));
        guard.tell(healthy);
        endpoint.count(outcome(&answer));
        match answer {
            Ok(response) if healthy && response.status() != StatusCode::TOO_MANY_REQUESTS => Some(response),
            other => {
                request.tries.iter().for_each(|tries| tries.fail());
                journey.last = Some(other);
                None
            }
        }
    }

    async fn attempt(&self, endpoint: &Endpoint, request: &Request, tries: u32) -> Result<Response, Error> {
        let now = Instant::now();
        let until = request.attempt_timeout.map_or(request.deadline, |t| request.deadline.min(now + t));
        let remaining = request.deadline.saturating_duration_since(now).as_millis() as u64;
        let mut sending = self
            .http
            .request(request.method.clone(), endpoint.url(&request.path))
            .headers(request.headers.clone());
        if request.tells_deadline {
            sending = sending.header(DEADLINE_HEADER, HeaderValue::from(remaining));
        }
        let sending = sending.body(request.body.clone()).send();
        let name = || endpoint.name().to_owned();
        match timeout_at(until, sending).await {
            Err(_) => Err(Error::TimedOut { endpoint: name() }),
            Ok(Err(error)) if error.is_connect() => Err(Error::Unreachable { endpoint: name() }),
            Ok(Err(error)) if error.is_timeout() => Err(Error::TimedOut { endpoint: name() }),
            Ok(Err(_)) => Err(Error::Broken { endpoint: name() }),
            Ok(Ok(inner)) => Ok(Response { inner, endpoint: name(), tries, deadline: request.deadline }),
        }
    }

    /// Waits before the next round; false when the deadline comes first.
    async fn pause(&self, round: u32, request: &Request, journey: &Journey) -> bool {
        let jittered = self.backoff.delay(round, &mut rand::rng());
        let wait =
            journey.asked_to_wait().or(journey.refused_for).map_or(jittered, |asked| asked.max(jittered));
        let until = Instant::now() + wait;
        if until >= request.deadline {
            return false;
        }
        sleep_until(until).await;
        true
    }
}

/// What has happened to a request so far.
struct Journey {
    tries: u32,
    last: Option<Result<Response, Error>>,
    refused_for: Option<Duration>,
}

impl Journey {
    /// A request that may have arrived goes no further unless it is safe to repeat.
    fn must_stop(&self, request: &Request) -> bool {
        let not_sent = matches!(self.last, None | Some(Err(Error::Unreachable { .. })));
        !request.repeatable && !not_sent
    }

    /// What the last answer's `Retry-After` says, in seconds.
    fn asked_to_wait(&self) -> Option<Duration> {
        let Some(Ok(response)) = &self.last else { return None };
        let seconds = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds))
    }

    fn end(self) -> Result<Response, Error> {
        let refused = Error::CircuitOpen { retry_after: self.refused_for.unwrap_or_default() };
        self.last.unwrap_or(Err(refused))
    }
}

/// Tells the breaker how a request ended, also when its future is dropped half-way: a caller that went away says nothing about
/// the endpoint, but its probe is over.
struct Verdict<'a> {
    endpoint: &'a Endpoint,
    told: bool,
}

impl Verdict<'_> {
    fn tell(mut self, succeeded: bool) {
        self.told = true;
        self.endpoint.record(Some(succeeded));
    }
}

impl Drop for Verdict<'_> {
    fn drop(&mut self) {
        if !self.told {
            self.endpoint.record(None);
        }
    }
}

fn is_unwell(status: StatusCode) -> bool {
    status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED
}

fn outcome(answer: &Result<Response, Error>) -> Outcome {
    match answer {
        Ok(response) if is_unwell(response.status()) => Outcome::Unwell,
        Ok(_) => Outcome::Answered,
        Err(Error::TimedOut { .. }) => Outcome::TimedOut,
        Err(_) => Outcome::Unreachable,
    }
}
