//! The runs that this process drives, and how to ask them to stop. Knows nothing of what they do.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use parking_lot::Mutex;
use storage::RunLease;
use task_model::{Attempt, TaskId};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// What somebody wants of a run under way. The first wish counts, except that a lost lease overrides all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Wish {
    /// The caller stops the task.
    Cancel = 1,
    /// A person pauses it.
    Pause = 2,
    /// Write nothing more: the lease is lost, or the process ends and hands everything back.
    Abandon = 3,
}

/// Until when this process may believe in its lease; nothing is known before the first session.
#[derive(Debug, Clone, Default)]
struct Belief(Arc<Mutex<Option<Instant>>>);

impl Belief {
    fn is_over(&self) -> bool {
        self.0.lock().is_some_and(|until| Instant::now() >= until)
    }
}

/// The line over which one run is asked. It also asks by itself, at the instant at which the lease cannot be believed any more:
/// after a process was frozen, its runs may wake before the task that renews.
#[derive(Debug, Default)]
pub struct Ask {
    token: CancellationToken,
    wish: AtomicU8,
    belief: Belief,
}

impl Ask {
    /// Wants something of the run.
    pub fn want(&self, wish: Wish) {
        self.wish.fetch_max(wish as u8, Ordering::SeqCst);
        self.token.cancel();
    }

    /// What is wanted, if anything.
    pub fn wanted(&self) -> Option<Wish> {
        if self.belief.is_over() {
            return Some(Wish::Abandon);
        }
        match self.wish.load(Ordering::SeqCst) {
            1 => Some(Wish::Cancel),
            2 => Some(Wish::Pause),
            3 => Some(Wish::Abandon),
            _ => None,
        }
    }

    /// Ends when something is wanted.
    pub async fn wait(&self) -> Wish {
        if self.belief.is_over() {
            return Wish::Abandon;
        }
        self.token.cancelled().await;
        self.wanted().unwrap_or(Wish::Abandon)
    }
}

type Key = (TaskId, Attempt);
type Runs = HashMap<Key, (RunLease, Arc<Ask>)>;

/// All runs that this process drives. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct UnderWay {
    runs: Arc<Mutex<Runs>>,
    belief: Belief,
}

impl UnderWay {
    /// Begins a run; it counts as under way until the entry is dropped.
    pub fn begin(&self, lease: RunLease) -> Entry {
        let key = (lease.task_id.clone(), lease.attempt);
        let ask = Arc::new(Ask { belief: self.belief.clone(), ..Ask::default() });
        self.runs.lock().insert(key.clone(), (lease, ask.clone()));
        Entry { all: self.clone(), key, ask }
    }

    /// The lease may be believed until then; afterwards every run abandons.
    pub fn believe_until(&self, until: Instant) {
        *self.belief.0.lock() = Some(until);
    }

    /// Wants something of one attempt of a task; false when it is not driven here.
    pub fn want(&self, task: &TaskId, attempt: Attempt, wish: Wish) -> bool {
        let runs = self.runs.lock();
        let found = runs.get(&(task.clone(), attempt));
        found.inspect(|(_, ask)| ask.want(wish)).is_some()
    }

    /// Wants something of every run.
    pub fn want_all(&self, wish: Wish) {
        self.runs.lock().values().for_each(|(_, ask)| ask.want(wish));
    }

    /// The leases held now.
    pub fn leases(&self) -> Vec<RunLease> {
        self.runs.lock().values().map(|(lease, _)| lease.clone()).collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.runs.lock().len()
    }
}

/// One run under way.
#[derive(Debug)]
pub struct Entry {
    all: UnderWay,
    key: Key,
    /// The line over which it is asked.
    pub ask: Arc<Ask>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut runs = self.all.runs.lock();
        // A later claim of the same attempt in this process has an entry of its own.
        if runs.get(&self.key).is_some_and(|(_, ask)| Arc::ptr_eq(ask, &self.ask)) {
            runs.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use task_model::Fence;

    fn lease(task: &str, fence: i64) -> RunLease {
        RunLease { task_id: TaskId::parse(task).unwrap(), attempt: Attempt::FIRST, fence: Fence(fence) }
    }

    #[tokio::test]
    async fn a_wish_reaches_the_run_and_no_other() {
        let runs = UnderWay::default();
        let (a, b) = (runs.begin(lease("a", 1)), runs.begin(lease("b", 1)));
        assert!(runs.want(&lease("a", 1).task_id, Attempt::FIRST, Wish::Cancel));
        assert_eq!(a.ask.wait().await, Wish::Cancel);
        assert_eq!(b.ask.wanted(), None);
    }

    #[test]
    fn a_lost_lease_overrides_a_wish_to_cancel() {
        let runs = UnderWay::default();
        let entry = runs.begin(lease("a", 1));
        entry.ask.want(Wish::Cancel);
        runs.want_all(Wish::Abandon);
        entry.ask.want(Wish::Pause);
        assert_eq!(entry.ask.wanted(), Some(Wish::Abandon));
    }

    /// Found by the simulation: a worker woke from being frozen and acted before it noticed that others had its runs.
    #[tokio::test]
    async fn a_run_abandons_at_the_instant_its_lease_is_over() {
        let runs = UnderWay::default();
        let entry = runs.begin(lease("a", 1));
        runs.believe_until(Instant::now() + std::time::Duration::from_secs(60));
        assert_eq!(entry.ask.wanted(), None);
        runs.believe_until(Instant::now());
        assert_eq!((entry.ask.wanted(), entry.ask.wait().await), (Some(Wish::Abandon), Wish::Abandon));
    }

    #[test]
    fn the_end_of_an_older_claim_does_not_hide_the_newer_one() {
        let runs = UnderWay::default();
        let older = runs.begin(lease("a", 1));
        let _newer = runs.begin(lease("a", 2));
        drop(older);
        assert_eq!(runs.leases(), [lease("a", 2)]);
    }
}
