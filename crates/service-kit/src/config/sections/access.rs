//! Who may call, what a call may cost, and what may be fetched.

use std::num::NonZeroU32;
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected, Visitor};

use super::{AddressRange, optional_secret, positive};

/// `[auth]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// When a key is needed.
    pub mode: AuthMode,
    /// What services show one another.
    #[serde(deserialize_with = "optional_secret")]
    pub service_key: Option<SecretString>,
    /// How often the list of keys is read again.
    #[serde(deserialize_with = "positive")]
    pub refresh_ms: u64,
}

/// When a key is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthMode {
    /// Always.
    Keys,
    /// Never, on any address.
    Off,
    /// Not on loopback; other addresses may not be listened on.
    Loopback,
}

/// `[limits]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Largest request body.
    pub body_max_bytes: usize,
    /// Deepest JSON document.
    #[serde(deserialize_with = "json_depth")]
    pub json_max_depth: usize,
    /// Longest time for a handler.
    #[serde(deserialize_with = "positive")]
    pub request_timeout_ms: u64,
    /// Longest time for a body to arrive.
    #[serde(deserialize_with = "positive")]
    pub body_timeout_ms: u64,
    /// Longest time for a request head to arrive.
    #[serde(deserialize_with = "positive")]
    pub header_timeout_ms: u64,
    /// Connections served at once.
    #[serde(deserialize_with = "positive")]
    pub connections_max: usize,
    /// WebSockets among them.
    pub sockets_max: usize,
    /// Between two pings on a WebSocket.
    #[serde(deserialize_with = "positive")]
    pub socket_ping_ms: u64,
    /// Longest time for a frame to be written.
    #[serde(deserialize_with = "positive")]
    pub socket_stall_ms: u64,
    /// Requests for one key.
    pub rate_per_key_per_s: Rate,
    /// Requests for one address.
    pub rate_per_address_per_s: Rate,
    /// Seconds' worth that may come at once.
    pub rate_burst_s: NonZeroU32,
    /// Proxies in front.
    pub proxies: usize,
    /// Time to finish after SIGTERM.
    #[serde(deserialize_with = "positive")]
    pub shutdown_timeout_ms: u64,
}

impl Limits {
    /// Longest time for a handler.
    pub fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }

    /// Longest time for a body to arrive.
    pub fn body_timeout(&self) -> Duration {
        Duration::from_millis(self.body_timeout_ms)
    }
}

/// serde_json itself stops at 128.
fn json_depth<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    let depth = u64::deserialize(from)?;
    match usize::try_from(depth) {
        Ok(depth @ 1..=120) => Ok(depth),
        _ => Err(D::Error::invalid_value(Unexpected::Unsigned(depth), &"a whole number from 1 to 120")),
    }
}

/// A number each second, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// Unlimited on loopback, [`Rate::AUTO`] elsewhere.
    Auto,
    /// Unlimited.
    Off,
    /// So many each second.
    PerSecond(NonZeroU32),
}

impl Rate {
    /// What `auto` means on an address that others can reach.
    pub const AUTO: NonZeroU32 = NonZeroU32::new(1000).expect("1000 is not zero");

    /// The limit for a service that listens on loopback or not.
    pub fn limit(self, loopback: bool) -> Option<NonZeroU32> {
        match self {
            Self::Off => None,
            Self::Auto => (!loopback).then_some(Self::AUTO),
            Self::PerSecond(number) => Some(number),
        }
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(RateVisitor)
    }
}

struct RateVisitor;

impl Visitor<'_> for RateVisitor {
    type Value = Rate;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("\"auto\", \"off\", or a whole number from 1 to 4294967295")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Rate, E> {
        let rate = u32::try_from(number).ok().and_then(NonZeroU32::new);
        rate.map(Rate::PerSecond).ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Rate, E> {
        match text {
            "auto" => Ok(Rate::Auto),
            "off" => Ok(Rate::Off),
            _ => {
                text.parse().map(Rate::PerSecond).map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
            }
        }
    }
}

/// `[fetch]`: what agents may fetch from the network.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fetch {
    /// Whether agents have an HTTP tool.
    pub enabled: bool,
    /// Only these hosts and their subdomains; empty: every public host.
    pub allow_hosts: Vec<String>,
    /// Ranges that are allowed although they are not public.
    pub allow_private: Vec<AddressRange>,
    /// Longest answer.
    #[serde(deserialize_with = "positive")]
    pub body_max_bytes: usize,
    /// The whole fetch.
    #[serde(deserialize_with = "positive")]
    pub timeout_ms: u64,
    /// Redirects followed.
    pub redirects_max: usize,
}
