//! The routes of one call, one after the other, until an answer begins. Never goes on once a byte of an answer is there.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use task_model::Blame;

use super::account::Account;
use super::limits::Subject;
use super::resolve::Route;
use super::size::Size;
use super::{OnBehalf, State, budgets};
use crate::Error;
use crate::providers::{Notes, ProviderError};

/// An answer, or its beginning, and the account of the try that brought it.
pub struct Won<T> {
    /// The answer.
    pub value: T,
    /// The account.
    pub account: Account,
}

/// Asks the first route, the next when it gives no answer, and, with hedging, the next when it is slow. The error is that of the
/// first route: it is the one that was asked for.
pub async fn first<T, F, Fut>(
    state: &State,
    routes: Vec<Arc<Route>>,
    behalf: &OnBehalf,
    notes: &Notes,
    size: Size,
    attempt: F,
) -> Result<Won<T>, Error>
where
    F: Fn(Arc<Route>) -> Fut,
    Fut: Future<Output = Result<T, Error>>,
{
    if let Some(caller) = &behalf.caller {
        let limited = state.limits.take(Instant::now(), &Subject::Key(caller.clone()), size.total());
        limited.map_err(|retry_after| Error::RateLimited { retry_after })?;
    }
    let hedge = state.config.hedge();
    let mut waiting = hedged(routes, hedge).into_iter();
    let mut running = FuturesUnordered::new();
    let begin = |route: Arc<Route>| one(state, route, behalf, size, &attempt);
    running.extend(waiting.next().map(begin));
    let mut failure = None;
    loop {
        let slow = async {
            match hedge {
                Some(after) if waiting.len() > 0 => tokio::time::sleep(after).await,
                _ => std::future::pending().await,
            }
        };
        let ended = tokio::select! {
            ended = running.next() => ended,
            () = slow => {
                running.extend(waiting.next().map(begin));
                continue;
            }
        };
        match ended {
            Some(Ok(won)) => return Ok(won),
            Some(Err((error, route))) => {
                let next = waiting.next().filter(|_| goes_on(&error));
                if let Some(next) = &next {
                    let (from, to) = (&route.model_id, &next.model_id);
                    notes.warn(format!("{from} gave no answer ({}); {to} was asked instead", error.code()));
                }
                running.extend(next.map(begin));
                failure.get_or_insert(error);
            }
            None => return Err(failure.unwrap_or_else(nobody).tried(notes.tries())),
        }
    }
}

/// With hedging a call that has one route only may go there twice.
fn hedged(mut routes: Vec<Arc<Route>>, hedge: Option<Duration>) -> Vec<Arc<Route>> {
    if hedge.is_some() && routes.len() == 1 {
        routes.extend_from_within(..);
    }
    routes
}

async fn one<T, F, Fut>(
    state: &State,
    route: Arc<Route>,
    behalf: &OnBehalf,
    size: Size,
    attempt: &F,
) -> Result<Won<T>, (Error, Arc<Route>)>
where
    F: Fn(Arc<Route>) -> Fut,
    Fut: Future<Output = Result<T, Error>>,
{
    let provider = Subject::Provider(route.provider_name.clone());
    if let Err(wait) = state.limits.take(Instant::now(), &provider, size.total()) {
        let provider = route.provider_name.clone();
        return Err((ProviderError::RateLimited { provider, retry_after: Some(wait) }.into(), route));
    }
    let reservation = match budgets::reserve(state, &route, behalf, size).await {
        Ok(reservation) => reservation,
        Err(error) => {
            state.limits.correct(Instant::now(), &provider, size.total(), 0);
            return Err((error, route));
        }
    };
    let mut account = Account::open(state.clone(), route.clone(), behalf.clone(), size, reservation);
    match attempt(route.clone()).await {
        Ok(value) => Ok(Won { value, account }),
        Err(error) => {
            account.refused(&error);
            Err((error.of(&route), route))
        }
    }
}

/// Somebody else may do better when it was the provider's failure, or its protocol's.
fn goes_on(error: &Error) -> bool {
    match error {
        Error::Provider { source: ProviderError::NotCarried { .. }, .. } => true,
        Error::Provider { source, .. } => source.blame() == Blame::Infrastructure,
        _ => false,
    }
}

fn nobody() -> Error {
    Error::ModelUnknown { model: String::new(), advice: "no route leads to it".to_owned() }
}
