//! The counters of one route, found once and kept where the route is.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::{Method, StatusCode};
use metrics::{Counter, Histogram};
use parking_lot::RwLock;

use super::KitState;
use crate::access::Rule;

/// The methods that get figures of their own; all others share the last place.
const METHODS: [Method; 7] =
    [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::HEAD, Method::OPTIONS];

/// Figures of a route for each method.
#[derive(Default)]
pub(super) struct FiguresByMethod([OnceLock<Arc<Figures>>; METHODS.len() + 1]);

impl FiguresByMethod {
    pub(super) fn of(&self, kit: &KitState, method: &Method, template: Option<&str>) -> Arc<Figures> {
        let place = METHODS.iter().position(|known| known == method).unwrap_or(METHODS.len());
        self.0[place].get_or_init(|| Arc::new(Figures::new(kit, METHODS.get(place), template))).clone()
    }
}

/// What is counted of one route and method, and the rule that applies to it.
pub(super) struct Figures {
    pub(super) rule: Rule,
    pub(super) method: Method,
    pub(super) route: String,
    service: &'static str,
    took: Histogram,
    /// A route answers with few different statuses: a list is faster than a map.
    answers: RwLock<Vec<(StatusCode, Counter)>>,
}

impl Figures {
    fn new(kit: &KitState, method: Option<&Method>, template: Option<&str>) -> Self {
        // Names that callers make up must not become labels: each would be kept for ever.
        let route = template.unwrap_or("unmatched").to_owned();
        let method = method.cloned().unwrap_or(Method::TRACE);
        let labels =
            [("service", kit.service.to_owned()), ("method", method.to_string()), ("route", route.clone())];
        let took = metrics::histogram!("http_request_duration_seconds", &labels);
        let rule = kit.access.rule_for(&method, template);
        Self { rule, method, route, service: kit.service, took, answers: RwLock::default() }
    }

    pub(super) fn record(&self, status: StatusCode, took: Duration) {
        self.took.record(took.as_secs_f64());
        let known = self
            .answers
            .read()
            .iter()
            .find(|(known, _)| *known == status)
            .map(|(_, counter)| counter.increment(1));
        if known.is_none() {
            self.first_of(status).increment(1);
        }
    }

    fn first_of(&self, status: StatusCode) -> Counter {
        let labels = [
            ("service", self.service.to_owned()),
            ("method", self.method.to_string()),
            ("route", self.route.clone()),
            ("status", status.as_str().to_owned()),
        ];
        let counter = metrics::counter!("http_requests_total", &labels);
        let mut answers = self.answers.write();
        if !answers.iter().any(|(known, _)| *known == status) {
            answers.push((status, counter.clone()));
        }
        counter
    }
}
