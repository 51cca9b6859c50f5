//! `[models]` of the configuration; `config/default.toml` says what each field means.

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
use crate::app::providers::{self, below, keyed};
use crate::providers::UpstreamOptions;
use crate::providers::local::LocalModel;

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

/// A server that speaks one of the two protocols.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compatible {
    /// How it is called here.
    pub name: String,
    /// Ends before `/chat/completions`, or before `/v1/messages`.
    #[serde(deserialize_with = "http_url")]
    pub base_url: Url,
    /// What to ask it for by default.
    pub model: String,
    /// Opens it.
    #[serde(default, deserialize_with = "optional_secret")]
    pub api_key: Option<SecretString>,
    /// What it speaks.
    #[serde(default)]
    pub protocol: Protocol,
    /// In which header it looks for the key.
    #[serde(default)]
    pub key_header: Option<String>,
    /// Azure's: the model is a deployment in the path, and this version stands in the query.
    #[serde(default)]
    pub api_version: Option<String>,
    /// Whether it speaks the Responses API as well.
    #[serde(default)]
    pub responses: bool,
}

/// What a server speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// OpenAI's chat completions.
    #[default]
    Openai,
    /// Anthropic's messages.
    Anthropic,
}

/// What may be spent: as `PUT /budgets/{id}` takes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeclaredBudget {
    id: String,
    scope: String,
    #[serde(default)]
    subject: String,
    period: String,
    limit_usd: f64,
}

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

/// Who is asked when somebody gives no answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fallback {
    /// The name that was asked for: a model's id or an alias.
    pub model: String,
    /// The names asked next, in this order.
    pub then: Vec<String>,
}

/// Each name once, and such that it can be asked for.
fn check_budgets(declared: &[DeclaredBudget], settings: &Settings) -> Result<Vec<Budget>, ConfigError> {
    let check = |(i, entry): (usize, &DeclaredBudget)| {
        let DeclaredBudget { id, scope, subject, period, limit_usd } = entry.clone();
        Budget::checked(id, &scope, subject, &period, limit_usd).map_err(|(field, must)| {
            let place = format!("models.budgets[{i}].{field}");
            ConfigError::value(
                &place,
                settings.origin("models.budgets"),
                "it cannot be used".to_owned(),
                &must,
            )
        })
    };
    declared.iter().enumerate().map(check).collect()
}

fn check_local(models: &[LocalModel], settings: &Settings) -> Result<(), ConfigError> {
    for (i, model) in models.iter().enumerate() {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let twice = models[..i].iter().any(|other| other.name == model.name);
        if model.name.is_empty() || !model.name.chars().all(allowed) || twice {
            return Err(ConfigError::value(
                &format!("models.local[{i}].name"),
                settings.origin("models.local"),
                format!("{:?} cannot be the name of a model", model.name),
                "letters, digits, '.', '_' and '-', each name once",
            ));
        }
    }
    Ok(())
}

impl Compatible {
    /// A server of OpenAI's protocol without a key.
    pub fn new(name: &str, base_url: Url) -> Self {
        Self {
            name: name.to_owned(),
            base_url,
            model: String::new(),
            api_key: None,
            protocol: Protocol::Openai,
            key_header: None,
            api_version: None,
            responses: false,
        }
    }
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
    /// Dollars for a million tokens read from the provider's cache; absent: as other input.
    #[serde(default)]
    pub cache_read_usd: Option<f64>,
    /// Dollars for a million tokens written to the provider's cache; absent: as other input.
    #[serde(default)]
    pub cache_write_usd: Option<f64>,
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

const OPENAI_HOST: &str = "api.openai.com";
/// Names that a compatible server cannot have: they are settled by fields of their own. `ollama` may be taken over.
const TAKEN: [&str; 7] = ["openai", "anthropic", "gemini", "xai", "azure", "local", "offline"];

impl Config {
    /// Reads and checks the section.
    pub fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let mut config: Self = settings.section("models")?;
        config.budgets = check_budgets(&config.budget_list, settings)?;
        let names: Vec<&str> = config.compatible.iter().map(|server| server.name.as_str()).collect();
        for (i, name) in names.iter().enumerate() {
            let is_word = !name.is_empty()
                && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            if !is_word || TAKEN.contains(name) || names[..i].contains(name) {
                return Err(ConfigError::value(
                    &format!("models.compatible[{i}].name"),
                    settings.origin("models.compatible"),
                    format!("{name:?} cannot be the name of a server"),
                    "lower-case letters, digits and '-', each name once, none of openai, anthropic, gemini, xai, azure, local, offline",
                ));
            }
        }
        check_local(&config.local, settings)?;
        for (i, limit) in config.rate_limits.iter().enumerate() {
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
        Ok(config)
    }

    /// For how long an answer is kept.
    pub fn cache_ttl(&self) -> Duration {
        Duration::from_millis(self.cache_ttl_ms)
    }

    /// Every server that there is an address and, where one is needed, a key for.
    pub fn servers(&self) -> Vec<Compatible> {
        let openai = self.has_openai().then(|| Compatible {
            api_key: self.openai_api_key.clone(),
            responses: self.openai_base_url.host_str() == Some(OPENAI_HOST),
            ..Compatible::new(providers::OPENAI, self.openai_base_url.clone())
        });
        let anthropic =
            keyed(providers::ANTHROPIC, self.anthropic_base_url.clone(), self.anthropic_api_key.as_ref())
                .map(|server| Compatible { protocol: Protocol::Anthropic, ..server });
        let gemini = keyed(providers::GEMINI, self.gemini_base_url.clone(), self.gemini_api_key.as_ref());
        let xai = keyed(providers::XAI, self.xai_base_url.clone(), self.xai_api_key.as_ref());
        let named = [openai, anthropic, gemini, xai, self.azure()].into_iter().flatten();
        named.chain(self.compatible.iter().cloned()).collect()
    }

    /// With a version the older addresses of deployments, without one the newer `/openai/v1`.
    fn azure(&self) -> Option<Compatible> {
        let path = if self.azure_api_version.is_some() { "openai" } else { "openai/v1" };
        let base = below(self.azure_base_url.as_ref()?, path);
        let server = keyed(providers::AZURE, base, self.azure_api_key.as_ref())?;
        let key_header = Some("api-key".to_owned());
        Some(Compatible { key_header, api_version: self.azure_api_version.clone(), ..server })
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

    /// Whether OpenAI's protocol is spoken somewhere: with a key, or at another address than OpenAI's, where none may be needed.
    pub fn has_openai(&self) -> bool {
        self.openai_api_key.is_some() || self.openai_base_url.host_str() != Some(OPENAI_HOST)
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
