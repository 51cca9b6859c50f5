//! The account of one try of a call: whatever ends it, it is entered in the books exactly once.

use std::sync::Arc;
use std::time::Instant;

use service_api::chat::Usage;
use task_model::MicroUsd;

use super::books::Spent;
use super::budgets::Reservation;
use super::limits::Subject;
use super::resolve::Route;
use super::size::Size;
use super::{OnBehalf, State};
use crate::Error;
use crate::providers::ProviderError;

/// Enters the try when it is dropped: at its end, after an error, or because the caller went away, for which the provider may
/// charge all the same.
pub struct Account {
    state: State,
    route: Arc<Route>,
    behalf: OnBehalf,
    started: Instant,
    usage: Option<Usage>,
    error_code: Option<&'static str>,
    size: Size,
    reservation: Reservation,
    /// Whether the provider surely charges nothing.
    free: bool,
}

impl Account {
    /// Before the try. Until its end is seen, the caller is the one who ended it.
    pub fn open(
        state: State,
        route: Arc<Route>,
        behalf: OnBehalf,
        size: Size,
        reservation: Reservation,
    ) -> Self {
        Self {
            state,
            route,
            behalf,
            started: Instant::now(),
            usage: None,
            error_code: Some("CALLER_GONE"),
            size,
            reservation,
            free: false,
        }
    }

    /// Of an answer that was kept from an earlier call: nobody is asked, and it takes no tokens.
    pub fn kept(state: State, route: Arc<Route>, behalf: OnBehalf) -> Self {
        let mut account = Self::open(state, route, behalf, Size::default(), Reservation::default());
        (account.free, account.error_code) = (true, None);
        account
    }

    /// What is shared.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Who is asked.
    pub fn route(&self) -> &Arc<Route> {
        &self.route
    }

    /// The tokens, as far as known.
    pub fn usage(&self) -> Option<&Usage> {
        self.usage.as_ref()
    }

    /// The provider told the tokens.
    pub fn used(&mut self, usage: Usage) {
        self.usage = Some(usage);
    }

    /// The answer came to its good end.
    pub fn completed(&mut self) {
        self.error_code = None;
    }

    /// No answer began.
    pub fn refused(&mut self, error: &Error) {
        self.free = true;
        self.failed(error);
    }

    /// It did not; one line for a provider that failed. What rules cannot do is no failure.
    pub fn failed(&mut self, error: &Error) {
        self.error_code = Some(error.code());
        if let Error::Provider { source, .. } = error {
            told(source, &self.route);
        }
    }

    /// What the tokens come to by now.
    pub fn spent(&self) -> Spent {
        if self.free {
            return Spent { cost: Some(MicroUsd::ZERO), ..Spent::default() };
        }
        let (tokens_in, tokens_out) =
            self.usage.as_ref().map_or((0, 0), |used| (used.prompt_tokens, used.completion_tokens));
        let price = self.route.price.filter(|_| self.usage.is_some());
        let cost = price.zip(self.usage.as_ref()).map(|(price, usage)| price.of_usage(usage));
        Spent { tokens_in, tokens_out, cost }
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        let spent = self.spent();
        let reservation = std::mem::take(&mut self.reservation);
        if self.free || self.usage.is_some() {
            self.give_back(spent);
        }
        // Without knowing better, what was reserved counts as spent.
        let shares = reservation.settle(&self.state, spent.cost);
        self.state.books.enter(&self.state.vitals, self, spent, shares);
    }
}

impl Account {
    /// To the buckets of key and provider, what the call did not take.
    fn give_back(&self, spent: Spent) {
        let (now, used) = (Instant::now(), spent.tokens_in.saturating_add(spent.tokens_out));
        let provider = Subject::Provider(self.route.provider_name.clone());
        self.state.limits.correct(now, &provider, self.size.total(), used);
        if let Some(caller) = &self.behalf.caller {
            self.state.limits.correct(now, &Subject::Key(caller.clone()), self.size.total(), used);
        }
    }

    /// On whose behalf.
    pub fn behalf(&self) -> &OnBehalf {
        &self.behalf
    }

    /// Since when.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Why it failed.
    pub fn error_code(&self) -> Option<&'static str> {
        self.error_code
    }
}

fn told(error: &ProviderError, route: &Route) {
    if !matches!(error, ProviderError::Cannot(_)) {
        tracing::warn!(provider = %route.provider_name, model = %route.model_id, code = error.code(), %error, "a model call failed");
    }
}
