//! What is written down and measured.

use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use super::{optional_http_url, optional_secret, optional_text, positive};

/// `[log]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Level or directives.
    pub level: String,
    /// How lines look on standard output; files are JSON.
    pub format: LogFormat,
    /// Which calls get a line.
    pub access: AccessLog,
    /// A call that takes longer is slow.
    pub slow_ms: u64,
    /// Folder of the log files.
    #[serde(deserialize_with = "optional_text")]
    pub directory: Option<String>,
    /// When a new file begins.
    pub rotation: Rotation,
    /// Files kept.
    #[serde(deserialize_with = "positive")]
    pub files_max: usize,
    /// Whether personal data and keys are replaced before writing.
    pub mask: bool,
}

/// How lines look on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Pretty on a terminal, else JSON.
    Auto,
    /// For people.
    Pretty,
    /// One object a line.
    Json,
}

/// Which calls get a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccessLog {
    /// Each call.
    All,
    /// Calls that were answered 5xx or were slow.
    Errors,
    /// None.
    Off,
}

/// When a new file begins (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rotation {
    /// At midnight.
    Daily,
    /// Each hour.
    Hourly,
    /// Never.
    Never,
}

/// `[metrics]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// Where measurements are pushed, if anywhere.
    #[serde(deserialize_with = "optional_http_url")]
    pub influx_url: Option<Url>,
    /// What proves us there.
    #[serde(deserialize_with = "optional_secret")]
    pub influx_token: Option<SecretString>,
    /// Organisation there.
    pub influx_org: String,
    /// Bucket there.
    pub influx_bucket: String,
    /// Between two pushes.
    #[serde(deserialize_with = "positive")]
    pub interval_ms: u64,
    /// For one push.
    #[serde(deserialize_with = "positive")]
    pub timeout_ms: u64,
}
