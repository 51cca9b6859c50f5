//! `[rl]` of the configuration; `config/default.toml` says what each field means.

use serde::Deserialize;
use service_kit::config::positive;

/// `[rl]`; its `host` and `port` are read by the listener.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    #[serde(rename = "host")]
    _host: serde::de::IgnoredAny,
    #[serde(rename = "port")]
    _port: serde::de::IgnoredAny,
    #[serde(deserialize_with = "positive")]
    pub(crate) import_max_bytes: usize,
}
