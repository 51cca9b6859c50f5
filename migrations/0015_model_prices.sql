-- What models cost from when on, and whose API key a call was made with.
-- Written by: the model service, and nobody else.

CREATE TABLE model_prices (
    model_id                     TEXT NOT NULL,
    valid_from                   BIGINT NOT NULL,
    input_micro_per_million      BIGINT NOT NULL,
    output_micro_per_million     BIGINT NOT NULL,
    -- NULL: as much as other input.
    cache_read_micro_per_million  BIGINT,
    cache_write_micro_per_million BIGINT,
    PRIMARY KEY (model_id, valid_from)
);

ALTER TABLE model_calls ADD COLUMN key_id TEXT;
