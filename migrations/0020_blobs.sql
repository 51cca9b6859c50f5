-- Large payloads of steps and runs: each is kept once, under the hash of its content, and rows refer to it.
-- Written by: the execution API. Exception: whoever vacuums deletes what no row refers to any more.

CREATE TABLE blobs (
    -- SHA-256 of the content, in hex.
    hash    TEXT PRIMARY KEY,
    -- When a row last began to refer to it, within an hour: what is young is not deleted, for its row may not be committed yet.
    kept_at BIGINT NOT NULL,
    bytes   BIGINT NOT NULL,
    content TEXT NOT NULL
);

CREATE INDEX blobs_by_time ON blobs (kept_at);

-- Beside each: the hash of its content when that is large; the column itself is then empty.
ALTER TABLE steps ADD COLUMN request_blob TEXT;
ALTER TABLE steps ADD COLUMN result_blob TEXT;
ALTER TABLE runs ADD COLUMN context_blob TEXT;
ALTER TABLE runs ADD COLUMN result_blob TEXT;

CREATE INDEX steps_by_request_blob ON steps (request_blob) WHERE request_blob IS NOT NULL;
CREATE INDEX steps_by_result_blob ON steps (result_blob) WHERE result_blob IS NOT NULL;
CREATE INDEX runs_by_context_blob ON runs (context_blob) WHERE context_blob IS NOT NULL;
CREATE INDEX runs_by_result_blob ON runs (result_blob) WHERE result_blob IS NOT NULL;
