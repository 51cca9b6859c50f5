//! Who can be asked: servers of the great providers, opened by their keys, and any others by name.

use secrecy::SecretString;
use serde::Deserialize;
use service_kit::Settings;
use service_kit::config::{ConfigError, http_url, optional_secret};
use url::Url;

use super::Config;
use crate::app::providers::{self, below, keyed};

/// OpenAI itself.
pub const OPENAI_HOST: &str = "api.openai.com";
/// Names that a compatible server cannot have: they are settled by fields of their own. `ollama` may be taken over.
const TAKEN: [&str; 7] = ["openai", "anthropic", "gemini", "xai", "azure", "local", "offline"];

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

impl Config {
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

    /// Whether OpenAI's protocol is spoken somewhere: with a key, or at another address than OpenAI's, where none may be needed.
    pub fn has_openai(&self) -> bool {
        self.openai_api_key.is_some() || self.openai_base_url.host_str() != Some(OPENAI_HOST)
    }
}

/// Each name once, and such that it can be asked for.
pub(super) fn check(servers: &[Compatible], settings: &Settings) -> Result<(), ConfigError> {
    let names: Vec<&str> = servers.iter().map(|server| server.name.as_str()).collect();
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
    Ok(())
}
