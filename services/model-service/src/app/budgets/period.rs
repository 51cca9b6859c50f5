//! After which a budget begins anew: days and months of UTC. Time comes in as an argument.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Utc};
use task_model::Micros;

/// After which a budget begins anew, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Every day.
    Day,
    /// Every month.
    Month,
    /// Never.
    Forever,
}

impl Period {
    /// The word in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
            Self::Forever => "forever",
        }
    }

    /// The period for a word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Day, Self::Month, Self::Forever].into_iter().find(|period| period.as_str() == word)
    }

    /// When the period that runs at `now` began.
    pub fn start(self, now: Micros) -> Micros {
        self.first_day(now).map_or(Micros(0), midnight)
    }

    /// When it ends.
    pub fn end(self, now: Micros) -> Option<Micros> {
        let first = self.first_day(now)?;
        let next = match self {
            Self::Day => first.checked_add_days(Days::new(1)),
            _ => first.checked_add_months(Months::new(1)),
        };
        next.map(midnight)
    }

    fn first_day(self, now: Micros) -> Option<NaiveDate> {
        let day = DateTime::<Utc>::from_timestamp_micros(now.0)?.date_naive();
        match self {
            Self::Day => Some(day),
            Self::Month => day.with_day(1),
            Self::Forever => None,
        }
    }
}

fn midnight(day: NaiveDate) -> Micros {
    Micros(day.and_time(NaiveTime::MIN).and_utc().timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2024-02-29T12:00:00Z.
    const NOW: Micros = Micros(1_709_208_000_000_000);

    fn check(period: Period, start: &str, end: Option<&str>) {
        let text = |at: Micros| DateTime::<Utc>::from_timestamp_micros(at.0).unwrap().to_rfc3339();
        assert_eq!((text(period.start(NOW)).as_str(), period.end(NOW).map(text).as_deref()), (start, end));
    }

    #[test]
    fn periods_begin_and_end_at_midnight_utc() {
        check(Period::Day, "2024-02-29T00:00:00+00:00", Some("2024-03-01T00:00:00+00:00"));
        check(Period::Month, "2024-02-01T00:00:00+00:00", Some("2024-03-01T00:00:00+00:00"));
        check(Period::Forever, "1970-01-01T00:00:00+00:00", None);
    }

    #[test]
    fn words_are_read_back() {
        assert_eq!((Period::parse("month"), Period::parse("year")), (Some(Period::Month), None));
    }
}
