-- The history of tasks is followed by its seq, which PostgreSQL gives out before the commit: a lower one can commit after a higher one.
-- Written by: the orchestrator, as before. SQLite has one writer at a time, so there the order of seq is the order of commits.

-- only postgres
-- Whoever appends says first, in a lock that ends with the transaction and that nobody waits for, how far the numbers had come:
-- all of its own will be higher. The high 16 bits of the lock's key tell it from other locks; 48 bits are left for the number.
CREATE FUNCTION task_events_announce() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared((19525::bigint << 48) | (CASE WHEN is_called THEN last_value ELSE last_value - 1 END))
        FROM task_events_seq_seq;
    RETURN NULL;
END $$;

CREATE TRIGGER task_events_announced BEFORE INSERT ON task_events FOR EACH STATEMENT EXECUTE FUNCTION task_events_announce();

-- Up to where no number can still appear, for statements that begin after this one has ended. First how far the numbers have come,
-- then who still writes: a writer that took one of those numbers is seen, or has ended and all that it wrote is visible.
CREATE FUNCTION task_events_settled() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    reached bigint;
    writing bigint;
BEGIN
    SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END INTO reached FROM task_events_seq_seq;
    SELECT MIN(((classid::bigint << 32) | objid::bigint) & ((1::bigint << 48) - 1)) INTO writing FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND (classid::bigint >> 16) = 19525
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database());
    RETURN LEAST(reached, writing);
END $$;
-- end
