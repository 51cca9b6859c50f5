//! A circuit breaker as a pure state machine: closed = traffic flows, open = refused, half-open = one probe.

use std::time::{Duration, Instant};

/// When the breaker opens, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct BreakerOptions {
    /// Failures in a row that open it.
    pub failures_to_open: u32,
    /// How long it stays open the first time; doubled by every failed probe.
    pub open_for: Duration,
    /// The longest it stays open.
    pub open_for_max: Duration,
}

impl Default for BreakerOptions {
    fn default() -> Self {
        Self {
            failures_to_open: 5,
            open_for: Duration::from_millis(500),
            open_for_max: Duration::from_secs(15),
        }
    }
}

/// The three words of the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// Traffic flows.
    Closed,
    /// Requests are refused.
    Open,
    /// One probe is under way.
    HalfOpen,
}

impl BreakerState {
    /// The word in health answers and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

/// Whether a request may go out now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It may, and its end must be told by [`Breaker::record`].
    Allowed,
    /// It may not; a probe is possible after this time.
    Refused(Duration),
}

/// The breaker of one endpoint.
#[derive(Debug)]
pub struct Breaker {
    options: BreakerOptions,
    phase: Phase,
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    /// `cuts`: answers in a row that began well and were cut off.
    Closed {
        failures: u32,
        cuts: u32,
    },
    Open {
        until: Instant,
        open_for: Duration,
    },
    HalfOpen {
        since: Instant,
        open_for: Duration,
    },
}

impl Breaker {
    /// A closed breaker.
    pub fn new(options: BreakerOptions) -> Self {
        Self { options, phase: Phase::Closed { failures: 0, cuts: 0 } }
    }

    /// Asks to send one request at `now`.
    pub fn admit(&mut self, now: Instant) -> Admission {
        match self.phase {
            Phase::Closed { .. } => Admission::Allowed,
            Phase::Open { until, .. } if now < until => Admission::Refused(until - now),
            Phase::Open { open_for, .. } => self.probe(now, open_for),
            // A probe whose sender vanished must not keep the breaker half-open for ever.
            Phase::HalfOpen { since, open_for } if now >= since + self.options.open_for_max => {
                self.probe(now, open_for)
            }
            Phase::HalfOpen { since, .. } => {
                Admission::Refused((since + self.options.open_for_max).saturating_duration_since(now))
            }
        }
    }

    /// Tells how an admitted request ended. Timeouts count as failures.
    pub fn record(&mut self, now: Instant, succeeded: bool) {
        self.phase = match (self.phase, succeeded) {
            (Phase::Closed { cuts, .. }, true) => Phase::Closed { failures: 0, cuts },
            // Only its head has come: should this answer be cut off too, the breaker opens again at once.
            (_, true) => Phase::Closed { failures: 0, cuts: self.options.failures_to_open.saturating_sub(1) },
            (Phase::Closed { failures, cuts }, false) if failures + 1 < self.options.failures_to_open => {
                Phase::Closed { failures: failures + 1, cuts }
            }
            (Phase::Closed { .. }, false) => self.opened(now, self.options.open_for),
            (Phase::HalfOpen { open_for, .. }, false) => self.opened(now, open_for * 2),
            // A request admitted before the breaker opened came back late; nothing new was learned.
            (open @ Phase::Open { .. }, false) => open,
        };
    }

    /// Tells that nobody waited for the end of an admitted request: nothing was learned, and a probe may be sent again.
    pub fn abandon(&mut self, now: Instant) {
        if let Phase::HalfOpen { open_for, .. } = self.phase {
            self.phase = Phase::Open { until: now, open_for };
        }
    }

    /// Tells that an answer which had begun well was cut off.
    pub fn cut_off(&mut self, now: Instant) {
        if let Phase::Closed { failures, cuts } = self.phase {
            self.phase = if cuts + 1 < self.options.failures_to_open {
                Phase::Closed { failures, cuts: cuts + 1 }
            } else {
                self.opened(now, self.options.open_for)
            };
        }
    }

    /// Tells that an answer came to its end.
    pub fn completed(&mut self) {
        if let Phase::Closed { cuts, .. } = &mut self.phase {
            *cuts = 0;
        }
    }

    /// The state at `now`.
    pub fn state(&self) -> BreakerState {
        match self.phase {
            Phase::Closed { .. } => BreakerState::Closed,
            Phase::Open { .. } => BreakerState::Open,
            Phase::HalfOpen { .. } => BreakerState::HalfOpen,
        }
    }

    fn probe(&mut self, now: Instant, open_for: Duration) -> Admission {
        self.phase = Phase::HalfOpen { since: now, open_for };
        Admission::Allowed
    }

    fn opened(&self, now: Instant, open_for: Duration) -> Phase {
        let open_for = open_for.min(self.options.open_for_max);
        Phase::Open { until: now + open_for, open_for }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN_FOR: Duration = Duration::from_secs(1);

    fn breaker() -> Breaker {
        let open_for_max = Duration::from_secs(3);
        Breaker::new(BreakerOptions { failures_to_open: 3, open_for: OPEN_FOR, open_for_max })
    }

    fn opened(now: Instant) -> Breaker {
        let mut breaker = breaker();
        for _ in 0..3 {
            assert_eq!(breaker.admit(now), Admission::Allowed);
            breaker.record(now, false);
        }
        breaker
    }

    #[test]
    fn stays_closed_while_failures_are_not_in_a_row() {
        let (mut breaker, now) = (breaker(), Instant::now());
        for succeeded in [false, false, true, false, false, true] {
            breaker.record(now, succeeded);
        }
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[test]
    fn opens_after_failures_in_a_row_and_says_how_long() {
        let now = Instant::now();
        assert_eq!(opened(now).admit(now), Admission::Refused(OPEN_FOR));
    }

    #[test]
    fn lets_exactly_one_probe_through() {
        let now = Instant::now();
        let mut breaker = opened(now);
        let later = now + OPEN_FOR;
        assert_eq!(breaker.admit(later), Admission::Allowed);
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        assert!(matches!(breaker.admit(later), Admission::Refused(_)));
    }

    #[test]
    fn a_good_probe_closes_and_a_bad_one_doubles_the_wait() {
        let now = Instant::now();
        let mut good = opened(now);
        good.admit(now + OPEN_FOR);
        good.record(now + OPEN_FOR, true);
        assert_eq!(good.state(), BreakerState::Closed);

        let mut bad = opened(now);
        bad.admit(now + OPEN_FOR);
        bad.record(now + OPEN_FOR, false);
        assert_eq!(bad.admit(now + OPEN_FOR), Admission::Refused(OPEN_FOR * 2));
    }

    #[test]
    fn a_probe_that_vanished_is_replaced() {
        let now = Instant::now();
        let mut breaker = opened(now);
        breaker.admit(now + OPEN_FOR);
        assert_eq!(breaker.admit(now + OPEN_FOR + Duration::from_secs(3)), Admission::Allowed);
    }

    #[test]
    fn a_probe_that_was_given_up_is_replaced_at_once() {
        let now = Instant::now();
        let mut breaker = opened(now);
        breaker.admit(now + OPEN_FOR);
        breaker.abandon(now + OPEN_FOR);
        assert_eq!(breaker.admit(now + OPEN_FOR), Admission::Allowed);
    }

    #[test]
    fn answers_that_begin_well_and_are_cut_off_open_it_too() {
        let now = Instant::now();
        let mut breaker = breaker();
        for _ in 0..3 {
            assert_eq!(breaker.state(), BreakerState::Closed);
            breaker.record(now, true);
            breaker.cut_off(now);
        }
        assert_eq!(breaker.admit(now), Admission::Refused(OPEN_FOR));
        breaker.admit(now + OPEN_FOR);
        breaker.record(now + OPEN_FOR, true);
        breaker.cut_off(now + OPEN_FOR);
        assert_eq!(breaker.state(), BreakerState::Open, "the probe was cut off too");
    }

    #[test]
    fn an_answer_that_ends_makes_up_for_those_that_were_cut_off() {
        let now = Instant::now();
        let mut breaker = breaker();
        for _ in 0..5 {
            breaker.cut_off(now);
            breaker.completed();
        }
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[test]
    fn a_late_failure_does_not_lengthen_the_wait() {
        let now = Instant::now();
        let mut breaker = opened(now);
        breaker.record(now + OPEN_FOR / 2, false);
        assert_eq!(breaker.admit(now + OPEN_FOR), Admission::Allowed);
    }
}
