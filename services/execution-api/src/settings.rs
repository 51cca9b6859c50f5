//! `[execution]` of the configuration: what the workers may do and for how long.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Deserializer};
use service_kit::Settings;
use service_kit::config::{ConfigError, positive};
use task_model::TenantId;

use crate::app::worker::backoff::Backoff;
use crate::tools::DeclaredTool;

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
    /// Longest answer of a model that is kept.
    #[serde(deserialize_with = "positive")]
    pub payload_max_bytes: usize,
    /// Longest output of a tool that is kept.
    #[serde(deserialize_with = "positive")]
    pub tool_output_max_bytes: usize,
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
    /// Runs of one tenant that may be driven at once, over all processes; 0: no limit.
    pub tenant_concurrency: u32,
    /// Tenants with a limit or a share of their own.
    #[serde(rename = "tenants")]
    tenant_list: Vec<Tenant>,
    /// Both of them, ready for use.
    #[serde(skip)]
    pub tenants: Tenants,
    /// Tools that the operator declares.
    pub tools: Vec<DeclaredTool>,
    /// A roster in place of the one that is compiled in.
    #[serde(deserialize_with = "optional_path")]
    pub agents_file: Option<PathBuf>,
}

impl ExecutionSettings {
    /// Reads the section, and checks what concerns several of its fields.
    pub fn read(settings: &Settings, section: &str) -> Result<Self, ConfigError> {
        let mut read: Self = settings.section(section)?;
        read.tenants = Tenants::new(settings, section, &read)?;
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

/// A tenant that is not like the others.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tenant {
    tenant: String,
    concurrency: Option<u32>,
    weight: Option<u32>,
}

/// What tenants may use, and their shares when places are few.
#[derive(Debug, Clone, Default)]
pub struct Tenants {
    most: u32,
    own: HashMap<TenantId, (Option<u32>, u32)>,
}

impl Tenants {
    fn new(settings: &Settings, section: &str, read: &ExecutionSettings) -> Result<Self, ConfigError> {
        let field = format!("{section}.tenants");
        let mut own = HashMap::new();
        for tenant in &read.tenant_list {
            let id = TenantId::parse(tenant.tenant.clone()).map_err(|why| {
                let problem = format!("{:?} is no name of a tenant", tenant.tenant);
                ConfigError::value(&field, settings.origin(&field), problem, &why.0)
            })?;
            own.insert(id, (tenant.concurrency, tenant.weight.unwrap_or(1)));
        }
        Ok(Self { most: read.tenant_concurrency, own })
    }

    /// Places in each round.
    pub fn weight(&self, tenant: &TenantId) -> u64 {
        self.own.get(tenant).map_or(1, |(_, weight)| (*weight).into())
    }

    /// The limits that differ; 0 lifts the limit.
    pub fn limits(&self) -> HashMap<TenantId, i64> {
        let limit = |most: u32| if most == 0 { i64::MAX } else { most.into() };
        let own = self.own.iter();
        own.filter_map(|(tenant, (most, _))| Some((tenant.clone(), limit((*most)?)))).collect()
    }

    /// The limit of all others.
    pub fn default_limit(&self) -> Option<i64> {
        (self.most > 0).then(|| self.most.into())
    }
}

fn optional_path<'de, D: Deserializer<'de>>(from: D) -> Result<Option<PathBuf>, D::Error> {
    let text = String::deserialize(from)?;
    Ok(Some(text).filter(|text| !text.trim().is_empty()).map(PathBuf::from))
}
