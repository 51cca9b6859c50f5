//! Wake-ups: hints that something was committed, by this process or (on PostgreSQL, see `neighbours`) by another on the same
//! database. They may get lost; polling is the truth.

pub(crate) mod neighbours;

use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::{Notify, watch};

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
    /// Somebody wants something of a run that a worker drives: that it stops or pauses.
    RunAsked,
    /// A schedule was made, edited or let go on.
    ScheduleChanged,
}

impl Signal {
    /// In an order that never changes: other processes, perhaps of another release, count in it too.
    const ALL: [Self; 8] = [
        Self::DispatchDue,
        Self::RunQueued,
        Self::RunFinished,
        Self::ExperienceAdded,
        Self::StepAdded,
        Self::TaskChanged,
        Self::RunAsked,
        Self::ScheduleChanged,
    ];

    fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// One counter per [`Signal`], shared by all clones of a `Storage`.
#[derive(Debug)]
pub struct Signals {
    counters: [watch::Sender<u64>; Signal::ALL.len()],
    /// Bits of what this process raised and its neighbours were not told.
    untold: AtomicU32,
    more_untold: Notify,
    subscribed: Notify,
}

impl Signals {
    pub(crate) fn new() -> Self {
        Self {
            counters: std::array::from_fn(|_| watch::Sender::new(0)),
            untold: AtomicU32::new(0),
            more_untold: Notify::new(),
            subscribed: Notify::new(),
        }
    }

    /// A receiver whose `changed()` ends after the next commit of that kind; several become one.
    pub fn subscribe(&self, signal: Signal) -> watch::Receiver<u64> {
        self.subscribed.notify_one();
        self.counters[signal as usize].subscribe()
    }

    /// This process committed something.
    pub(crate) fn raise(&self, signal: Signal) {
        self.hear(signal);
        if self.untold.fetch_or(signal.bit(), Ordering::AcqRel) & signal.bit() == 0 {
            self.more_untold.notify_one();
        }
    }

    /// Somebody committed something.
    fn hear(&self, signal: Signal) {
        self.counters[signal as usize].send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Bits of what was raised since the last call; waits until there is something.
    async fn take_untold(&self) -> u32 {
        loop {
            match self.untold.swap(0, Ordering::AcqRel) {
                0 => self.more_untold.notified().await,
                bits => return bits,
            }
        }
    }

    fn hear_all(&self, bits: u32) {
        Signal::ALL
            .into_iter()
            .filter(|signal| bits & signal.bit() != 0)
            .for_each(|signal| self.hear(signal));
    }

    /// Ends once somebody in this process wants to be woken.
    async fn subscribed(&self) {
        self.subscribed.notified().await;
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

    #[tokio::test]
    async fn what_is_to_be_told_is_gathered_and_what_was_heard_is_not_told_on() {
        let signals = Signals::new();
        for signal in Signal::ALL.into_iter().chain([Signal::RunQueued]) {
            signals.raise(signal);
        }
        assert_eq!(signals.take_untold().await, 0b1111_1111);
        let mut asked = signals.subscribe(Signal::RunAsked);
        signals.hear_all(u32::MAX);
        asked.changed().await.unwrap();
        assert_eq!(signals.untold.load(Ordering::Acquire), 0);
    }
}
