//! A place that may take a request, with the breaker that watches it.

use std::sync::OnceLock;
use std::time::Instant;

use metrics::Counter;
use parking_lot::Mutex;
use url::Url;

use crate::{Admission, Breaker, BreakerOptions, BreakerState};

/// One endpoint; shared by all requests that may go there, so that they share its breaker.
#[derive(Debug)]
pub struct Endpoint {
    name: String,
    base: Url,
    breaker: Mutex<Breaker>,
    counters: [OnceLock<Counter>; Outcome::NAMES.len()],
}

/// What became of a request, for the figures.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Outcome {
    Answered,
    Unwell,
    TimedOut,
    Unreachable,
}

impl Outcome {
    const NAMES: [&str; 4] = ["answered", "unwell", "timed_out", "unreachable"];
}

impl Endpoint {
    /// `name` appears in logs and metrics; a request's path is appended to the path of `base`.
    pub fn new(name: impl Into<String>, base: Url, options: BreakerOptions) -> Self {
        Self {
            name: name.into(),
            base,
            breaker: Mutex::new(Breaker::new(options)),
            counters: Default::default(),
        }
    }

    /// The name in logs and metrics.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What every request's path is appended to.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// What the breaker says now.
    pub fn state(&self) -> BreakerState {
        self.breaker.lock().state()
    }

    /// The URL of a path below the base; `path` may carry a query.
    pub(crate) fn url(&self, path: &str) -> Url {
        let (path, query) = path.split_once('?').map_or((path, None), |(p, q)| (p, Some(q)));
        let mut url = self.base.clone();
        let joined = format!("{}/{}", url.path().trim_end_matches('/'), path.trim_start_matches('/'));
        url.set_path(if path.is_empty() { joined.trim_end_matches('/') } else { &joined });
        url.set_query(query);
        url
    }

    /// Tells that an answer which began well broke off or fell silent. As many of these in a row as failures open the breaker.
    pub fn cut_off(&self) {
        self.change(|breaker| breaker.cut_off(Instant::now()));
    }

    /// Tells that an answer came to its end.
    pub fn completed(&self) {
        self.breaker.lock().completed();
    }

    pub(crate) fn admit(&self) -> Admission {
        self.breaker.lock().admit(Instant::now())
    }

    /// Counts a request.
    pub(crate) fn count(&self, outcome: Outcome) {
        let name = Outcome::NAMES[outcome as usize];
        let look_up =
            || metrics::counter!("http_peer_requests_total", "peer" => self.name.clone(), "outcome" => name);
        self.counters[outcome as usize].get_or_init(look_up).increment(1);
    }

    /// `None`: nobody waited for the end.
    pub(crate) fn record(&self, succeeded: Option<bool>) {
        self.change(|breaker| match succeeded {
            Some(succeeded) => breaker.record(Instant::now(), succeeded),
            None => breaker.abandon(Instant::now()),
        });
    }

    fn change(&self, change: impl FnOnce(&mut Breaker)) {
        let mut breaker = self.breaker.lock();
        let before = breaker.state();
        change(&mut breaker);
        let after = breaker.state();
        drop(breaker);
        if before != after {
            tracing::info!(peer = %self.name, state = after.as_str(), "circuit breaker changed its state");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(base: &str, path: &str, expected: &str) {
        let endpoint = Endpoint::new("t", Url::parse(base).unwrap(), BreakerOptions::default());
        assert_eq!(endpoint.url(path).as_str(), expected);
    }

    #[test]
    fn appends_paths_below_the_base() {
        check("http://h:1", "/a/b", "http://h:1/a/b");
        check("http://h:1/v1/", "chat", "http://h:1/v1/chat");
        check("http://h:1/v1", "/x?q=1&r=2", "http://h:1/v1/x?q=1&r=2");
        check("http://h:1/v1", "", "http://h:1/v1");
    }
}
