//! How many tasks a tenant may have accepted in a minute: a token bucket for each, in this process.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota};
use task_model::TenantId;

use crate::config::TenantRate;

/// Buckets that are kept before quiet ones are forgotten.
const KEPT: usize = 10_000;

/// The buckets.
#[derive(Debug)]
pub(crate) struct TenantRates {
    named: HashMap<TenantId, Option<(u32, DefaultDirectRateLimiter)>>,
    others: Option<(u32, DefaultKeyedRateLimiter<TenantId>)>,
}

/// A tenant has had as many tasks accepted as it may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limited {
    /// Whose limit.
    pub tenant: TenantId,
    /// Tasks a minute.
    pub per_min: u32,
    /// When the next one is accepted.
    pub wait: Duration,
}

impl TenantRates {
    /// `others_per_min` for tenants that are not named; 0 is no limit. A quiet tenant may send a minute's worth at once, or its `burst`.
    pub(crate) fn new(others_per_min: u32, named: &[TenantRate]) -> Self {
        let direct = |rate: &TenantRate| {
            let per_min = NonZeroU32::new(rate.tasks_per_min)?;
            let quota = quota(per_min, NonZeroU32::new(rate.burst).unwrap_or(per_min));
            Some((per_min.get(), DefaultDirectRateLimiter::direct(quota)))
        };
        let others = NonZeroU32::new(others_per_min)
            .map(|per_min| (per_min.get(), DefaultKeyedRateLimiter::keyed(quota(per_min, per_min))));
        Self { named: named.iter().map(|rate| (rate.tenant.clone(), direct(rate))).collect(), others }
    }

    /// Whether a tenant has a limit at all.
    pub(crate) fn limits(&self, tenant: &TenantId) -> bool {
        self.named.get(tenant).map_or(self.others.is_some(), Option::is_some)
    }

    /// Charges one task.
    pub(crate) fn take(&self, tenant: &TenantId) -> Result<(), Limited> {
        let (per_min, taken) = match (self.named.get(tenant), &self.others) {
            (Some(None), _) | (None, None) => return Ok(()),
            (Some(Some((per_min, bucket))), _) => (*per_min, bucket.check()),
            (None, Some((per_min, buckets))) => {
                if buckets.len() > KEPT {
                    buckets.retain_recent();
                }
                (*per_min, buckets.check_key(tenant))
            }
        };
        taken.map_err(|not_until| Limited {
            tenant: tenant.clone(),
            per_min,
            wait: not_until.wait_time_from(DefaultClock::default().now()),
        })
    }
}

fn quota(per_min: NonZeroU32, burst: NonZeroU32) -> Quota {
    Quota::per_minute(per_min).allow_burst(burst)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(raw: &str) -> TenantId {
        TenantId::parse(raw).unwrap()
    }

    fn rate(raw: &str, tasks_per_min: u32, burst: u32) -> TenantRate {
        TenantRate { tenant: tenant(raw), tasks_per_min, burst }
    }

    fn taken(rates: &TenantRates, of: &str, tries: usize) -> usize {
        (0..tries).filter(|_| rates.take(&tenant(of)).is_ok()).count()
    }

    #[test]
    fn each_tenant_has_a_bucket_of_its_own() {
        let rates = TenantRates::new(3, &[rate("acme", 60, 5), rate("free", 0, 0)]);
        assert_eq!((taken(&rates, "a", 9), taken(&rates, "b", 9)), (3, 3));
        assert_eq!((taken(&rates, "acme", 9), taken(&rates, "free", 99)), (5, 99));
        assert!(
            rates.limits(&tenant("a")) && rates.limits(&tenant("acme")) && !rates.limits(&tenant("free"))
        );
        let limited = rates.take(&tenant("a")).unwrap_err();
        assert_eq!((limited.per_min, limited.tenant), (3, tenant("a")));
        assert!(
            limited.wait > Duration::ZERO && limited.wait <= Duration::from_secs(20),
            "{:?}",
            limited.wait
        );
    }

    #[test]
    fn without_a_limit_nothing_is_counted() {
        let rates = TenantRates::new(0, &[rate("acme", 1, 0)]);
        assert_eq!((taken(&rates, "a", 99), taken(&rates, "acme", 9)), (99, 1));
        assert!(!rates.limits(&tenant("a")));
    }
}
