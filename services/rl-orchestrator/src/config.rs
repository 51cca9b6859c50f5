//! What the orchestrator reads from the configuration; `config/default.toml` says what each field means.

use std::time::Duration;

use agent_selection::{RewardConfig, SelectionConfig};
use serde::Deserialize;
use service_kit::config::{ConfigError, Peers, Settings, positive};
use task_model::TenantId;

/// All sections of this service.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) orchestrator: Orchestrator,
    pub(crate) selection: SelectionConfig,
    pub(crate) reward: RewardConfig,
    pub(crate) peers: Peers,
}

/// `[orchestrator]`; its `host` and `port` are read by the listener.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Orchestrator {
    #[serde(rename = "host")]
    _host: serde::de::IgnoredAny,
    #[serde(rename = "port")]
    _port: serde::de::IgnoredAny,
    #[serde(deserialize_with = "positive")]
    pub(crate) attempts_max: i64,
    #[serde(deserialize_with = "positive")]
    pub(crate) dispatch_concurrency: usize,
    #[serde(deserialize_with = "positive")]
    dispatch_poll_ms: u64,
    #[serde(deserialize_with = "positive")]
    dispatch_timeout_ms: u64,
    #[serde(deserialize_with = "positive")]
    pub(crate) dispatch_backoff_ms: i64,
    #[serde(deserialize_with = "positive")]
    pub(crate) dispatch_backoff_max_ms: i64,
    #[serde(deserialize_with = "positive")]
    settle_poll_ms: u64,
    #[serde(deserialize_with = "positive")]
    cancel_poll_ms: u64,
    #[serde(deserialize_with = "positive")]
    learn_poll_ms: u64,
    #[serde(deserialize_with = "positive")]
    roster_poll_ms: u64,
    #[serde(deserialize_with = "positive")]
    pub(crate) checkpoint_every: i64,
    #[serde(deserialize_with = "positive")]
    schedule_poll_ms: u64,
    pub(crate) schedules_max: i64,
    #[serde(deserialize_with = "positive")]
    pub(crate) schedule_period_min_ms: i64,
    pub(crate) tenant_tasks_per_min: u32,
    pub(crate) tenant_rates: Vec<TenantRate>,
    #[serde(deserialize_with = "positive")]
    pub(crate) batch_max: usize,
    #[serde(deserialize_with = "positive")]
    wait_max_ms: u64,
}

/// A tenant with a rate of its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TenantRate {
    #[serde(deserialize_with = "tenant")]
    pub(crate) tenant: TenantId,
    /// 0: no limit.
    pub(crate) tasks_per_min: u32,
    /// 0: a minute's worth.
    #[serde(default)]
    pub(crate) burst: u32,
}

fn tenant<'de, D: serde::Deserializer<'de>>(from: D) -> Result<TenantId, D::Error> {
    let raw = String::deserialize(from)?;
    TenantId::parse(raw).map_err(|why| serde::de::Error::custom(format!("a tenant {why}")))
}

impl Orchestrator {
    pub(crate) fn dispatch_poll(&self) -> Duration {
        Duration::from_millis(self.dispatch_poll_ms)
    }

    pub(crate) fn dispatch_timeout(&self) -> Duration {
        Duration::from_millis(self.dispatch_timeout_ms)
    }

    pub(crate) fn settle_poll(&self) -> Duration {
        Duration::from_millis(self.settle_poll_ms)
    }

    pub(crate) fn cancel_poll(&self) -> Duration {
        Duration::from_millis(self.cancel_poll_ms)
    }

    pub(crate) fn learn_poll(&self) -> Duration {
        Duration::from_millis(self.learn_poll_ms)
    }

    pub(crate) fn schedule_poll(&self) -> Duration {
        Duration::from_millis(self.schedule_poll_ms)
    }

    pub(crate) fn roster_poll(&self) -> Duration {
        Duration::from_millis(self.roster_poll_ms)
    }

    pub(crate) fn wait_max(&self) -> Duration {
        Duration::from_millis(self.wait_max_ms)
    }
}

impl Config {
    /// Reads and checks every section.
    pub(crate) fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let config = Self {
            orchestrator: settings.section("orchestrator")?,
            selection: settings.section("selection")?,
            reward: settings.section("reward")?,
            peers: settings.section("peers")?,
        };
        config.selection.validate().map_err(|wrong| out_of_range(settings, "selection", &wrong))?;
        config.reward.validate().map_err(|wrong| out_of_range(settings, "reward", &wrong))?;
        Ok(config)
    }
}

/// The message begins with the name of the field.
fn out_of_range(settings: &Settings, section: &str, wrong: &task_model::Invalid) -> ConfigError {
    let (name, problem) = wrong.0.split_once(' ').unwrap_or(("", &wrong.0));
    let field = format!("{section}.{name}");
    ConfigError::value(&field, settings.origin(&field), "the value is out of range", problem)
}
