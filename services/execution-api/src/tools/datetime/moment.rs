//! A point in time at an offset, and whether its time of day was meant or only its date.

use chrono::{DateTime, Duration, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moment {
    pub at: DateTime<FixedOffset>,
    pub timed: bool,
}

impl Moment {
    pub fn now(now: DateTime<Utc>, offset: FixedOffset) -> Self {
        Moment { at: now.with_timezone(&offset), timed: true }
    }

    pub fn date(date: NaiveDate, offset: FixedOffset) -> Option<Self> {
        Self::local(date.and_time(NaiveTime::MIN), offset).map(|moment| Moment { timed: false, ..moment })
    }

    pub fn local(local: NaiveDateTime, offset: FixedOffset) -> Option<Self> {
        local.and_local_timezone(offset).single().map(|at| Moment { at, timed: true })
    }

    pub fn plus(self, duration: Option<Duration>) -> Option<Self> {
        Some(Moment { at: self.at.checked_add_signed(duration?)?, ..self })
    }
}
