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
    let begin = |route| one(state, route, behalf, size, &attempt);
    let routes = Routes { waiting: routes.into_iter(), is_twice: false, notes, failure: None };
    match state.config.hedge() {
        None => in_turn(routes, begin).await,
        Some(after) => hedged(routes, after, begin).await,
    }
}

type Ended<T> = Result<Won<T>, (Error, Arc<Route>)>;

/// Those that were not asked yet, and why the first one gave no answer.
struct Routes<'a> {
    waiting: std::vec::IntoIter<Arc<Route>>,
    /// Whether there is but one, which may be asked a second time beside the first, not after it.
    is_twice: bool,
    notes: &'a Notes,
    failure: Option<Error>,
}

impl Routes<'_> {
    /// The one to be asked after `route` failed.
    fn after(&mut self, error: Error, route: &Route) -> Option<Arc<Route>> {
        let next = self.waiting.next().filter(|_| goes_on(&error) && !self.is_twice);
        if let Some(next) = &next {
            let (from, to) = (&route.model_id, &next.model_id);
            self.notes.warn(format!("{from} gave no answer ({}); {to} was asked instead", error.code()));
        }
        self.failure.get_or_insert(error);
        next
    }

    /// The one to be asked beside those that are slow. One that is to be tried again is not slow: it refused, and may have asked for time.
    fn beside(&mut self) -> Option<Arc<Route>> {
        let is_refused = self.is_twice && self.notes.failures() > 0;
        self.waiting.next().filter(|_| !is_refused)
    }

    fn failed(self) -> Error {
        self.failure.unwrap_or_else(nobody).tried(self.notes.tries())
    }
}

async fn in_turn<T, Fut>(mut routes: Routes<'_>, begin: impl Fn(Arc<Route>) -> Fut) -> Result<Won<T>, Error>
where
    Fut: Future<Output = Ended<T>>,
{
    let mut next = routes.waiting.next();
    while let Some(route) = next {
        match begin(route).await {
            Ok(won) => return Ok(won),
            Err((error, route)) => next = routes.after(error, &route),
        }
    }
    Err(routes.failed())
}

/// A second one is asked when the first is slow; a call that has one route only may go there twice.
async fn hedged<T, Fut>(
    mut routes: Routes<'_>,
    after: Duration,
    begin: impl Fn(Arc<Route>) -> Fut,
) -> Result<Won<T>, Error>
where
    Fut: Future<Output = Ended<T>>,
{
    if let [only] = routes.waiting.as_slice() {
        routes.waiting = vec![only.clone(), only.clone()].into_iter();
        routes.is_twice = true;
    }
    let mut running = FuturesUnordered::new();
    running.extend(routes.waiting.next().map(&begin));
    loop {
        let slow = async {
            match routes.waiting.len() {
                0 => std::future::pending().await,
                _ => tokio::time::sleep(after).await,
            }
        };
        let ended = tokio::select! {
            ended = running.next() => ended,
            () = slow => {
                running.extend(routes.beside().map(&begin));
                continue;
            }
        };
        match ended {
            Some(Ok(won)) => return Ok(won),
            Some(Err((error, route))) => running.extend(routes.after(error, &route).map(&begin)),
            None => return Err(routes.failed()),
        }
    }
}

async fn one<T, F, Fut>(
    state: &State,
    route: Arc<Route>,
    behalf: &OnBehalf,
    size: Size,
    attempt: &F,
) -> Ended<T>
where
    F: Fn(Arc<Route>) -> Fut,
    Fut: Future<Output = Result<T, Error>>,
{
    let provider = Subject::Provider(route.provider_name.clone());
    if let Err(retry_after) = state.limits.take(Instant::now(), &provider, size.total()) {
        let provider = route.provider_name.clone();
        return Err((ProviderError::AtOurLimit { provider, retry_after }.into(), route));
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
