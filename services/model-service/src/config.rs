//! `[models]` of the configuration; `config/default.toml` says what each field means.

mod budgets;
mod catalog;
mod limits;
mod local;
mod semantic_cache;
mod servers;

use std::time::Duration;

use resilient_http::BreakerOptions;
use secrecy::SecretString;
use serde::Deserialize;
use service_kit::Settings;
use service_kit::config::{
    ConfigError, http_url, optional_http_url, optional_secret, optional_text, positive,
};
use url::Url;

use crate::app::budgets::Budget;
use crate::providers::UpstreamOptions;
use crate::providers::local::LocalModel;
use budgets::DeclaredBudget;

pub use catalog::CatalogEntry;
pub use limits::RateLimit;
pub use semantic_cache::SemanticCache;
pub use servers::{Compatible, OPENAI_HOST, Protocol};

/// `[models]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Read by service-kit.
    #[expect(dead_code, reason = "service-kit reads it, and an unknown field would be refused")]
    host: String,
    /// Read by service-kit.
    #[expect(dead_code, reason = "service-kit reads it, and an unknown field would be refused")]
    port: u16,
    /// Opens OpenAI.
    #[serde(deserialize_with = "optional_secret")]
    pub openai_api_key: Option<SecretString>,
    /// Where OpenAI's protocol is spoken.
    #[serde(deserialize_with = "http_url")]
    pub openai_base_url: Url,
    /// Opens Anthropic.
    #[serde(deserialize_with = "optional_secret")]
    pub anthropic_api_key: Option<SecretString>,
    /// Where Anthropic's protocol is spoken.
    #[serde(deserialize_with = "http_url")]
    pub anthropic_base_url: Url,
    /// Opens Gemini.
    #[serde(deserialize_with = "optional_secret")]
    gemini_api_key: Option<SecretString>,
    /// Where Gemini speaks OpenAI's protocol.
    #[serde(deserialize_with = "http_url")]
    gemini_base_url: Url,
    /// Opens xAI.
    #[serde(deserialize_with = "optional_secret")]
    xai_api_key: Option<SecretString>,
    /// Where xAI speaks OpenAI's protocol.
    #[serde(deserialize_with = "http_url")]
    xai_base_url: Url,
    /// Opens Azure OpenAI.
    #[serde(deserialize_with = "optional_secret")]
    azure_api_key: Option<SecretString>,
    /// The Azure resource.
    #[serde(deserialize_with = "optional_http_url")]
    azure_base_url: Option<Url>,
    /// The version of Azure's API.
    #[serde(deserialize_with = "optional_text")]
    azure_api_version: Option<String>,
    /// Where an Ollama is looked for.
    #[serde(deserialize_with = "optional_http_url")]
    pub ollama_url: Option<Url>,
    /// Between two looks for it.
    #[serde(deserialize_with = "positive")]
    ollama_probe_ms: u64,
    /// More servers.
    pub compatible: Vec<Compatible>,
    /// Models in this process.
    pub local: Vec<LocalModel>,
    /// Who is asked when somebody gives no answer.
    pub fallbacks: Vec<Fallback>,
    /// How often, and how many tokens, in a minute.
    pub rate_limits: Vec<RateLimit>,
    /// Budgets as they are written.
    #[serde(rename = "budgets")]
    budget_list: Vec<DeclaredBudget>,
    /// The same, checked.
    #[serde(skip)]
    pub budgets: Vec<Budget>,
    /// Room for kept answers; 0: none is kept.
    pub cache_max_bytes: usize,
    /// For how long an answer is kept.
    #[serde(deserialize_with = "positive")]
    cache_ttl_ms: u64,
    /// Whether similar requests are given kept answers.
    pub semantic_cache: SemanticCache,
    /// What `default` means.
    pub default_model: String,
    /// What `fast` means.
    pub fast_model: String,
    /// What `smart` means.
    pub smart_model: String,
    /// One model call with all its tries.
    #[serde(deserialize_with = "positive")]
    timeout_ms: u64,
    /// One try, until its answer begins.
    #[serde(deserialize_with = "positive")]
    try_timeout_ms: u64,
    /// After which time a second try runs beside a slow one; 0: never.
    hedge_ms: u64,
    /// Longest silence within a stream.
    #[serde(deserialize_with = "positive")]
    silence_ms: u64,
    /// Tries after the first.
    retries: u32,
    /// Longest answer of a provider.
    #[serde(deserialize_with = "positive")]
    answer_max_bytes: usize,
    /// Output limit where the protocol needs one.
    #[serde(deserialize_with = "positive")]
    pub output_tokens: u32,
    /// When a provider is left alone.
    #[serde(deserialize_with = "positive")]
    breaker_failures: u32,
    #[serde(deserialize_with = "positive")]
    breaker_open_ms: u64,
    #[serde(deserialize_with = "positive")]
    breaker_open_max_ms: u64,
    #[serde(deserialize_with = "positive")]
    registry_refresh_ms: u64,
    /// Length of hashed vectors.
    #[serde(deserialize_with = "positive")]
    pub embedding_dimensions: u32,
    /// Models known from the start.
    pub catalog: Vec<CatalogEntry>,
}

/// Who is asked when somebody gives no answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fallback {
    /// The name that was asked for: a model's id or an alias.
    pub model: String,
    /// The names asked next, in this order.
    pub then: Vec<String>,
}

impl Config {
    /// Reads and checks the section.
    pub fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let mut config: Self = settings.section("models")?;
        config.budgets = budgets::checked(&config.budget_list, settings)?;
        servers::check(&config.compatible, settings)?;
        local::check(&config.local, settings)?;
        limits::check(&config.rate_limits, settings)?;
        catalog::check(&config.catalog, settings)?;
        config.semantic_cache.check(config.cache_max_bytes, settings)?;
        Ok(config)
    }

    /// For how long an answer is kept.
    pub fn cache_ttl(&self) -> Duration {
        Duration::from_millis(self.cache_ttl_ms)
    }

    /// Between two looks for an Ollama.
    pub fn ollama_probe(&self) -> Duration {
        Duration::from_millis(self.ollama_probe_ms)
    }

    /// After which time a second try runs beside a slow one.
    pub fn hedge(&self) -> Option<Duration> {
        (self.hedge_ms > 0).then(|| Duration::from_millis(self.hedge_ms))
    }

    /// The whole of a call.
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    /// Between two looks at the registry.
    pub fn registry_refresh(&self) -> Duration {
        Duration::from_millis(self.registry_refresh_ms)
    }

    /// How far we go with a provider.
    pub fn upstream(&self) -> UpstreamOptions {
        UpstreamOptions {
            timeout: self.timeout(),
            try_timeout: Duration::from_millis(self.try_timeout_ms),
            silence: Duration::from_millis(self.silence_ms),
            retries: self.retries,
            answer_max: self.answer_max_bytes,
            breaker: BreakerOptions {
                failures_to_open: self.breaker_failures,
                open_for: Duration::from_millis(self.breaker_open_ms),
                open_for_max: Duration::from_millis(self.breaker_open_max_ms),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::read(&Settings::with(pairs.iter().copied()).unwrap())
    }

    #[test]
    fn the_defaults_configure_no_provider() {
        let config = read(&[]).unwrap();
        assert!(!config.has_openai() && config.anthropic_api_key.is_none() && config.compatible.is_empty());
        assert!(config.catalog.len() > 5);
    }

    #[test]
    fn a_local_server_needs_no_key() {
        assert!(read(&[("OPENAI_BASE_URL", "http://127.0.0.1:11434/v1")]).unwrap().has_openai());
    }

    #[test]
    fn compatible_servers_are_added_by_one_variable() {
        let list = r#"[{ name = "ollama", base_url = "http://127.0.0.1:11434/v1", model = "llama3.2" }]"#;
        let config = read(&[("LIGHTNING__MODELS__COMPATIBLE", list)]).unwrap();
        assert_eq!(config.compatible[0].model, "llama3.2");
    }

    #[test]
    fn a_name_that_is_taken_is_refused_by_name() {
        let list = r#"[{ name = "offline", base_url = "http://h/v1", model = "m" }]"#;
        let error = read(&[("LIGHTNING__MODELS__COMPATIBLE", list)]).unwrap_err().to_string();
        assert!(
            error.contains("models.compatible[0].name") && error.contains("LIGHTNING__MODELS__COMPATIBLE"),
            "{error}"
        );
    }

    #[test]
    fn keys_do_not_show_in_debug_output() {
        let config = read(&[("OPENAI_API_KEY", "sk-very-secret")]).unwrap();
        assert!(!format!("{config:?}").contains("very-secret"));
    }
}
