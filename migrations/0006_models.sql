-- The models that can be called, and what the calls cost.
-- Written by: the model service, and nobody else.

CREATE TABLE models (
    model_id        TEXT PRIMARY KEY,
    provider        TEXT NOT NULL,
    name            TEXT NOT NULL,
    version         TEXT NOT NULL,
    aliases_json    TEXT NOT NULL,
    input_micro_per_million  BIGINT NOT NULL,
    output_micro_per_million BIGINT NOT NULL,
    config_json     TEXT NOT NULL,
    enabled         BOOLEAN NOT NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL
);

CREATE TABLE model_calls (
    seq        {{identity}},
    at         BIGINT NOT NULL,
    provider   TEXT NOT NULL,
    model_id   TEXT NOT NULL,
    agent_id   TEXT,
    task_id    TEXT,
    attempt    BIGINT,
    step       BIGINT,
    tokens_in  BIGINT NOT NULL,
    tokens_out BIGINT NOT NULL,
    cost_micro BIGINT NOT NULL,
    latency_us BIGINT NOT NULL,
    error_code TEXT
);

CREATE INDEX model_calls_by_time ON model_calls (at);
