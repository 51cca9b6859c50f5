//! One thought: from a chat request to a whole answer, entered in the books.

use std::time::Instant;

use service_api::chat::{ChatAnswer, ChatRequest, Usage};
use task_model::MicroUsd;

use super::books::Spent;
use super::model::Price;
use super::resolve::{Route, resolve};
use super::{OnBehalf, State, check};
use crate::Error;
use crate::providers::{Call, ProviderError};

/// A whole answer and who gave it.
pub struct Answered {
    /// The answer, with `provider` and the cost filled in.
    pub answer: ChatAnswer,
    /// Who gave it.
    pub facts: Facts,
}

/// Who answered, for headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The provider's name.
    pub provider: String,
    /// The model's id here.
    pub model_id: String,
    /// What it cost, if known by now.
    pub cost: Option<MicroUsd>,
}

impl Facts {
    pub(super) fn of(route: &Route, cost: Option<MicroUsd>) -> Self {
        Self { provider: route.provider_name.clone(), model_id: route.model_id.clone(), cost }
    }
}

/// Asks the model that the request names.
pub async fn ask(state: &State, request: ChatRequest, behalf: &OnBehalf) -> Result<Answered, Error> {
    check::chat(&request)?;
    let route = resolve(state, &request.model)?;
    let started = Instant::now();
    let entry = Entry { state, route: &route, behalf, started, done: false };
    let result = route.provider.chat(call(request, &route)).await;
    match result {
        Ok(mut answer) => {
            let spent = spent(answer.usage.as_ref(), route.price);
            entry.enter(spent, None);
            answer.provider = Some(route.provider_name.clone());
            if let Some(usage) = &mut answer.usage {
                usage.cost_usd = spent.cost.map(MicroUsd::as_usd);
            }
            Ok(Answered { answer, facts: Facts::of(&route, spent.cost) })
        }
        Err(error) => {
            entry.enter(Spent::default(), Some(error.code()));
            told(&error, &route);
            Err(error.into())
        }
    }
}

/// The request as this provider shall see it.
pub(super) fn call(mut request: ChatRequest, route: &Route) -> Call {
    route.name.clone_into(&mut request.model);
    let deadline = service_kit::context::remaining().map(|left| tokio::time::Instant::now() + left);
    Call { request, deadline, now: service_kit::now_micros() / 1_000_000 }
}

/// What the tokens come to.
pub(super) fn spent(usage: Option<&Usage>, price: Option<Price>) -> Spent {
    let (tokens_in, tokens_out) = usage.map_or((0, 0), |used| (used.prompt_tokens, used.completion_tokens));
    let cost = price.filter(|_| usage.is_some()).map(|price| price.of(tokens_in, tokens_out));
    Spent { tokens_in, tokens_out, cost }
}

/// One line for a provider that failed. What rules cannot do is no failure.
pub(super) fn told(error: &ProviderError, route: &Route) {
    if !matches!(error, ProviderError::Cannot(_)) {
        tracing::warn!(provider = %route.provider_name, model = %route.model_id, code = error.code(), %error, "a model call failed");
    }
}

/// Enters a call whose caller went away before its answer, too: the provider may charge for it.
struct Entry<'a> {
    state: &'a State,
    route: &'a Route,
    behalf: &'a OnBehalf,
    started: Instant,
    done: bool,
}

impl Entry<'_> {
    fn enter(mut self, spent: Spent, error_code: Option<&str>) {
        self.done = true;
        self.state.books.enter(self.route, self.behalf, self.started, spent, error_code);
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        if !self.done {
            let nothing = Spent::default();
            self.state.books.enter(self.route, self.behalf, self.started, nothing, Some("CALLER_GONE"));
        }
    }
}
