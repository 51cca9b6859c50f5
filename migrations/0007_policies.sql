-- Published policies and the jobs that trained them.
-- Written by: the RL server, and nobody else.

CREATE TABLE policies (
    version      BIGINT PRIMARY KEY,
    status       TEXT NOT NULL,
    algorithm    TEXT NOT NULL,
    parent       BIGINT,
    trained_to   BIGINT NOT NULL,
    params_json  TEXT NOT NULL,
    metrics_json TEXT NOT NULL,
    bytes        BYTEA NOT NULL,
    note         TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL
);

-- At most one policy is promoted at any instant.
CREATE UNIQUE INDEX policies_promoted ON policies (status) WHERE status = 'promoted';

CREATE TABLE training_jobs (
    job_id         TEXT PRIMARY KEY,
    status         TEXT NOT NULL,
    config_json    TEXT NOT NULL,
    progress_json  TEXT NOT NULL,
    metrics_json   TEXT NOT NULL,
    policy_version BIGINT,
    error          TEXT,
    created_at     BIGINT NOT NULL,
    started_at     BIGINT,
    finished_at    BIGINT
);

CREATE INDEX training_jobs_by_time ON training_jobs (created_at, job_id);
