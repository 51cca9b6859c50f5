//! The audit: triggers with which the database notes every change of a run and every step, whoever makes it.

use crate::sql::{Connection, built, sql};
use crate::{Kind, Result};

/// Tables that notes go to; `{identity}` is the dialect's word.
const TABLES: [&str; 3] = [
    "CREATE TABLE audit_runs (seq {identity}, at BIGINT NOT NULL, task_id TEXT NOT NULL, attempt BIGINT NOT NULL, \
         old_fence BIGINT NOT NULL, new_fence BIGINT NOT NULL, old_status TEXT NOT NULL, new_status TEXT NOT NULL, \
         old_session TEXT, new_session TEXT)",
    "CREATE TABLE audit_steps (seq {identity}, at BIGINT NOT NULL, wrote TEXT NOT NULL, task_id TEXT NOT NULL, \
         attempt BIGINT NOT NULL, no BIGINT NOT NULL, effect TEXT NOT NULL, approved_at BIGINT, fence BIGINT NOT NULL, \
         run_fence BIGINT, run_session TEXT, run_status TEXT)",
    "CREATE TABLE audit_sessions (seq {identity}, at BIGINT NOT NULL, session_id TEXT NOT NULL, pid BIGINT NOT NULL)",
];

const RUN: &str = "INSERT INTO audit_runs (at, task_id, attempt, old_fence, new_fence, old_status, new_status, \
                       old_session, new_session) \
                   VALUES ({now}, NEW.task_id, NEW.attempt, OLD.fence, NEW.fence, OLD.status, NEW.status, \
                       OLD.session_id, NEW.session_id)";

const STEP: &str = "INSERT INTO audit_steps (at, wrote, task_id, attempt, no, effect, approved_at, fence, run_fence, \
                        run_session, run_status) \
                    SELECT {now}, {wrote}, NEW.task_id, NEW.attempt, NEW.no, NEW.effect, NEW.approved_at, NEW.fence, \
                        r.fence, r.session_id, r.status \
                    FROM (SELECT 1 AS one) AS always LEFT JOIN runs r ON r.task_id = NEW.task_id AND r.attempt = NEW.attempt";

const WROTE: &str = "CASE WHEN OLD.finished_at IS NOT NULL THEN 'over a result' \
                         WHEN NEW.finished_at IS NOT NULL THEN 'result' \
                         WHEN NEW.fence <> OLD.fence OR NEW.started_at <> OLD.started_at THEN 'intent' ELSE 'other' END";

const SESSION: &str =
    "INSERT INTO audit_sessions (at, session_id, pid) VALUES ({now}, NEW.session_id, NEW.pid)";

/// What is noted: name, when, and how.
const NOTES: [(&str, &str, &str, &str); 4] = [
    ("audit_run", "UPDATE OF status, fence, session_id ON runs", RUN, ""),
    ("audit_intent", "INSERT ON steps", STEP, "'intent'"),
    ("audit_step", "UPDATE ON steps", STEP, WROTE),
    ("audit_session", "INSERT ON worker_sessions", SESSION, ""),
];

pub(super) async fn install(connection: &mut Connection) -> Result<()> {
    if is_installed(connection).await? {
        return Ok(());
    }
    let kind = connection.kind();
    let (identity, now) = match kind {
        Kind::Sqlite => {
            ("INTEGER PRIMARY KEY AUTOINCREMENT", "CAST(unixepoch('subsec') * 1000000 AS INTEGER)")
        }
        Kind::Postgres => (
            "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
            "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
        ),
    };
    for table in TABLES {
        built(table.replace("{identity}", identity)).execute(connection).await?;
    }
    for (name, when, note, wrote) in NOTES {
        let note = note.replace("{now}", now).replace("{wrote}", wrote);
        for statement in trigger(kind, name, when, &note) {
            built(statement).execute(connection).await?;
        }
    }
    Ok(())
}

fn trigger(kind: Kind, name: &str, when: &str, note: &str) -> Vec<String> {
    match kind {
        Kind::Sqlite => vec![format!("CREATE TRIGGER {name} AFTER {when} BEGIN {note}; END")],
        Kind::Postgres => vec![
            format!(
                "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {note}; RETURN NULL; END $$"
            ),
            format!("CREATE TRIGGER {name} AFTER {when} FOR EACH ROW EXECUTE FUNCTION {name}()"),
        ],
    }
}

pub(super) async fn is_installed(connection: &mut Connection) -> Result<bool> {
    let text = connection.choose(
        "SELECT 1 AS one FROM sqlite_schema WHERE name = 'audit_sessions'",
        "SELECT 1 AS one FROM pg_class WHERE oid = to_regclass('audit_sessions')",
    );
    Ok(sql(text).row(connection).await?.is_some())
}
