//! One thought: from a chat request to a whole answer, entered in the books.

use std::sync::Arc;
use std::time::Instant;

use service_api::chat::{ChatAnswer, ChatRequest};
use task_model::MicroUsd;

use super::account::Account;
use super::budgets::Reservation;
use super::chain;
use super::resolve::{Route, plan};
use super::size::Size;
use super::{OnBehalf, State, check};
use crate::Error;
use crate::providers::{Call, Notes};

/// A whole answer and who gave it.
pub struct Answered {
    /// The answer, with `provider` and the cost filled in.
    pub answer: ChatAnswer,
    /// Who gave it.
    pub facts: Facts,
}

/// Who answered, for headers.
#[derive(Clone)]
pub struct Facts {
    /// The provider and the model.
    pub route: Arc<Route>,
    /// What it cost, if known by now.
    pub cost: Option<MicroUsd>,
    /// How often a provider was asked until the answer began.
    pub tries: u32,
    /// What the caller asked for and did not get, or not exactly.
    pub warnings: Vec<String>,
    /// Whether it was kept from an earlier call; `None` where nothing is kept.
    pub cached: Option<bool>,
}

impl Facts {
    /// As far as the account and the notes tell.
    pub fn of(account: &Account, notes: &Notes) -> Self {
        Self {
            route: account.route().clone(),
            cost: account.spent().cost,
            tries: notes.tries(),
            warnings: account.route().warning().into_iter().chain(notes.warnings()).collect(),
            cached: None,
        }
    }
}

/// Asks the model that the request names.
pub async fn ask(state: &State, request: ChatRequest, behalf: &OnBehalf) -> Result<Answered, Error> {
    check::chat(&request)?;
    let routes = plan(state, &request.model)?;
    let notes = Notes::default();
    let caller = behalf.caller.as_deref().unwrap_or_default();
    let key = routes.first().and_then(|route| state.cache.key(&request, route, caller, behalf.cache));
    if let Some(kept) = key.as_ref().and_then(|key| state.cache.get(key, Instant::now())) {
        return Ok(again(state, kept, routes, behalf));
    }
    let size = Size::of_chat(&request, state.config.output_tokens);
    let won = chain::first(state, routes, behalf, &notes, size, |route| {
        let call = call(request.clone(), &route, &notes);
        async move { Ok(route.provider.chat(call).await?) }
    });
    let chain::Won { value, mut account } = won.await?;
    let answer = settle(value, &mut account);
    let mut facts = Facts::of(&account, &notes);
    if let Some(key) = key {
        facts.cached = Some(false);
        // What a fallback said is not what this model says.
        if notes.warnings().is_empty() {
            state.cache.put(key, &answer, Instant::now());
        }
    }
    Ok(Answered { answer, facts })
}

/// An answer that was kept: nobody is asked, and it costs nothing.
fn again(state: &State, mut answer: ChatAnswer, routes: Vec<Arc<Route>>, behalf: &OnBehalf) -> Answered {
    let route = routes.into_iter().next().unwrap_or_else(|| unreachable!("a key has a route"));
    let (size, nothing) = (Size::default(), Reservation::default());
    let mut account = Account::open(state.clone(), route, behalf.clone(), size, nothing);
    account.kept();
    if let Some(usage) = &mut answer.usage {
        usage.cost_usd = Some(0.0);
    }
    let facts = Facts { cached: Some(true), ..Facts::of(&account, &Notes::default()) };
    Answered { answer, facts }
}

/// Enters what a whole answer took, and tells its provider and cost within it.
pub fn settle(mut answer: ChatAnswer, account: &mut Account) -> ChatAnswer {
    account.completed();
    if let Some(usage) = &mut answer.usage {
        account.used(usage.clone());
        usage.cost_usd = account.spent().cost.map(MicroUsd::as_usd);
    }
    answer.provider = Some(account.route().provider_name.clone());
    answer
}

/// The request as this provider shall see it.
    route.adaptation.apply(&mut request, &route.model_id, notes);
pub(super) fn call(mut request: ChatRequest, route: &Route, notes: &Notes) -> Call {
    route.name.clone_into(&mut request.model);
    Call { request, deadline: deadline(), now: service_kit::now_micros() / 1_000_000, notes: notes.clone() }
}

/// When the caller stops waiting.
pub(super) fn deadline() -> Option<tokio::time::Instant> {
    service_kit::context::remaining().map(|left| tokio::time::Instant::now() + left)
}
