//! One thought: from a chat request to a whole answer, entered in the books.

use std::sync::Arc;

use service_api::chat::{ChatAnswer, ChatRequest};
use task_model::MicroUsd;

use super::account::Account;
use super::chain;
use super::keep::{self, Cached, Look, Question};
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
    pub cached: Option<Cached>,
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

    /// Whether it was looked for among kept answers, where it was not.
    #[must_use]
    pub fn missing(self, looked: bool) -> Self {
        Self { cached: looked.then_some(Cached::Miss), ..self }
    }
}

/// Asks the model that the request names.
pub async fn ask(state: &State, request: ChatRequest, behalf: &OnBehalf) -> Result<Answered, Error> {
    check::chat(&request)?;
    let routes = plan(state, &request.model)?;
    let notes = Notes::default();
    let keep = match keep::look(state, &routes, Question::Chat(&request), behalf).await {
        Look::Kept(found) => {
            let (_account, facts) = found.account(state, behalf);
            return Ok(Answered { answer: found.chat(), facts });
        }
        Look::Missing(keep) => Some(keep),
        Look::Unkept => None,
    };
    let size = Size::of_chat(&request, state.config.output_tokens);
    let won = chain::first(state, routes, behalf, &notes, size, |route| {
        let call = call(request.clone(), &route, &notes);
        async move { Ok(route.provider.chat(call).await?) }
    });
    let chain::Won { value, mut account } = won.await?;
    let answer = settle(value, &mut account);
    let facts = Facts::of(&account, &notes).missing(keep.is_some());
    if let Some(keep) = keep.and_then(|keep| keep.by(&facts)) {
        keep.chat(state, &answer);
    }
    Ok(Answered { answer, facts })
}

/// Enters what a whole answer took, and tells its provider and cost within it.
pub fn settle(answer: ChatAnswer, account: &mut Account) -> ChatAnswer {
    account.completed();
    if let Some(usage) = &answer.usage {
        account.used(usage.clone());
    }
    priced(answer, account)
}

/// The answer with its provider and cost within it.
pub(super) fn priced(mut answer: ChatAnswer, account: &Account) -> ChatAnswer {
    if let Some(usage) = &mut answer.usage {
        usage.cost_usd = account.spent().cost.map(MicroUsd::as_usd);
    }
    answer.provider = Some(account.route().provider_name.clone());
    answer
}

/// The request as this provider shall see it.
pub(super) fn call(mut request: ChatRequest, route: &Route, notes: &Notes) -> Call {
    route.name.clone_into(&mut request.model);
    route.adaptation.apply(&mut request, &route.model_id, notes);
    Call { request, deadline: deadline(), now: service_kit::now_micros() / 1_000_000, notes: notes.clone() }
}

/// When the caller stops waiting.
pub(super) fn deadline() -> Option<tokio::time::Instant> {
    service_kit::context::remaining().map(|left| tokio::time::Instant::now() + left)
}
