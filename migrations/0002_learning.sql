-- What the learner learns from.
-- Written by: the orchestrator, and nobody else.

-- Append-only. The learned values are the fold of these rows in the order of seq, so seq order must be commit order:
-- SQLite has one writer at a time; on PostgreSQL an advisory lock is held from before the insert to the commit.
CREATE TABLE experiences (
    seq            {{identity}},
    task_id        TEXT NOT NULL,
    attempt        BIGINT NOT NULL,
    revision       BIGINT NOT NULL,
    agent_id       TEXT NOT NULL,
    context        BYTEA NOT NULL,
    next_context   BYTEA,
    reward         DOUBLE PRECISION NOT NULL,
    prev_reward    DOUBLE PRECISION,
    weight         DOUBLE PRECISION NOT NULL,
    propensity     DOUBLE PRECISION NOT NULL,
    policy_version BIGINT NOT NULL,
    cost_micro     BIGINT NOT NULL,
    latency_ms     BIGINT NOT NULL,
    at             BIGINT NOT NULL,
    source         TEXT NOT NULL
);

-- Revision 0 is the settlement, later ones are corrections by feedback: none can count twice.
CREATE UNIQUE INDEX experiences_once ON experiences (task_id, attempt, revision);

-- Snapshots of the fold, so that a start does not replay the whole log.
CREATE TABLE learner_checkpoints (
    format     TEXT NOT NULL,
    seq        BIGINT NOT NULL,
    bytes      BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (format, seq)
);
