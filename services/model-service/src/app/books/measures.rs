//! What is measured of models' calls: looked up once for each model, and kept.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use metrics::{Counter, Histogram, counter, histogram};
use parking_lot::RwLock;

use super::Spent;
use crate::app::resolve::Route;

/// All models that the registry does not know share one place: names that callers make up must not become series.
const UNREGISTERED: &str = "unregistered";

/// By provider and model.
#[derive(Default)]
pub(super) struct Measures(RwLock<HashMap<String, HashMap<String, Arc<OfModel>>>>);

impl Measures {
    /// A call ended.
    pub(super) fn note(&self, route: &Route, elapsed: Duration, spent: Spent, outcome: &'static str) {
        let model = if route.registered { &route.model_id } else { UNREGISTERED };
        self.of(&route.provider_name, model).note(elapsed, spent, outcome);
    }

    fn of(&self, provider: &str, model: &str) -> Arc<OfModel> {
        if let Some(known) = self.0.read().get(provider).and_then(|models| models.get(model)) {
            return known.clone();
        }
        let mut all = self.0.write();
        let models = all.entry(provider.to_owned()).or_default();
        models.entry(model.to_owned()).or_insert_with(|| Arc::new(OfModel::new(provider, model))).clone()
    }
}

/// Of one model.
struct OfModel {
    labels: [(&'static str, String); 2],
    seconds: Histogram,
    tokens_in: Counter,
    tokens_out: Counter,
    cost: Counter,
    /// Calls end in few different ways: a list is faster than a map.
    calls: RwLock<Vec<(&'static str, Counter)>>,
}

impl OfModel {
    fn new(provider: &str, model: &str) -> Self {
        let labels = [("provider", provider.to_owned()), ("model", model.to_owned())];
        Self {
            seconds: histogram!("model_call_seconds", &labels),
            tokens_in: counter!("model_tokens_in_total", &labels),
            tokens_out: counter!("model_tokens_out_total", &labels),
            cost: counter!("model_cost_micro_usd_total", &labels),
            calls: RwLock::default(),
            labels,
        }
    }

    fn note(&self, elapsed: Duration, spent: Spent, outcome: &'static str) {
        self.seconds.record(elapsed.as_secs_f64());
        self.tokens_in.increment(spent.tokens_in);
        self.tokens_out.increment(spent.tokens_out);
        self.cost.increment(spent.cost.map_or(0, |cost| u64::try_from(cost.0).unwrap_or(0)));
        self.calls_that(outcome).increment(1);
    }

    fn calls_that(&self, outcome: &'static str) -> Counter {
        if let Some((_, known)) = self.calls.read().iter().find(|(known, _)| *known == outcome) {
            return known.clone();
        }
        let [provider, model] = self.labels.clone();
        let counter = counter!("model_calls_total", &[provider, model, ("outcome", outcome.to_owned())]);
        self.calls.write().push((outcome, counter.clone()));
        counter
    }
}
