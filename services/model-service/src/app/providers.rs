//! The providers that the configuration opens, and the Ollama that is found on this machine.

mod ollama;

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use resilient_http::{Client, ClientOptions};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::config::{Compatible, Config, OPENAI_HOST, Protocol};
use crate::providers::local::{CannotOpen, Opened};
use crate::providers::{Anthropic, Dialect, Local, OpenAi, Provider, Upstream, anthropic};

pub use ollama::look_for_ollama;

/// The name of OpenAI's provider.
pub const OPENAI: &str = "openai";
/// The name of Anthropic's provider.
pub const ANTHROPIC: &str = "anthropic";
/// The name of Google's provider.
pub const GEMINI: &str = "gemini";
/// The name of xAI's provider.
pub const XAI: &str = "xai";
/// The name of OpenAI's models at Microsoft.
pub const AZURE: &str = "azure";
/// The name of the Ollama on this machine.
pub const OLLAMA: &str = "ollama";
/// The name of the models in this process.
pub const LOCAL: &str = "local";
/// The name of the rules.
pub const OFFLINE: &str = "offline";

/// Providers that a key opens and whose models are known, in the order in which `auto` prefers them.
pub const BY_KEY: [&str; 4] = [OPENAI, ANTHROPIC, GEMINI, XAI];
/// Names that mean something without any configuration.
pub const KNOWN: [&str; 8] = [OPENAI, ANTHROPIC, GEMINI, XAI, AZURE, OLLAMA, LOCAL, OFFLINE];

/// Why a provider cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The HTTP client.
    #[error("the client for providers cannot be set up")]
    Client(#[from] resilient_http::Error),
    /// A key with line breaks or the like in it; the key is not repeated here.
    #[error("the API key of the provider {0} holds characters that cannot be sent in a header")]
    Key(String),
    /// A model in this process.
    #[error(transparent)]
    Local(#[from] CannotOpen),
    /// A header's name that is none.
    #[error("the key_header of the provider {0} is not the name of a header")]
    Header(String),
}

/// Who can answer, by name. The offline rules always can; Ollama once it was found.
pub struct Providers {
    all: BTreeMap<String, Arc<Provider>>,
    ollama: Option<ollama::Ollama>,
    ollama_models: ArcSwap<Vec<String>>,
}

impl Providers {
    /// A provider that can be asked.
    pub fn get(&self, name: &str) -> Option<&Arc<Provider>> {
        self.all.get(name).filter(|_| self.is_there(name))
    }

    /// Whether it can be asked.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Those that can be asked, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Arc<Provider>)> {
        self.all.iter().filter(|(name, _)| self.is_there(name))
    }

    /// Those that the configuration opens, whether they answer or not; an Ollama that nobody asked for is not among them.
    pub fn configured(&self) -> impl Iterator<Item = &String> {
        self.all.keys().filter(|name| self.ollama.is_none() || *name != OLLAMA)
    }

    /// The models of the Ollama on this machine, as last seen.
    pub fn ollama_models(&self) -> Arc<Vec<String>> {
        self.ollama_models.load_full()
    }

    /// The models in this process.
    pub fn local_models(&self) -> Vec<Opened> {
        match self.all.get(LOCAL).map(|provider| &**provider) {
            Some(Provider::Local(local)) => local.models(),
            _ => Vec::new(),
        }
    }

    fn is_there(&self, name: &str) -> bool {
        name != OLLAMA || self.ollama.is_none() || !self.ollama_models.load().is_empty()
    }
}

/// Opens every provider that has a key or a server of its own, and loads the models in this process.
pub async fn open(config: &Config) -> Result<Providers, SetupError> {
    let client = Client::new(&ClientOptions::default())?;
    let mut all = BTreeMap::from([(OFFLINE.to_owned(), Arc::new(Provider::Offline))]);
    for server in config.servers() {
        all.insert(server.name.clone(), Arc::new(provider(config, &server, &client)?));
    }
    if let Some(local) = Local::open(&config.local).await? {
        all.insert(LOCAL.to_owned(), Arc::new(Provider::Local(local)));
    }
    let ollama = config.ollama_url.as_ref().filter(|_| !all.contains_key(OLLAMA));
    let ollama = ollama.map(|base| ollama::Ollama::new(base, client.clone(), config.upstream().breaker));
    if let Some(base) = config.ollama_url.as_ref().filter(|_| ollama.is_some()) {
        let server = Compatible::new(OLLAMA, below(base, "v1"));
        all.insert(OLLAMA.to_owned(), Arc::new(provider(config, &server, &client)?));
    }
    Ok(Providers { all, ollama, ollama_models: ArcSwap::default() })
}

fn provider(config: &Config, server: &Compatible, client: &Client) -> Result<Provider, SetupError> {
    let mut headers = credentials(server)?;
    if server.protocol == Protocol::Anthropic {
        let version = HeaderValue::from_static(anthropic::VERSION);
        headers.insert(HeaderName::from_static("anthropic-version"), version);
    }
    let base = server.base_url.clone();
    let upstream = Upstream::new(&*server.name, base, headers, client.clone(), config.upstream());
    Ok(match server.protocol {
        Protocol::Anthropic => Provider::Anthropic(Anthropic::new(upstream, config.output_tokens)),
        Protocol::Openai => {
            let dialect = Dialect {
                api_version: server.api_version.clone(),
                responses: server.responses,
                newer_limit: server.base_url.host_str() == Some(OPENAI_HOST),
            };
            Provider::OpenAi(OpenAi::new(upstream, dialect))
        }
    })
}

/// The key in the header where the server looks for it.
fn credentials(server: &Compatible) -> Result<HeaderMap, SetupError> {
    let mut headers = HeaderMap::new();
    let Some(key) = &server.api_key else { return Ok(headers) };
    let usual = if server.protocol == Protocol::Anthropic { "x-api-key" } else { "authorization" };
    let name = server.key_header.as_deref().unwrap_or(usual);
    let name: HeaderName = name.parse().map_err(|_| SetupError::Header(server.name.clone()))?;
    let key = key.expose_secret();
    let text = if name == header::AUTHORIZATION { format!("Bearer {key}") } else { key.to_owned() };
    headers.insert(name, secret(&server.name, &text)?);
    Ok(headers)
}

fn secret(provider: &str, text: &str) -> Result<HeaderValue, SetupError> {
    let mut value = HeaderValue::from_str(text.trim()).map_err(|_| SetupError::Key(provider.to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// `http://host:1/a` and `v1` make `http://host:1/a/v1`.
pub fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}

/// The key of a provider, when there is one.
pub fn keyed(name: &str, base: Url, key: Option<&SecretString>) -> Option<Compatible> {
    key.map(|key| Compatible { api_key: Some(key.clone()), ..Compatible::new(name, base) })
}
