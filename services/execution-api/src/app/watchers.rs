//! Who waits for which task in this process: a commit wakes those who wait for its task and nobody else.
//!
//! Tasks that another process drives wake nobody here; whoever waits also looks now and then.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use task_model::TaskId;
use tokio::sync::Notify;

/// The waiting callers, by task. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Watchers {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// How many entries the map has: nearly always none, and then a commit takes no lock.
    waiting: AtomicUsize,
    by_task: Mutex<HashMap<TaskId, (usize, Arc<Notify>)>>,
}

impl Watchers {
    /// Begins to wait for changes of `task`.
    pub fn watch(&self, task: &TaskId) -> Watch {
        let mut by_task = self.inner.by_task.lock();
        let (count, notify) = by_task.entry(task.clone()).or_default();
        *count += 1;
        let notify = notify.clone();
        self.inner.waiting.store(by_task.len(), Ordering::SeqCst);
        Watch { inner: self.inner.clone(), task: task.clone(), notify }
    }

    /// Something about `task` was committed.
    pub fn changed(&self, task: &TaskId) {
        if self.inner.waiting.load(Ordering::SeqCst) == 0 {
            return;
        }
        if let Some((_, notify)) = self.inner.by_task.lock().get(task) {
            notify.notify_waiters();
        }
    }
}

/// One caller's wait for one task; ends when dropped.
#[derive(Debug)]
pub struct Watch {
    inner: Arc<Inner>,
    task: TaskId,
    notify: Arc<Notify>,
}

impl Watch {
    /// Ends after the next change. Changes count from this call on, not from the first poll: enable, look, then wait.
    pub fn next(&self) -> impl Future<Output = ()> + '_ {
        let mut notified = Box::pin(self.notify.notified());
        notified.as_mut().enable();
        notified
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut by_task = self.inner.by_task.lock();
        if let Some(entry) = by_task.get_mut(&self.task) {
            entry.0 -= 1;
            if entry.0 == 0 {
                by_task.remove(&self.task);
            }
        }
        self.inner.waiting.store(by_task.len(), Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    fn id(raw: &str) -> TaskId {
        TaskId::parse(raw).unwrap()
    }

    #[tokio::test]
    async fn a_change_between_looking_and_waiting_is_not_lost() {
        let watchers = Watchers::default();
        let watch = watchers.watch(&id("a"));
        let next = watch.next();
        watchers.changed(&id("a"));
        next.await;
    }

    #[tokio::test]
    async fn changes_of_other_tasks_wake_nobody() {
        let watchers = Watchers::default();
        let watch = watchers.watch(&id("a"));
        let next = watch.next();
        watchers.changed(&id("b"));
        assert!(next.now_or_never().is_none());
    }

    #[test]
    fn nothing_is_kept_for_those_who_left() {
        let watchers = Watchers::default();
        let (first, second) = (watchers.watch(&id("a")), watchers.watch(&id("a")));
        drop(first);
        assert_eq!(watchers.inner.by_task.lock().len(), 1);
        drop(second);
        assert!(watchers.inner.by_task.lock().is_empty());
    }
}
