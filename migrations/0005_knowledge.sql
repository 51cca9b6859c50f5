-- What agents know and remember.
-- Written by: the execution API, and nobody else.

CREATE TABLE knowledge (
    seq           {{identity}},
    knowledge_id  TEXT NOT NULL UNIQUE,
    agent_id      TEXT NOT NULL,
    title         TEXT NOT NULL,
    content       TEXT NOT NULL,
    source        TEXT,
    category      TEXT NOT NULL,
    metadata_json TEXT NOT NULL,
    created_at    BIGINT NOT NULL
);

CREATE INDEX knowledge_by_agent ON knowledge (agent_id, created_at, knowledge_id);

-- only sqlite
CREATE VIRTUAL TABLE knowledge_text USING fts5 (title, content, content = 'knowledge', content_rowid = 'seq', tokenize = 'porter unicode61');

CREATE TRIGGER knowledge_added AFTER INSERT ON knowledge BEGIN
    INSERT INTO knowledge_text (rowid, title, content) VALUES (new.seq, new.title, new.content);
END;

CREATE TRIGGER knowledge_removed AFTER DELETE ON knowledge BEGIN
    INSERT INTO knowledge_text (knowledge_text, rowid, title, content) VALUES ('delete', old.seq, old.title, old.content);
END;
-- end

-- only postgres
ALTER TABLE knowledge ADD COLUMN words tsvector
    GENERATED ALWAYS AS (setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', content), 'B')) STORED;

CREATE INDEX knowledge_words ON knowledge USING gin (words);
-- end

CREATE TABLE memory (
    seq        {{identity}},
    memory_id  TEXT NOT NULL UNIQUE,
    agent_id   TEXT NOT NULL,
    kind       TEXT NOT NULL,
    content    TEXT NOT NULL,
    importance DOUBLE PRECISION NOT NULL,
    task_id    TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT
);

CREATE INDEX memory_by_agent ON memory (agent_id, created_at);
