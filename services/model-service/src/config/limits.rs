//! How often, and how many tokens, in a minute.

use serde::Deserialize;
use service_kit::Settings;
use service_kit::config::ConfigError;

/// How often, and how many tokens, in a minute: for a key or for a provider.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// The id of an API key, or `*` for each.
    #[serde(default)]
    pub key: Option<String>,
    /// A provider, or `*` for each.
    #[serde(default)]
    pub provider: Option<String>,
    /// Calls in a minute.
    #[serde(default)]
    pub requests_per_min: Option<u64>,
    /// Tokens in a minute, read and written.
    #[serde(default)]
    pub tokens_per_min: Option<u64>,
}

/// Each for one thing, and none that lets nothing through.
pub(super) fn check(limits: &[RateLimit], settings: &Settings) -> Result<(), ConfigError> {
    for (i, limit) in limits.iter().enumerate() {
        let one = limit.key.is_some() != limit.provider.is_some();
        let positive = [limit.requests_per_min, limit.tokens_per_min].iter().flatten().all(|n| *n > 0);
        if !one || !positive {
            return Err(ConfigError::value(
                &format!("models.rate_limits[{i}]"),
                settings.origin("models.rate_limits"),
                "it cannot be used".to_owned(),
                "exactly one of key and provider, with requests_per_min, tokens_per_min or both above 0",
            ));
        }
    }
    Ok(())
}
