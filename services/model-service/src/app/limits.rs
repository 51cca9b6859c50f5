//! Requests and tokens a minute, for a key or a provider. Each is a bucket that fills evenly; in this process only.
//!
//! A call may begin while its bucket is not empty, and takes what it may come to; what it came to less is given back. Time comes in as
//! an argument.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::config::RateLimit;

/// Whose bucket it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// An API key's.
    Key(Arc<str>),
    /// A provider's.
    Provider(String),
}

/// The limits and how full the buckets are.
#[derive(Debug, Default)]
pub struct Limits {
    rules: Vec<RateLimit>,
    buckets: Mutex<HashMap<(usize, Subject), Buckets>>,
}

/// Of one rule and one subject.
#[derive(Debug)]
struct Buckets {
    requests: Option<Bucket>,
    tokens: Option<Bucket>,
}

#[derive(Debug)]
struct Bucket {
    level: f64,
    per_minute: f64,
    seen: Instant,
}

impl Limits {
    /// By the rules of the configuration.
    pub fn new(rules: Vec<RateLimit>) -> Self {
        Self { rules, buckets: Mutex::default() }
    }

    /// Takes one request of `tokens`, or says how long to wait.
    pub fn take(&self, now: Instant, subject: &Subject, tokens: u64) -> Result<(), Duration> {
        self.each(now, subject, |buckets| {
            let wait = [buckets.requests.as_ref(), buckets.tokens.as_ref()].into_iter().flatten();
            match wait.filter_map(Bucket::wait).max() {
                Some(wait) => Err(wait),
                None => {
                    buckets.requests.iter_mut().for_each(|bucket| bucket.level -= 1.0);
                    buckets.tokens.iter_mut().for_each(|bucket| bucket.level -= tokens as f64);
                    Ok(())
                }
            }
        })
    }

    /// Puts right what was taken too much or too little.
    pub fn correct(&self, now: Instant, subject: &Subject, taken: u64, used: u64) {
        let put_right = |buckets: &mut Buckets| {
            buckets.tokens.iter_mut().for_each(|bucket| bucket.level += taken as f64 - used as f64);
            Ok(())
        };
        let _ = self.each(now, subject, put_right);
    }

    fn each(
        &self,
        now: Instant,
        subject: &Subject,
        mut visit: impl FnMut(&mut Buckets) -> Result<(), Duration>,
    ) -> Result<(), Duration> {
        for (place, rule) in self.rules.iter().enumerate().filter(|(_, rule)| rule.is_for(subject)) {
            let mut buckets = self.buckets.lock();
            let buckets = buckets.entry((place, subject.clone())).or_insert_with(|| Buckets {
                requests: rule.requests_per_min.map(|per_minute| Bucket::full(per_minute, now)),
                tokens: rule.tokens_per_min.map(|per_minute| Bucket::full(per_minute, now)),
            });
            buckets.requests.iter_mut().chain(&mut buckets.tokens).for_each(|bucket| bucket.fill(now));
            visit(buckets)?;
        }
        Ok(())
    }
}

impl RateLimit {
    fn is_for(&self, subject: &Subject) -> bool {
        let (wanted, name) = match subject {
            Subject::Key(id) => (&self.key, &**id),
            Subject::Provider(name) => (&self.provider, name.as_str()),
        };
        wanted.as_ref().is_some_and(|wanted| wanted == "*" || wanted == name)
    }
}

impl Bucket {
    fn full(per_minute: u64, now: Instant) -> Self {
        Self { level: per_minute as f64, per_minute: per_minute as f64, seen: now }
    }

    fn fill(&mut self, now: Instant) {
        let minutes = now.saturating_duration_since(self.seen).as_secs_f64() / 60.0;
        self.level = (self.level + minutes * self.per_minute).min(self.per_minute);
        self.seen = now;
    }

    /// Until one request, or one token, may be taken.
    fn wait(&self) -> Option<Duration> {
        let missing = 1.0 - self.level;
        (missing > 0.0).then(|| Duration::from_secs_f64(missing / self.per_minute * 60.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(requests: Option<u64>, tokens: Option<u64>) -> Limits {
        let rule = RateLimit {
            key: Some("*".into()),
            provider: None,
            requests_per_min: requests,
            tokens_per_min: tokens,
        };
        Limits::new(vec![rule])
    }

    fn key(id: &str) -> Subject {
        Subject::Key(id.into())
    }

    #[test]
    fn requests_run_out_and_come_back_evenly_for_each_key() {
        let (limits, now) = (limits(Some(2), None), Instant::now());
        assert!(limits.take(now, &key("a"), 0).is_ok() && limits.take(now, &key("a"), 0).is_ok());
        assert_eq!(limits.take(now, &key("a"), 0), Err(Duration::from_secs(30)));
        assert!(limits.take(now, &key("b"), 0).is_ok());
        assert!(limits.take(now + Duration::from_secs(30), &key("a"), 0).is_ok());
        assert!(limits.take(now, &Subject::Provider("a".into()), 0).is_ok(), "no rule for providers");
    }

    #[test]
    fn tokens_are_owed_and_given_back() {
        let (limits, now) = (limits(None, Some(60)), Instant::now());
        assert!(limits.take(now, &key("a"), 100).is_ok(), "a call larger than the bucket may begin");
        assert_eq!(limits.take(now, &key("a"), 1), Err(Duration::from_secs(41)));
        limits.correct(now, &key("a"), 100, 10);
        assert!(limits.take(now, &key("a"), 50).is_ok());
    }
}
