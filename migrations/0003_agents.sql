-- The roster.
-- Written by: the execution API, and nobody else.

CREATE TABLE agents (
    agent_id   TEXT PRIMARY KEY,
    revision   BIGINT NOT NULL,
    seed_hash  TEXT,
    edited     BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT
);

-- Every edit makes a new row; none is ever changed, so that running work stays on the revision it began with.
CREATE TABLE agent_revisions (
    agent_id          TEXT NOT NULL,
    revision          BIGINT NOT NULL,
    name              TEXT NOT NULL,
    model             TEXT NOT NULL,
    specialization    TEXT NOT NULL,
    description       TEXT NOT NULL,
    capabilities_json TEXT NOT NULL,
    tools_json        TEXT NOT NULL,
    aliases_json      TEXT NOT NULL,
    system_prompt     TEXT NOT NULL,
    config_json       TEXT NOT NULL,
    status            TEXT NOT NULL,
    author            TEXT NOT NULL,
    created_at        BIGINT NOT NULL,
    PRIMARY KEY (agent_id, revision)
);

CREATE TABLE agent_aliases (
    alias    TEXT PRIMARY KEY,
    agent_id TEXT NOT NULL
);

CREATE INDEX agent_aliases_by_agent ON agent_aliases (agent_id);

-- One row that grows by one with every change above: the cheap question "did anything change?".
CREATE TABLE roster (
    id      BIGINT PRIMARY KEY,
    version BIGINT NOT NULL
);

INSERT INTO roster (id, version) VALUES (1, 0);
