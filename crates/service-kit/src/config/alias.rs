//! Environment variables that have a name of their own beside `LIGHTNING__SECTION__FIELD`.

/// (variable, field): the names that the source document and common tools use.
pub(super) const ALIASES: &[(&str, &str)] = &[
    ("DATABASE_URL", "database.url"),
    ("OPENAI_API_KEY", "models.openai_api_key"),
    ("ANTHROPIC_API_KEY", "models.anthropic_api_key"),
    ("RL_ORCHESTRATOR_URL", "peers.orchestrator_url"),
    ("ENHANCED_API_URL", "peers.execution_url"),
    ("MODEL_SERVICE_URL", "peers.models_url"),
    ("RL_SERVER_URL", "peers.rl_url"),
    ("INFLUXDB_URL", "metrics.influx_url"),
    ("INFLUXDB_TOKEN", "metrics.influx_token"),
];
