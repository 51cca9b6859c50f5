//! Models that run in this process. Without the cargo feature `local-inference` there are none, and nothing of their engine is built.

#[cfg(not(feature = "local-inference"))]
mod absent;
#[cfg(feature = "local-inference")]
mod model;
#[cfg(feature = "local-inference")]
mod present;
#[cfg(feature = "local-inference")]
mod request;

#[cfg(not(feature = "local-inference"))]
pub use absent::Local;
#[cfg(feature = "local-inference")]
pub use present::Local;

/// A model's name here and where its files are.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalModel {
    /// It is asked for as `local/<name>`.
    pub name: String,
    /// A GGUF file, or a folder with `config.json`, `tokenizer.json` and `*.safetensors`.
    pub path: std::path::PathBuf,
}

/// What is known of a model that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Its name.
    pub name: String,
    /// Whether it makes vectors instead of texts.
    pub embeds: bool,
    /// Whether it can be told of tools.
    pub knows_tools: bool,
    /// Tokens that it takes.
    pub context_tokens: u64,
}

/// A model that cannot be opened: start without it, or mend its files.
#[derive(Debug, thiserror::Error)]
#[error("the local model {name:?} cannot be opened: {why}")]
pub struct CannotOpen {
    /// Which.
    pub name: String,
    /// Why.
    pub why: String,
}
