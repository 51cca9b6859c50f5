//! Where calls wait for the writer: one queue for each kind of call that is batched, and one for all others.

use std::collections::VecDeque;

use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};

use super::group::{Call, Calls, Group, Manner};
use crate::{Error, Result};

/// A queue that closes when its writer ends.
struct Queue<C> {
    waiting: VecDeque<C>,
    closed: bool,
}

/// The queue of one kind of call.
pub(crate) struct Lane<A, T> {
    manner: Manner<A, T>,
    queue: Mutex<Queue<Call<A, T>>>,
}

impl<A: Send + Sync + 'static, T: Send + 'static> Lane<A, T> {
    pub(crate) fn new(manner: Manner<A, T>) -> Self {
        Self { manner, queue: Mutex::new(Queue { waiting: VecDeque::new(), closed: false }) }
    }

    /// Waits in line, and then for the commit.
    pub(crate) async fn call(&self, args: A, arrived: &Notify) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        self.queue.lock().add(Call { args, reply })?;
        arrived.notify_one();
        answer.await.map_err(|_| ended())?
    }

    /// Lines up many at once, so that they share a commit, and waits for all.
    pub(crate) async fn call_many(&self, many: Vec<A>, arrived: &Notify) -> Result<Vec<T>> {
        let mut answers = Vec::with_capacity(many.len());
        {
            let mut queue = self.queue.lock();
            for args in many {
                let (reply, answer) = oneshot::channel();
                queue.add(Call { args, reply })?;
                answers.push(answer);
            }
        }
        arrived.notify_one();
        let mut results = Vec::with_capacity(answers.len());
        for answer in answers {
            results.push(answer.await.map_err(|_| ended())??);
        }
        Ok(results)
    }
}

/// The queue of everything that is not batched.
pub(crate) struct OddLane {
    queue: Mutex<Queue<Box<dyn Group>>>,
}

impl OddLane {
    pub(crate) fn new() -> Self {
        Self { queue: Mutex::new(Queue { waiting: VecDeque::new(), closed: false }) }
    }

    /// Waits in line, and then for the commit.
    pub(crate) async fn call<A, T>(&self, args: A, manner: Manner<A, T>, arrived: &Notify) -> Result<T>
    where
        A: Send + Sync + 'static,
        T: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let calls = Calls { manner, calls: vec![Call { args, reply }], results: Vec::new() };
        self.queue.lock().add(Box::new(calls))?;
        arrived.notify_one();
        answer.await.map_err(|_| ended())?
    }
}

/// What the writer sees of a lane.
pub(crate) trait Waiting {
    /// How many calls wait.
    fn waiting(&self) -> usize;
    /// Takes up to `max` calls.
    fn take(&self, max: usize, into: &mut Vec<Box<dyn Group>>);
    /// Takes no more calls, and drops those that wait.
    fn close(&self);
}

impl<A: Send + Sync + 'static, T: Send + 'static> Waiting for Lane<A, T> {
    fn waiting(&self) -> usize {
        self.queue.lock().waiting.len()
    }

    fn take(&self, max: usize, into: &mut Vec<Box<dyn Group>>) {
        let calls = self.queue.lock().take(max);
        if !calls.is_empty() {
            into.push(Box::new(Calls { manner: self.manner, calls, results: Vec::new() }));
        }
    }

    fn close(&self) {
        self.queue.lock().close();
    }
}

impl Waiting for OddLane {
    fn waiting(&self) -> usize {
        self.queue.lock().waiting.len()
    }

    fn take(&self, max: usize, into: &mut Vec<Box<dyn Group>>) {
        into.extend(self.queue.lock().take(max));
    }

    fn close(&self) {
        self.queue.lock().close();
    }
}

impl<C> Queue<C> {
    fn add(&mut self, call: C) -> Result<()> {
        if self.closed {
            return Err(ended());
        }
        self.waiting.push_back(call);
        Ok(())
    }

    fn take(&mut self, max: usize) -> Vec<C> {
        let n = self.waiting.len().min(max);
        self.waiting.drain(..n).collect()
    }

    fn close(&mut self) {
        self.closed = true;
        self.waiting.clear();
    }
}

fn ended() -> Error {
    Error::Unavailable("the database was closed".to_owned())
}
