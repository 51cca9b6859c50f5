//! `[models]` of the configuration; `config/default.toml` says what each field means.

use std::time::Duration;

use resilient_http::BreakerOptions;
use secrecy::SecretString;
use serde::Deserialize;
use service_kit::Settings;
use service_kit::config::{ConfigError, http_url, optional_secret, positive};
use url::Url;

use crate::providers::UpstreamOptions;

/// `[models]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Read by service-kit.
    #[allow(dead_code)]
    host: String,
    /// Read by service-kit.
    #[allow(dead_code)]
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
    /// More servers that speak OpenAI's protocol.
    pub compatible: Vec<Compatible>,
    /// What `default` means.
    pub default_model: String,
    /// What `fast` means.
    pub fast_model: String,
    /// What `smart` means.
    pub smart_model: String,
    /// One model call with all its tries.
    #[serde(deserialize_with = "positive")]
    timeout_ms: u64,
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

/// A server that speaks OpenAI's protocol.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compatible {
    /// How it is called here.
    pub name: String,
    /// Ends before `/chat/completions`.
    #[serde(deserialize_with = "http_url")]
    pub base_url: Url,
    /// What to ask it for by default.
    pub model: String,
    /// Opens it.
    #[serde(default, deserialize_with = "optional_secret")]
    pub api_key: Option<SecretString>,
}

/// A model known from the start.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogEntry {
    /// Its name here and at its provider.
    pub id: String,
    /// Who serves it.
    pub provider: String,
    /// Dollars for a million tokens read.
    pub input_usd: f64,
    /// Dollars for a million tokens written.
    pub output_usd: f64,
    /// How long a conversation may be.
    #[serde(default)]
    pub context_tokens: Option<u64>,
    /// Whether it makes vectors instead of texts.
    #[serde(default)]
    pub embeds: bool,
    /// Further names.
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// Names that cannot be given to a compatible server.
const TAKEN: [&str; 3] = ["openai", "anthropic", "offline"];

impl Config {
    /// Reads and checks the section.
    pub fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let config: Self = settings.section("models")?;
        let names: Vec<&str> = config.compatible.iter().map(|server| server.name.as_str()).collect();
        for (i, name) in names.iter().enumerate() {
            let is_word = !name.is_empty()
                && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            if !is_word || TAKEN.contains(name) || names[..i].contains(name) {
                return Err(ConfigError::value(
                    &format!("models.compatible[{i}].name"),
                    settings.origin("models.compatible"),
                    format!("{name:?} cannot be the name of a server"),
                    "lower-case letters, digits and '-', each name once, none of openai, anthropic, offline",
                ));
            }
        }
        Ok(config)
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

    /// Whether OpenAI's protocol is spoken somewhere: with a key, or at another address than OpenAI's, where none may be needed.
    pub fn has_openai(&self) -> bool {
        self.openai_api_key.is_some() || self.openai_base_url.host_str() != Some("api.openai.com")
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
