//! The providers that the configuration opens.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use resilient_http::{Client, ClientOptions};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::config::Config;
use crate::providers::{Anthropic, OpenAi, Provider, Upstream, anthropic};

/// The name of OpenAI's provider.
pub const OPENAI: &str = "openai";
/// The name of Anthropic's provider.
pub const ANTHROPIC: &str = "anthropic";
/// The name of the rules.
pub const OFFLINE: &str = "offline";

/// Why a provider cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The HTTP client.
    #[error("the client for providers cannot be set up")]
    Client(#[from] resilient_http::Error),
    /// A key with line breaks or the like in it; the key is not repeated here.
    #[error("the API key of the provider {0} holds characters that cannot be sent in a header")]
    Key(String),
}

/// Who can answer, by name. The offline rules always can.
pub type Providers = BTreeMap<String, Arc<Provider>>;

/// Opens every provider that has a key or a server of its own.
pub fn open(config: &Config) -> Result<Providers, SetupError> {
    let client = Client::new(&ClientOptions::default())?;
    let upstream = |name: &str, base: &Url, headers: HeaderMap| {
        Upstream::new(name, base.clone(), headers, client.clone(), config.upstream())
    };
    let mut providers = Providers::from([(OFFLINE.to_owned(), Arc::new(Provider::Offline))]);
    if config.has_openai() {
        let headers = bearer(OPENAI, config.openai_api_key.as_ref())?;
        let provider = OpenAi::new(upstream(OPENAI, &config.openai_base_url, headers));
        providers.insert(OPENAI.to_owned(), Arc::new(Provider::OpenAi(provider)));
    }
    if let Some(key) = &config.anthropic_api_key {
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static("x-api-key"), secret(ANTHROPIC, key.expose_secret())?);
        let version = HeaderValue::from_static(anthropic::VERSION);
        headers.insert(HeaderName::from_static("anthropic-version"), version);
        let upstream = upstream(ANTHROPIC, &config.anthropic_base_url, headers);
        let provider = Anthropic::new(upstream, config.output_tokens);
        providers.insert(ANTHROPIC.to_owned(), Arc::new(Provider::Anthropic(provider)));
    }
    for server in &config.compatible {
        let headers = bearer(&server.name, server.api_key.as_ref())?;
        let provider = OpenAi::new(upstream(&server.name, &server.base_url, headers));
        providers.insert(server.name.clone(), Arc::new(Provider::OpenAi(provider)));
    }
    Ok(providers)
}

fn bearer(provider: &str, key: Option<&SecretString>) -> Result<HeaderMap, SetupError> {
    let mut headers = HeaderMap::new();
    if let Some(key) = key {
        headers.insert(header::AUTHORIZATION, secret(provider, &format!("Bearer {}", key.expose_secret()))?);
    }
    Ok(headers)
}

fn secret(provider: &str, text: &str) -> Result<HeaderValue, SetupError> {
    let mut value = HeaderValue::from_str(text.trim()).map_err(|_| SetupError::Key(provider.to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}
