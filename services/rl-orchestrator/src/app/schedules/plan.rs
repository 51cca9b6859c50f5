//! What is to be done about a schedule that is due. Pure: the clock comes in.

use task_model::{Micros, Missed};

use super::calendar::Calendar;

/// A firing up to this late is not missed: someone was up, and busy.
pub(super) const ON_TIME_MS: i64 = 30_000;

/// One step of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    /// The firing that is dealt with.
    pub(super) due_at: Micros,
    /// Whether its task is made; else it is passed over.
    pub(super) make: bool,
    /// The firing after it.
    pub(super) next_at: Option<Micros>,
}

/// What to do at `now` about the firing that was due at `due_at`, with at most `catch_up_max` made up for.
pub(super) fn plan(
    calendar: &Calendar,
    missed: Missed,
    catch_up_max: i64,
    due_at: Micros,
    now: Micros,
) -> Plan {
    let make = |due_at| Plan { due_at, make: true, next_at: calendar.next_after(due_at) };
    let pass_to = |next_at| Plan { due_at, make: false, next_at };
    if now.0.saturating_sub(due_at.0) <= ON_TIME_MS * 1_000 {
        return make(due_at);
    }
    match missed {
        Missed::Skip => pass_to(calendar.next_after(now.plus_millis(-ON_TIME_MS).max(due_at))),
        Missed::Last => make(calendar.last_until(now).map_or(due_at, |last| last.max(due_at))),
        Missed::All => match oldest_of(calendar, catch_up_max, now).filter(|oldest| *oldest > due_at) {
            Some(oldest) => pass_to(Some(oldest)),
            None => make(due_at),
        },
    }
}

/// The oldest of the latest `count` firings until `now`; `None` when there are fewer.
fn oldest_of(calendar: &Calendar, count: i64, now: Micros) -> Option<Micros> {
    let mut oldest = calendar.last_until(now)?;
    for _ in 1..count {
        oldest = calendar.last_until(Micros(oldest.0 - 1))?;
    }
    Some(oldest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64, second: i64) -> Micros {
        // 2026-01-01T00:00:00Z
        Micros(1_767_225_600_000_000 + (minute * 60 + second) * 1_000_000)
    }

    fn every_minute() -> Calendar {
        Calendar::new(Calendar::cron("* * * * *").unwrap(), Calendar::zone("UTC").unwrap(), None, None)
    }

    /// Everything that is made until nothing more is due, and the firing after that.
    fn made(missed: Missed, catch_up_max: i64, due_at: Micros, now: Micros) -> (Vec<Micros>, Option<Micros>) {
        let (mut made, mut next) = (Vec::new(), Some(due_at));
        while let Some(due) = next.filter(|due| *due <= now) {
            let step = plan(&every_minute(), missed, catch_up_max, due, now);
            assert!(step.next_at.is_none_or(|next| next > due), "a schedule only goes forward");
            made.extend(step.make.then_some(step.due_at));
            next = step.next_at;
        }
        (made, next)
    }

    #[test]
    fn in_time_every_policy_does_the_same() {
        for missed in [Missed::Skip, Missed::Last, Missed::All] {
            assert_eq!(made(missed, 1, at(5, 0), at(5, 29)), (vec![at(5, 0)], Some(at(6, 0))), "{missed:?}");
        }
    }

    #[test]
    fn skip_makes_up_for_nothing_but_keeps_what_is_in_time() {
        assert_eq!(made(Missed::Skip, 9, at(5, 0), at(65, 31)), (vec![], Some(at(66, 0))));
        assert_eq!(made(Missed::Skip, 9, at(5, 0), at(65, 10)), (vec![at(65, 0)], Some(at(66, 0))));
    }

    #[test]
    fn last_makes_up_for_one() {
        assert_eq!(made(Missed::Last, 9, at(5, 0), at(65, 31)), (vec![at(65, 0)], Some(at(66, 0))));
        assert_eq!(made(Missed::Last, 9, at(5, 0), at(5, 40)), (vec![at(5, 0)], Some(at(6, 0))));
    }

    #[test]
    fn all_makes_up_for_the_latest_up_to_its_bound_in_order() {
        let (all, next) = made(Missed::All, 100, at(5, 0), at(9, 59));
        assert_eq!((all, next), ((5..10).map(|minute| at(minute, 0)).collect(), Some(at(10, 0))));
        let (some, next) = made(Missed::All, 3, at(5, 0), at(65, 31));
        assert_eq!((some, next), (vec![at(63, 0), at(64, 0), at(65, 0)], Some(at(66, 0))));
    }

    #[test]
    fn a_clock_that_jumps_ahead_by_years_costs_a_few_steps() {
        let years = at(5 * 365 * 24 * 60, 45);
        assert_eq!(made(Missed::Last, 9, at(5, 0), years).0.len(), 1);
        assert_eq!(made(Missed::All, 50, at(5, 0), years).0.len(), 50);
        assert_eq!(made(Missed::Skip, 50, at(5, 0), years).0.len(), 0);
    }

    #[test]
    fn nothing_is_left_after_the_end() {
        let calendar = Calendar::new(
            Calendar::cron("* * * * *").unwrap(),
            Calendar::zone("UTC").unwrap(),
            None,
            Some(at(6, 0)),
        );
        let step = plan(&calendar, Missed::Last, 1, at(5, 0), at(99, 0));
        assert_eq!(step, Plan { due_at: at(6, 0), make: true, next_at: None });
    }
}
