//! `[execution]` of the configuration: what the workers may do and for how long.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Deserializer};
use service_kit::Settings;
use service_kit::config::{ConfigError, positive};

use crate::app::worker::backoff::Backoff;

/// `[execution]`; `config/default.toml` explains every field.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExecutionSettings {
    /// Read by the kit.
    #[serde(rename = "host")]
    _host: String,
    /// Read by the kit.
    #[serde(rename = "port")]
    _port: u16,
    /// Runs that this process drives at once; 0 makes it serve requests only.
    pub workers: usize,
    /// Between two renewals of the worker session.
    #[serde(deserialize_with = "positive")]
    pub lease_renew_ms: u64,
    /// Without renewal for this long, others take the runs over.
    #[serde(deserialize_with = "positive")]
    pub lease_ttl_ms: u64,
    /// Longest pause between two looks at the queue.
    #[serde(deserialize_with = "positive")]
    pub poll_max_ms: u64,
    /// Hard limit of one tool call.
    #[serde(deserialize_with = "positive")]
    pub tool_timeout_ms: u64,
    /// Hard limit of one model call.
    #[serde(deserialize_with = "positive")]
    pub model_timeout_ms: u64,
    /// Tries of one attempt when the infrastructure fails.
    #[serde(deserialize_with = "positive")]
    pub infrastructure_tries: u32,
    /// Ceiling of the first rest after such a failure.
    #[serde(deserialize_with = "positive")]
    pub backoff_base_ms: u64,
    /// Ceiling of every rest.
    #[serde(deserialize_with = "positive")]
    pub backoff_max_ms: u64,
    /// Longest `?wait=` and `"wait": true`.
    #[serde(deserialize_with = "positive")]
    pub wait_max_ms: u64,
    /// How long a worker may take to stop a run that was cancelled, before the run is taken from it.
    #[serde(deserialize_with = "positive")]
    pub cancel_grace_ms: u64,
    /// After SIGTERM: how long runs under way may go on before they are handed back.
    #[serde(deserialize_with = "positive")]
    pub drain_ms: u64,
    /// A roster in place of the one that is compiled in.
    #[serde(deserialize_with = "optional_path")]
    pub agents_file: Option<PathBuf>,
}

impl ExecutionSettings {
    /// Reads the section, and checks what concerns several of its fields.
    pub fn read(settings: &Settings, section: &str) -> Result<Self, ConfigError> {
        let read: Self = settings.section(section)?;
        // A session stops believing in its lease at two thirds of the TTL; at least one renewal may fail before that.
        if read.lease_renew_ms.saturating_mul(3) > read.lease_ttl_ms {
            let field = format!("{section}.lease_renew_ms");
            let problem =
                format!("{} is too long for a lease of {} ms", read.lease_renew_ms, read.lease_ttl_ms);
            let allowed = "at most a third of execution.lease_ttl_ms";
            return Err(ConfigError::value(&field, settings.origin(&field), problem, allowed));
        }
        Ok(read)
    }

    /// How long runs rest after the infrastructure failed them.
    pub fn backoff(&self) -> Backoff {
        Backoff {
            base: Duration::from_millis(self.backoff_base_ms),
            max: Duration::from_millis(self.backoff_max_ms),
            tries: self.infrastructure_tries,
        }
    }

    /// The longest that a caller may wait.
    pub fn wait_max(&self) -> Duration {
        Duration::from_millis(self.wait_max_ms)
    }
}

fn optional_path<'de, D: Deserializer<'de>>(from: D) -> Result<Option<PathBuf>, D::Error> {
    let text = String::deserialize(from)?;
    Ok(Some(text).filter(|text| !text.trim().is_empty()).map(PathBuf::from))
}
