//! Settings: `config/default.toml` (compiled in), then a file per environment, a file given by the operator, and environment
//! variables. A wrong value is an error that names the field, where the value came from and what is allowed.
//!
//! Knows how values are found and merged, not what services do with them; the process environment is read in one place only.

mod alias;
mod error;
mod layered;
mod sections;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use serde::de::DeserializeOwned;

pub use error::{ConfigError, Origin};
pub use layered::parse_value;
pub use sections::{
    AccessLog, AddressRange, Auth, AuthMode, Fetch, Limits, Listen, Log, LogFormat, Metrics, Peers, Rate,
    Rotation, http_url, optional_http_url, optional_secret, optional_text, positive,
};

use layered::Layered;

/// The text of `config/default.toml`: the manual of all settings.
pub const DEFAULTS: &str = include_str!("../../../config/default.toml");

/// Where settings beyond the defaults come from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Folder in which `config/<LIGHTNING_ENV>.toml` is looked for.
    pub directory: PathBuf,
    /// File named on the command line; `LIGHTNING_CONFIG` is used when absent.
    pub file: Option<PathBuf>,
    /// Environment variables.
    pub environment: BTreeMap<String, String>,
}

/// All settings, merged. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Settings {
    layered: Arc<Layered>,
    environment: Arc<Environment>,
}

/// Holds keys, so it is never printed.
struct Environment(BTreeMap<String, String>);

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment([hidden])")
    }
}

impl Settings {
    /// Reads the process environment and the files it names; for the edge (`main`) only.
    pub fn from_process(file: Option<PathBuf>) -> Result<Self, ConfigError> {
        let environment = std::env::vars_os()
            .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
            .collect();
        Self::load(&Sources { directory: PathBuf::from("."), file, environment })
    }

    /// Merges the defaults with `sources`.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        let mut layered = Layered::defaults(DEFAULTS)?;
        for path in files(sources) {
            layered.add_file(&path)?;
        }
        layered.add_environment(&sources.environment)?;
        layered.find_peers();
        Ok(Self {
            layered: Arc::new(layered),
            environment: Arc::new(Environment(sources.environment.clone())),
        })
    }

    /// The defaults, changed by `pairs` of environment variable names and values: what tests start from.
    pub fn with<K: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, ConfigError> {
        let environment = pairs.into_iter().map(|(k, v)| (k.into(), v.into())).collect();
        Self::load(&Sources { environment, ..Sources::default() })
    }

    /// One section as the type of whoever owns it.
    ///
    /// Fields that `T` does not know are an error when `T` says `deny_unknown_fields`; fields that `config/default.toml` does not
    /// list were refused before.
    pub fn section<T: DeserializeOwned>(&self, name: &str) -> Result<T, ConfigError> {
        self.layered.section(name)
    }

    /// An environment variable that the configuration names, because it holds a secret; `None` when it is absent or empty.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// `host` and `port` of a service's section.
    pub fn listen(&self, section: &str) -> Result<Listen, ConfigError> {
        self.layered.listen(section)
    }

    /// `host` and `port` of a service by its own name (`rl-orchestrator`).
    pub fn listen_of(&self, service: &str) -> Result<Listen, ConfigError> {
        let section =
            alias::SECTIONS.iter().find(|(name, _)| *name == service).map_or(service, |(_, section)| section);
        self.listen(section)
    }

    /// Where the value of `section.field` came from.
    pub fn origin(&self, field: &str) -> Origin {
        self.layered.origin(field)
    }
}

/// The files to merge, weakest first. A file that was asked for by name must exist; `development` is what runs unasked.
fn files(sources: &Sources) -> Vec<PathBuf> {
    let variable = |name: &str| sources.environment.get(name).filter(|value| !value.is_empty());
    let mut files = Vec::new();
    let named = |name: &str| sources.directory.join("config").join(format!("{name}.toml"));
    match variable("LIGHTNING_ENV") {
        Some(name) => files.push(named(name)),
        None => files.extend(Some(named("development")).filter(|path| path.exists())),
    }
    files.extend(sources.file.clone().or_else(|| variable("LIGHTNING_CONFIG").map(PathBuf::from)));
    files
}

#[cfg(test)]
mod tests;
