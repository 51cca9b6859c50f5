//! Where things are: listeners and peers.

use std::fmt;
use std::net::IpAddr;

use serde::Deserialize;
use url::Url;

use super::{http_url, optional_http_url};

/// Where a service listens, and which section says so.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// A name or an address.
    pub host: String,
    /// 0 takes any free port.
    pub port: u16,
    /// The section this came from; errors name it.
    #[serde(skip)]
    pub section: String,
}

impl Listen {
    /// True when only this machine can connect.
    pub fn is_loopback(&self) -> bool {
        let host = self.host.trim_matches(['[', ']']);
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// Where programs on this machine find it: on loopback when it listens on every address.
    pub fn url(&self) -> String {
        let host = self.host.trim_matches(['[', ']']);
        match host.parse() {
            Ok(IpAddr::V4(address)) if address.is_unspecified() => format!("http://127.0.0.1:{}", self.port),
            Ok(IpAddr::V6(address)) if address.is_unspecified() => format!("http://[::1]:{}", self.port),
            Ok(IpAddr::V6(address)) => format!("http://[{address}]:{}", self.port),
            _ => format!("http://{host}:{}", self.port),
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// `[peers]`: where services find one another.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peers {
    /// RL orchestrator.
    #[serde(deserialize_with = "http_url")]
    pub orchestrator_url: Url,
    /// Execution API.
    #[serde(deserialize_with = "http_url")]
    pub execution_url: Url,
    /// A second execution API for when the first refuses.
    #[serde(deserialize_with = "optional_http_url")]
    pub execution_fallback_url: Option<Url>,
    /// Model service.
    #[serde(deserialize_with = "http_url")]
    pub models_url: Url,
    /// RL server.
    #[serde(deserialize_with = "http_url")]
    pub rl_url: Url,
}
