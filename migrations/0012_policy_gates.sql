-- How policies come into force: a canary's share of the decisions, what a promotion replaced, and every move with its reason.
-- Written by: the RL server, and nobody else.

ALTER TABLE policies ADD COLUMN share DOUBLE PRECISION NOT NULL DEFAULT 0;
ALTER TABLE policies ADD COLUMN replaced BIGINT;

-- At most one policy is a canary at any instant.
CREATE UNIQUE INDEX policies_canary ON policies (status) WHERE status = 'canary';

-- Append-only: the lineage of a policy is told by its moves.
CREATE TABLE policy_moves (
    seq          {{identity}},
    version      BIGINT NOT NULL,
    status       TEXT NOT NULL,
    share        DOUBLE PRECISION NOT NULL,
    why          TEXT NOT NULL,
    figures_json TEXT NOT NULL,
    at           BIGINT NOT NULL
);

CREATE INDEX policy_moves_by_version ON policy_moves (version, seq);

-- How far a training job is, so that one that was killed goes on instead of beginning anew. Gone when the job is over.
CREATE TABLE training_checkpoints (
    job_id     TEXT PRIMARY KEY,
    state_json TEXT NOT NULL,
    bytes      BYTEA NOT NULL,
    at         BIGINT NOT NULL
);
