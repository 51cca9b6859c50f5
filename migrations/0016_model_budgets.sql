-- What may be spent on models, and what of it is used.
-- Written by: the model service, and nobody else.

CREATE TABLE model_budgets (
    budget_id   TEXT PRIMARY KEY,
    -- all, key, agent, task, provider or model
    scope       TEXT NOT NULL,
    -- Whose; empty for all.
    subject     TEXT NOT NULL,
    -- day, month or forever
    period      TEXT NOT NULL,
    limit_micro BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);

-- Spent, and reserved by calls under way; a reservation whose call a crash ended stays, for the provider may have charged it.
CREATE TABLE model_budget_use (
    budget_id    TEXT NOT NULL,
    period_start BIGINT NOT NULL,
    used_micro   BIGINT NOT NULL,
    PRIMARY KEY (budget_id, period_start)
);
