//! Calls of one kind that are run together.

use futures::future::BoxFuture;
use tokio::sync::oneshot;

use crate::sql::Connection;
use crate::{Error, Result, Signal};

/// Statements over many calls at once: one answer for each, in order.
///
/// An `Err` for the whole means that nothing of it may stay; it is then tried call by call. An `Err` inside is the
/// answer to one call, which must not have written anything.
pub(crate) type Batched<A, T> =
    for<'a> fn(&'a mut Connection, &'a [&'a A]) -> BoxFuture<'a, Result<Vec<Result<T>>>>;

/// Statements over one call. An `Err` takes back what it wrote; with [`Error::Stale`] and [`Error::NotFound`] it must not
/// have written anything that matters.
pub(crate) type Single<A, T> = for<'a> fn(&'a mut Connection, &'a A) -> BoxFuture<'a, Result<T>>;

/// How calls of one kind are run.
pub(crate) enum Run<A, T> {
    Batched(Batched<A, T>),
    Single(Single<A, T>),
}

/// One waiting call.
pub(crate) struct Call<A, T> {
    pub(crate) args: A,
    pub(crate) reply: oneshot::Sender<Result<T>>,
}

/// What all calls of a lane have in common.
pub(crate) struct Manner<A, T> {
    pub(crate) run: Run<A, T>,
    pub(crate) signals: &'static [Signal],
    pub(crate) appends_to_log: bool,
}

impl<A, T> Clone for Run<A, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A, T> Copy for Run<A, T> {}

impl<A, T> Clone for Manner<A, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A, T> Copy for Manner<A, T> {}

/// How calls are protected from one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Care {
    /// Not at all: when one fails, the transaction is given up and run once more with savepoints. Savepoints copy every
    /// page that is touched, and nearly no batch needs them.
    Trusting,
    /// A savepoint around each group, and around each call of a group that failed.
    Savepoints,
}

/// How a group went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Went {
    /// Every call has its result, and only what should be written is.
    Well,
    /// A call failed and may have written something.
    Spoiled,
}

/// Calls of one kind, whatever the kind.
pub(crate) trait Group: Send {
    /// How many calls.
    fn len(&self) -> usize;
    /// Runs them; an error means that the whole transaction is lost.
    fn run<'a>(&'a mut self, connection: &'a mut Connection, care: Care) -> BoxFuture<'a, Result<Went>>;
    /// Answers all: with what [`Group::run`] found, or with why the transaction failed.
    fn answer(self: Box<Self>, failure: Option<&Error>);
    /// What a commit of these wakes up.
    fn signals(&self) -> &'static [Signal];
    /// Whether the order of commits matters.
    fn appends_to_log(&self) -> bool;
}

/// Calls with what they came to so far.
pub(crate) struct Calls<A, T> {
    pub(crate) manner: Manner<A, T>,
    pub(crate) calls: Vec<Call<A, T>>,
    pub(crate) results: Vec<Result<T>>,
}

impl<A: Send + Sync, T: Send> Calls<A, T> {
    async fn trusting(&mut self, connection: &mut Connection) -> Result<Went> {
        let args: Vec<&A> = self.calls.iter().map(|call| &call.args).collect();
        match together(self.manner.run, connection, &args).await {
            Err(error) if error.ends_transaction() => Err(error),
            Err(error) => {
                let harmless = matches!(self.manner.run, Run::Single(_)) && error.wrote_nothing();
                self.results = vec![Err(error)];
                Ok(if harmless { Went::Well } else { Went::Spoiled })
            }
            Ok(results) => {
                debug_assert_eq!(results.len(), self.calls.len(), "a lane must answer every call");
                self.results = results;
                Ok(Went::Well)
            }
        }
    }

    async fn with_savepoints(&mut self, connection: &mut Connection) -> Result<()> {
        let args: Vec<&A> = self.calls.iter().map(|call| &call.args).collect();
        self.results = match protected(self.manner.run, connection, &args).await {
            Err(error) if error.ends_transaction() => return Err(error),
            Err(_) if args.len() > 1 => one_by_one(self.manner.run, connection, &args).await?,
            Err(error) => vec![Err(error)],
            Ok(results) => results,
        };
        Ok(())
    }
}

async fn one_by_one<A, T>(
    run: Run<A, T>,
    connection: &mut Connection,
    args: &[&A],
) -> Result<Vec<Result<T>>> {
    let mut results = Vec::with_capacity(args.len());
    for arg in args {
        match protected(run, connection, &[*arg]).await {
            Err(error) if error.ends_transaction() => return Err(error),
            Err(error) => results.push(Err(error)),
            Ok(answers) => results.extend(answers),
        }
    }
    Ok(results)
}

/// Runs inside a savepoint, so that a failure takes only its own writes back.
async fn protected<A, T>(run: Run<A, T>, connection: &mut Connection, args: &[&A]) -> Result<Vec<Result<T>>> {
    connection.savepoint().await?;
    match together(run, connection, args).await {
        Ok(results) => connection.release().await.map(|()| results),
        Err(error) if error.ends_transaction() => Err(error),
        Err(error) => {
            connection.rollback_to_savepoint().await?;
            Err(error)
        }
    }
}

async fn together<A, T>(run: Run<A, T>, connection: &mut Connection, args: &[&A]) -> Result<Vec<Result<T>>> {
    match (run, args) {
        (Run::Batched(run), args) => run(connection, args).await,
        (Run::Single(run), [only]) => run(connection, only).await.map(|answer| vec![Ok(answer)]),
        (Run::Single(_), _) => Err(Error::Conflict("a call that is never batched")),
    }
}

impl<A: Send + Sync, T: Send> Group for Calls<A, T> {
    fn len(&self) -> usize {
        self.calls.len()
    }

    fn run<'a>(&'a mut self, connection: &'a mut Connection, care: Care) -> BoxFuture<'a, Result<Went>> {
        Box::pin(async move {
            match care {
                Care::Trusting => self.trusting(connection).await,
                Care::Savepoints => self.with_savepoints(connection).await.map(|()| Went::Well),
            }
        })
    }

    fn answer(self: Box<Self>, failure: Option<&Error>) {
        let mut results = self.results.into_iter();
        for call in self.calls {
            let result = match failure {
                Some(error) => Err(error.again()),
                None => results.next().unwrap_or(Err(Error::Unavailable("no answer from the writer".into()))),
            };
            // A caller that no longer listens gave up; what it asked for is committed all the same.
            let _ = call.reply.send(result);
        }
    }

    fn signals(&self) -> &'static [Signal] {
        self.manner.signals
    }

    fn appends_to_log(&self) -> bool {
        self.manner.appends_to_log
    }
}
