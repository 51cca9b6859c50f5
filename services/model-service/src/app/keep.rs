//! Whether a request was answered before, and keeping the answer of one that was not.
//!
//! The same request is one in which every member counts, except those that say in which form the answer comes: a whole answer serves a
//! stream, and a stream that ended well serves whole answers. Where it is switched on, a request that is [`similar`] will do as well.

mod gather;
mod same;
pub mod similar;

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use service_api::chat::ChatAnswer;

use super::account::Account;
use super::ask::Facts;
use super::cache::{Kept, Key, Wish};
use super::resolve::Route;
use super::{OnBehalf, State};
use crate::providers::{Notes, Protocol, retell};

pub use gather::{GatheredChat, GatheredEvents};
pub use same::Question;

/// What was found before anybody is asked.
pub enum Look {
    /// The answer is there.
    Kept(Found),
    /// It is not, and may be kept.
    Missing(Keep),
    /// Answers to such a request are not kept.
    Unkept,
}

/// An answer that is given again.
pub struct Found {
    kept: Kept,
    route: Arc<Route>,
    how: Cached,
}

/// What an answer has to do with those that were kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cached {
    /// It was not there.
    Miss,
    /// It is that of the same request.
    Hit,
    /// It is that of a request as similar as this: the cosine of their vectors.
    Similar(f32),
}

/// Where the answer to a request will be kept.
pub struct Keep {
    key: Key,
    place: Option<similar::Place>,
    route: Arc<Route>,
    warnings: Arc<[String]>,
}

/// Looks for the answer of a request that has these routes.
pub async fn look(state: &State, routes: &[Arc<Route>], question: Question<'_>, behalf: &OnBehalf) -> Look {
    let wanted = match behalf.cache {
        Wish::Use | Wish::Same => true,
        Wish::None => question.is_repeatable(),
        Wish::Bypass => false,
    };
    let Some(route) = routes.first().filter(|_| wanted && state.cache.is_on()) else { return Look::Unkept };
    let Some(key) = question.key(route, behalf) else { return Look::Unkept };
    if let Some(kept) = state.cache.get(&key, Instant::now()) {
        told("hit");
        return Look::Kept(Found { kept, route: route.clone(), how: Cached::Hit });
    }
    let place = match behalf.cache {
        Wish::Same => None,
        _ => similar::place(state, question, route, behalf).await,
    };
    let near = place.as_ref().and_then(|place| similar::find(state, place, Instant::now()));
    if let Some((kept, similarity)) = near {
        told("similar");
        return Look::Kept(Found { kept, route: route.clone(), how: Cached::Similar(similarity) });
    }
    told("miss");
    Look::Missing(Keep { key, place, route: route.clone(), warnings: Arc::new([]) })
}

fn told(outcome: &'static str) {
    metrics::counter!("model_kept_answers_total", "outcome" => outcome).increment(1);
}

impl Found {
    /// The account of a call for which nobody is asked and which costs nothing, and what is told of it.
    pub fn account(&self, state: &State, behalf: &OnBehalf) -> (Account, Facts) {
        let account = Account::kept(state.clone(), self.route.clone(), behalf.clone());
        let warnings = self.kept.warnings.to_vec();
        let facts = Facts { warnings, cached: Some(self.how), ..Facts::of(&account, &Notes::default()) };
        (account, facts)
    }

    /// The answer as a chat answer.
    pub fn chat(&self) -> ChatAnswer {
        let mut answer: ChatAnswer =
            serde_json::from_slice(&self.kept.answer).expect("chat answers are kept as we wrote them");
        if let Some(usage) = &mut answer.usage {
            usage.cost_usd = Some(0.0);
        }
        answer
    }

    /// The answer in its provider's own words.
    pub fn relayed(&self) -> Bytes {
        self.kept.answer.clone()
    }
}

impl Keep {
    /// Once it is known who answers, and what is told with the answer. What a fallback says is not what this model says.
    pub fn by(self, facts: &Facts) -> Option<Self> {
        self.route.same_as(&facts.route).then(|| Self { warnings: facts.warnings.as_slice().into(), ..self })
    }

    /// Keeps a chat answer.
    pub fn chat(self, state: &State, answer: &ChatAnswer) {
        if let Ok(answer) = serde_json::to_vec(answer) {
            self.put(state, answer.into());
        }
    }

    /// Keeps an answer in its provider's own words, if it can be told in pieces as well.
    pub fn relayed(self, state: &State, protocol: Protocol, answer: Bytes) {
        if retell::events(protocol, &answer).is_some() {
            self.put(state, answer);
        }
    }

    fn put(self, state: &State, answer: Bytes) {
        let now = Instant::now();
        state.cache.put(self.key, Kept { answer, warnings: self.warnings }, now);
        self.place.into_iter().for_each(|place| state.similar.add(place, self.key, now));
    }
}
