//! How often a caller may call: a token bucket for each API key, and one for each address that shows no valid key.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};
use http::StatusCode;

use crate::access::{Caller, KeyRing};
use crate::config::Limits;
use crate::problem::Problem;

/// The buckets of one service; `None` where there is no limit.
#[derive(Debug)]
pub(super) struct Rates {
    keys: Option<DefaultKeyedRateLimiter<Arc<str>>>,
    addresses: Option<DefaultKeyedRateLimiter<IpAddr>>,
}

impl Rates {
    pub(super) fn new(limits: &Limits, loopback: bool) -> Self {
        Self {
            keys: buckets(limits.rate_per_key_per_s.limit(loopback), limits.rate_burst_s),
            addresses: buckets(limits.rate_per_address_per_s.limit(loopback), limits.rate_burst_s),
        }
    }

    /// One call by `caller` (when a valid key was shown) from `address`. Peers with the service key are not limited: what they
    /// send was limited where it entered.
    pub(super) fn check(&self, caller: Option<&Caller>, address: Option<IpAddr>) -> Result<(), Problem> {
        match (caller, address) {
            (Some(caller), _) if &*caller.id == KeyRing::SERVICE => Ok(()),
            (Some(caller), _) => take(self.keys.as_ref(), &caller.id),
            (None, Some(address)) => take(self.addresses.as_ref(), &network(address)),
            (None, None) => Ok(()),
        }
    }

    pub(super) fn forget_quiet(&self) {
        if let Some(keys) = &self.keys {
            keys.retain_recent();
        }
        if let Some(addresses) = &self.addresses {
            addresses.retain_recent();
        }
    }
}

fn buckets<K: Hash + Eq + Clone>(
    per_s: Option<NonZeroU32>,
    burst_s: NonZeroU32,
) -> Option<DefaultKeyedRateLimiter<K>> {
    let per_s = per_s?;
    let burst = NonZeroU32::new(per_s.get().saturating_mul(burst_s.get())).unwrap_or(per_s);
    Some(DefaultKeyedRateLimiter::keyed(Quota::per_second(per_s).allow_burst(burst)))
}

fn take<K: Hash + Eq + Clone>(buckets: Option<&DefaultKeyedRateLimiter<K>>, of: &K) -> Result<(), Problem> {
    let Some(Err(not_until)) = buckets.map(|buckets| buckets.check_key(of)) else { return Ok(()) };
    Err(refused(not_until.wait_time_from(DefaultClock::default().now())))
}

fn refused(wait: Duration) -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "RATE_LIMITED",
        "too many requests; wait as long as Retry-After says",
    )
    .retry_after(wait)
}

/// Whoever has one IPv6 address has 2⁶⁴ of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        v4 @ IpAddr::V4(_) => v4,
    }
}
