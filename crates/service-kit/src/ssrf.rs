//! Fetching from the network on behalf of others, without reaching what only we can reach.
//!
//! Only `http` and `https`; only hosts that are allowed; only public addresses. The address that was checked is the one that is
//! connected to, and every redirect is checked again. Knows nothing of what is done with the answer.

mod address;
mod error;
mod policy;
mod resolver;

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, StatusCode, header};
use url::Url;

use crate::config::Fetch;

pub use address::is_public;
pub use error::FetchError;
pub use policy::SafeUrl;

use policy::Policy;
use resolver::{GuardedResolver, Refused};

/// What was fetched.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// Where it was in the end, after redirects.
    pub url: Url,
    /// The status of the answer; may be an error.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, whole.
    pub body: Bytes,
}

/// A client that fetches public addresses only. Cheap to clone.
#[derive(Debug, Clone)]
pub struct GuardedClient {
    client: reqwest::Client,
    policy: Arc<Policy>,
    timeout: Duration,
    body_max: usize,
    redirects_max: usize,
}

impl GuardedClient {
    /// A client for `[fetch]`. Whether fetching is enabled at all is the caller's to check.
    pub fn new(settings: &Fetch) -> Result<Self, FetchError> {
        crate::install_crypto();
        let policy = Arc::new(Policy::new(settings));
        let client = reqwest::Client::builder()
            .dns_resolver(GuardedResolver::new(policy.clone()))
            .redirect(reqwest::redirect::Policy::none())
            // A proxy would resolve names itself, out of our sight.
            .no_proxy()
            .build()
            .map_err(|error| FetchError::Setup(error.to_string()))?;
        Ok(Self {
            client,
            policy,
            timeout: Duration::from_millis(settings.timeout_ms),
            body_max: settings.body_max_bytes,
            redirects_max: settings.redirects_max,
        })
    }

    /// Checks an address without fetching it: form, host, and the address itself when it is written as a number.
    pub fn check(&self, url: &str) -> Result<SafeUrl, FetchError> {
        SafeUrl::parse(url, &self.policy)
    }

    /// Fetches `url` with GET, within the limits of size, time and redirects.
    pub async fn get(&self, url: &str) -> Result<Fetched, FetchError> {
        let limit = self.timeout;
        tokio::time::timeout(limit, self.follow(url)).await.unwrap_or(Err(FetchError::TimedOut { limit }))
    }

    /// Sends a request that may change something, for at most `limit`. Redirects are not followed: they are the answer.
    pub async fn send(
        &self,
        method: Method,
        url: &str,
        headers: HeaderMap,
        body: Bytes,
        limit: Duration,
    ) -> Result<Fetched, FetchError> {
        let url = self.check(url)?;
        let request = self.client.request(method, url.as_url().clone()).headers(headers).body(body);
        let answer = async {
            let response = request.send().await.map_err(|error| failed(&error))?;
            self.read(url, response).await
        };
        tokio::time::timeout(limit, answer).await.unwrap_or(Err(FetchError::TimedOut { limit }))
    }

    async fn follow(&self, url: &str) -> Result<Fetched, FetchError> {
        let mut url = self.check(url)?;
        for _ in 0..=self.redirects_max {
            let response =
                self.client.get(url.as_url().clone()).send().await.map_err(|error| failed(&error))?;
            match next(&response, &url) {
                Some(next) => url = SafeUrl::parse(&next, &self.policy)?,
                None => return self.read(url, response).await,
            }
        }
        Err(FetchError::TooManyRedirects { limit: self.redirects_max })
    }

    async fn read(&self, url: SafeUrl, mut response: reqwest::Response) -> Result<Fetched, FetchError> {
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| failed(&error))? {
            if body.len() + chunk.len() > self.body_max {
                return Err(FetchError::TooLarge { limit: self.body_max });
            }
            body.extend_from_slice(&chunk);
        }
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Fetched { url: url.into_url(), status, headers, body: body.freeze() })
    }
}

/// Where a redirect leads.
fn next(response: &reqwest::Response, from: &SafeUrl) -> Option<String> {
    let location = response.headers().get(header::LOCATION).filter(|_| response.status().is_redirection())?;
    from.as_url().join(location.to_str().ok()?).ok().map(Into::into)
}

fn failed(error: &reqwest::Error) -> FetchError {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |&error| error.source());
    match causes.into_iter().find_map(|cause| cause.downcast_ref::<Refused>()) {
        Some(refused) => refused.into(),
        None => FetchError::Unreachable,
    }
}

#[cfg(test)]
mod tests;
