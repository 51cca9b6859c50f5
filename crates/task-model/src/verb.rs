//! What people may ask of a run, and what each request means in each state.

use crate::RunStatus;

/// A request about a run that nobody drives at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Stop it.
    Cancel,
    /// Hold it.
    Pause,
    /// Let it go on after a pause.
    Resume,
    /// Let it go on after a review.
    Approve,
    /// End it after a review.
    Deny,
}

/// What a request comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The run moves there.
    Moves(RunStatus),
    /// It is so already: asking twice is no error.
    Already,
    /// The life of a run does not have this move from here.
    Illegal,
}

impl Verb {
    /// Every verb.
    pub const ALL: [Self; 5] = [Self::Cancel, Self::Pause, Self::Resume, Self::Approve, Self::Deny];

    /// What this verb means to a run in `status`.
    pub fn ask(self, status: RunStatus) -> Asked {
        use RunStatus as S;
        match (self, status) {
            (Self::Cancel, S::CANCELLED) | (Self::Pause, S::PAUSED) | (Self::Deny, S::FAILED) => {
                Asked::Already
            }
            (Self::Resume | Self::Approve, S::QUEUED | S::RUNNING) => Asked::Already,
            (Self::Cancel, from) if !from.is_terminal() => Asked::Moves(S::CANCELLED),
            (Self::Pause, S::QUEUED | S::WAITING) => Asked::Moves(S::PAUSED),
            (Self::Resume, S::PAUSED) | (Self::Approve, S::NEEDS_REVIEW) => Asked::Moves(S::QUEUED),
            (Self::Deny, S::NEEDS_REVIEW) => Asked::Moves(S::FAILED),
            _ => Asked::Illegal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TaskStatus;

    fn every_run_status() -> impl Iterator<Item = RunStatus> {
        TaskStatus::ALL.into_iter().filter_map(|status| RunStatus::parse(status.as_str()).ok())
    }

    #[test]
    fn no_verb_makes_a_move_that_a_life_does_not_have() {
        for verb in Verb::ALL {
            for from in every_run_status() {
                if let Asked::Moves(to) = verb.ask(from) {
                    assert!(from.as_task().advance(to.as_task()).is_ok(), "{verb:?}: {from:?} to {to:?}");
                }
            }
        }
    }

    #[test]
    fn asking_twice_is_never_an_error() {
        for verb in Verb::ALL {
            for from in every_run_status() {
                if let Asked::Moves(to) = verb.ask(from) {
                    assert_eq!(verb.ask(to), Asked::Already, "{verb:?} after {from:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_completed_stays_so() {
        for verb in Verb::ALL {
            assert_eq!(verb.ask(RunStatus::COMPLETED), Asked::Illegal, "{verb:?}");
        }
    }
}
