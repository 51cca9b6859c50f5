//! Wake-ups inside one process: hints that something was committed. Across processes, polling is the truth.

use tokio::sync::watch;

/// What may have happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// A task must be handed to the execution API.
    DispatchDue,
    /// A run waits for a worker.
    RunQueued,
    /// A run ended, or was inserted without a task: `outcomes_unsettled` and `runs_unadopted` may have work.
    RunFinished,
    /// The experience log grew.
    ExperienceAdded,
    /// A run got a step.
    StepAdded,
    /// The status of a task or run changed.
    TaskChanged,
}

/// One counter per [`Signal`], shared by all clones of a `Storage`.
#[derive(Debug)]
pub struct Signals {
    counters: [watch::Sender<u64>; 6],
}

impl Signals {
    pub(crate) fn new() -> Self {
        Self { counters: std::array::from_fn(|_| watch::Sender::new(0)) }
    }

    /// A receiver whose `changed()` ends after the next commit of that kind; several become one.
    pub fn subscribe(&self, signal: Signal) -> watch::Receiver<u64> {
        self.counters[signal as usize].subscribe()
    }

    pub(crate) fn raise(&self, signal: Signal) {
        self.counters[signal as usize].send_modify(|count| *count = count.wrapping_add(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_signal_raised_before_the_wait_is_not_lost() {
        let signals = Signals::new();
        let mut queued = signals.subscribe(Signal::RunQueued);
        signals.raise(Signal::RunQueued);
        signals.raise(Signal::RunQueued);
        queued.changed().await.unwrap();
        assert!(!queued.has_changed().unwrap());
    }
}
