//! Whether kept answers are given to similar requests, and what similar means.

use std::time::Duration;

use serde::Deserialize;
use service_kit::Settings;
use service_kit::config::{ConfigError, positive};

use crate::app::keep::similar::SimilarOptions;

/// `[models.semantic_cache]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SemanticCache {
    enabled: bool,
    /// The least cosine.
    threshold: f32,
    /// Questions of one tenant.
    #[serde(deserialize_with = "positive")]
    entries_max: usize,
    #[serde(deserialize_with = "positive")]
    ttl_ms: u64,
    /// What makes the vectors.
    model: String,
}

impl SemanticCache {
    /// None: it is off.
    pub fn options(&self) -> Option<SimilarOptions> {
        self.enabled.then(|| SimilarOptions {
            threshold: self.threshold,
            entries_max: self.entries_max,
            ttl: Duration::from_millis(self.ttl_ms),
            model: self.model.clone(),
        })
    }

    /// A threshold that means something, and room for the answers.
    pub(super) fn check(&self, cache_max_bytes: usize, settings: &Settings) -> Result<(), ConfigError> {
        let wrong = |field: &str, problem: &str, allowed: &str| {
            let field = format!("models.semantic_cache.{field}");
            Err(ConfigError::value(&field, settings.origin(&field), problem.to_owned(), allowed))
        };
        if !(self.threshold > 0.0 && self.threshold <= 1.0) {
            return wrong("threshold", "it is no cosine of similar vectors", "a number above 0, up to 1");
        }
        if self.enabled && cache_max_bytes == 0 {
            return wrong(
                "enabled",
                "there is no room for answers",
                "true only with models.cache_max_bytes above 0",
            );
        }
        Ok(())
    }
}
