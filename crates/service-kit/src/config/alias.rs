//! Names that differ: environment variables beside `LIGHTNING__SECTION__FIELD`, and sections that are not called as their
//! service.

/// (variable, field): the names that the source document and common tools use.
pub(super) const ALIASES: &[(&str, &str)] = &[
    ("DATABASE_URL", "database.url"),
    ("OPENAI_API_KEY", "models.openai_api_key"),
    ("OPENAI_BASE_URL", "models.openai_base_url"),
    ("ANTHROPIC_API_KEY", "models.anthropic_api_key"),
    ("ANTHROPIC_BASE_URL", "models.anthropic_base_url"),
    ("GEMINI_API_KEY", "models.gemini_api_key"),
    ("XAI_API_KEY", "models.xai_api_key"),
    ("AZURE_OPENAI_API_KEY", "models.azure_api_key"),
    ("AZURE_OPENAI_ENDPOINT", "models.azure_base_url"),
    ("RL_ORCHESTRATOR_URL", "peers.orchestrator_url"),
    ("ENHANCED_API_URL", "peers.execution_url"),
    ("MODEL_SERVICE_URL", "peers.models_url"),
    ("RL_SERVER_URL", "peers.rl_url"),
    ("INFLUXDB_URL", "metrics.influx_url"),
    ("INFLUXDB_TOKEN", "metrics.influx_token"),
];

/// (field, section): where a peer is found when nobody says so.
pub(super) const PEERS: &[(&str, &str)] = &[
    ("peers.orchestrator_url", "orchestrator"),
    ("peers.execution_url", "execution"),
    ("peers.models_url", "models"),
    ("peers.rl_url", "rl"),
];

/// (service, section): where each service's `host` and `port` are.
pub(super) const SECTIONS: &[(&str, &str)] = &[
    ("rl-orchestrator", "orchestrator"),
    ("execution-api", "execution"),
    ("model-service", "models"),
    ("rl-server", "rl"),
];
