//! The books notice every kind of damage, and find none where there is none.

use std::collections::BTreeSet;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use storage::*;
use task_model::*;

use super::database::Database;
use super::records::*;

crate::on_both!(
    find_nothing_wrong_with_a_walk_through_a_death,
    notice_what_is_missing,
    notice_every_kind_of_damage,
    notice_effects_that_nobody_allowed,
    see_what_is_still_waiting,
    measure_from_a_death_to_the_next_claim,
);

/// A task from its assignment to its reward; the first worker dies on the way.
async fn walk(storage: &Storage, raw: &str) {
    let (_, first) = claimed(storage, raw).await;
    storage.step_intent(&first.lease(), intent(1)).await.unwrap();
    storage.sessions_reap(later(3_000)).await.unwrap();
    let session = storage.session_open("next", 2, 3_000, later(3_000)).await.unwrap();
    let second = storage.run_claim(&session.session_id, 1, later(3_000)).await.unwrap().remove(0);
    storage.step_result_and_intent(&second.lease(), result(1), intent(2)).await.unwrap();
    storage.run_finish(second.lease(), Some(result(2)), completed()).await.unwrap();
    storage.task_settle(settle(raw, 1, 0.9)).await.unwrap();
}

async fn books(db: &Database, moment: Moment) -> Books {
    let ledger = Ledger { tasks: vec!["a".to_owned()], words: Vec::new() };
    db.storage.books_check(&ledger, moment).await.unwrap()
}

async fn find_nothing_wrong_with_a_walk_through_a_death(db: Database) {
    db.storage.books_audit().await.unwrap();
    db.storage.books_audit().await.unwrap();
    walk(&db.storage, "a").await;
    let books = books(&db, Moment::Drained).await;
    assert_eq!(books.violations, []);
    assert_eq!((books.finished, books.waiting, books.lost), (1, 0, 0));
    assert_eq!((books.counts["steps"], books.counts["tasks completed"]), (2, 1));
    assert!(books.rules > 25, "{}", books.rules);
}

async fn notice_what_is_missing(db: Database) {
    walk(&db.storage, "a").await;
    let ledger = Ledger {
        tasks: vec!["a".to_owned(), "b".to_owned()],
        words: vec![("a".to_owned(), "never stored".to_owned())],
    };
    let books = db.storage.books_check(&ledger, Moment::Any).await.unwrap();
    assert_eq!((books.finished, books.lost), (1, 2));
    assert_eq!(books.violations[0].damage, Damage::Lost);
}

async fn see_what_is_still_waiting(db: Database) {
    db.storage.books_audit().await.unwrap();
    claimed(&db.storage, "a").await;
    let books = books(&db, Moment::Any).await;
    assert_eq!((books.finished, books.waiting), (0, 1));
    assert_eq!(books.violations, []);
}

/// What damages the books of a finished walk, and what they must then say.
const DAMAGE: &[(&str, Damage, &str)] = &[
    ("UPDATE steps SET fence = 99 WHERE no = 1", Damage::Stale, "no step carries a later fence than its run"),
    ("UPDATE runs SET fence = 1", Damage::Stale, "the fence of a run never falls"),
    ("UPDATE runs SET session_id = 'x'", Damage::Stale, "a run that has ended belongs to no worker"),
    (
        "UPDATE runs SET session_id = 'x'",
        Damage::Stale,
        "whoever takes or loses a run does so under a new fence",
    ),
    ("UPDATE runs SET status = 'queued'", Damage::Doubled, "a run that has ended stays ended"),
    ("UPDATE runs SET status = 'queued'", Damage::Torn, "a task that has ended has no run that goes on"),
    ("UPDATE runs SET status = 'failed'", Damage::Torn, "a task and its last run end alike"),
    (
        "UPDATE runs SET tokens_in = tokens_in + 1",
        Damage::Doubled,
        "a run cost what its steps cost, each counted once",
    ),
    ("UPDATE steps SET result_json = '3' WHERE no = 1", Damage::Doubled, "a result never changes"),
    (
        "DELETE FROM steps WHERE no = 1",
        Damage::Doubled,
        "the steps of a completed run are numbered without gaps, and each has its result",
    ),
    (
        "INSERT INTO steps (task_id, attempt, no, fence, kind, effect, key, request_json, started_at) \
         VALUES ('a', 1, 3, 1, 'tool', 'unsafe', 'k', '{}', 1)",
        Damage::Stale,
        "an intent or a result is written only under the fence of the day, for a run that is driven",
    ),
    ("DELETE FROM experiences", Damage::Lost, "a completed task whose agent was chosen is learned from"),
    (
        "INSERT INTO experiences (task_id, attempt, revision, agent_id, context, reward, weight, propensity, \
             policy_version, cost_micro, latency_ms, at, source) \
         SELECT task_id, attempt, 1, agent_id, context, reward, weight, propensity, policy_version, cost_micro, \
             latency_ms, at, source FROM experiences",
        Damage::Doubled,
        "an attempt is settled once",
    ),
    (
        "INSERT INTO experiences (task_id, attempt, revision, agent_id, context, reward, prev_reward, weight, propensity, \
             policy_version, cost_micro, latency_ms, at, source) \
         SELECT task_id, attempt, 1, agent_id, context, reward, 0.1, weight, propensity, policy_version, cost_micro, \
             latency_ms, at, 'feedback' FROM experiences",
        Damage::Doubled,
        "a correction replaces exactly the reward that was learned before",
    ),
    (
        "UPDATE tasks SET reward = 0.1",
        Damage::Torn,
        "a completed task shows the reward that was learned last",
    ),
    ("UPDATE tasks SET status = 'queued'", Damage::Lost, "a run that has ended is settled"),
    ("DELETE FROM tasks", Damage::Lost, "every run has its task"),
    (
        "UPDATE tasks SET dispatch_due_at = 1",
        Damage::Doubled,
        "a task that has ended is not handed over any more",
    ),
    ("UPDATE tasks SET attempt = 2", Damage::Doubled, "a task has one decision for each of its attempts"),
    (
        "INSERT INTO task_events (task_id, attempt, status, at) SELECT task_id, attempt, status, at FROM task_events",
        Damage::Doubled,
        "an attempt of a task ends once in its history",
    ),
    (
        "DROP INDEX experiences_once; \
         INSERT INTO experiences (task_id, attempt, revision, agent_id, context, reward, weight, propensity, \
             policy_version, cost_micro, latency_ms, at, source) \
         SELECT task_id, attempt, revision, agent_id, context, reward, weight, propensity, policy_version, cost_micro, \
             latency_ms, at, 'import' FROM experiences",
        Damage::Doubled,
        "no attempt teaches the same revision of its reward twice",
    ),
    (
        "DROP INDEX feedback_current; \
         INSERT INTO feedback (task_id, source, reward, kind, at, is_current) \
         VALUES ('a', 'person', 0.5, 'reward', 1, TRUE), ('a', 'person', 0.6, 'reward', 2, TRUE)",
        Damage::Doubled,
        "the last word of each source is one",
    ),
    (
        "UPDATE steps SET kind = 'thought', fence = 9 - no",
        Damage::Stale,
        "fences never fall from one thought of a run to the next",
    ),
    ("UPDATE runs SET status = 'running'", Damage::Lost, "a running run belongs to a worker"),
    (
        "UPDATE runs SET session_id = 'x'; UPDATE runs SET session_id = 'y', fence = fence + 1",
        Damage::Stale,
        "nobody takes a run from a worker without its session ending first",
    ),
    (
        "UPDATE runs SET fence = fence + 1; UPDATE runs SET fence = fence - 1; UPDATE runs SET fence = fence + 1",
        Damage::Doubled,
        "no fence is given out twice",
    ),
    (
        "UPDATE runs SET status = 'queued'; UPDATE runs SET status = 'completed'",
        Damage::Doubled,
        "a run ends once",
    ),
    (
        "UPDATE steps SET finished_at = NULL WHERE no = 1; UPDATE steps SET finished_at = 5 WHERE no = 1",
        Damage::Doubled,
        "a step gets one result",
    ),
    (
        "INSERT INTO steps (task_id, attempt, no, fence, kind, effect, key, request_json, started_at) \
         VALUES ('a', 1, 3, 1, 'tool', 'unsafe', 'k', '{}', 1); \
         UPDATE steps SET fence = 2, started_at = 2 WHERE no = 3",
        Damage::Doubled,
        "an effect that may not be repeated is not tried under two fences, unless a person allowed it",
    ),
];

/// What keeps some of that damage out, and is taken away for it.
const GUARDS: [&str; 2] = [
    "CREATE UNIQUE INDEX IF NOT EXISTS experiences_once ON experiences (task_id, attempt, revision)",
    "CREATE UNIQUE INDEX IF NOT EXISTS feedback_current ON feedback (task_id, source) WHERE is_current",
];

async fn notice_every_kind_of_damage(db: Database) {
    db.storage.books_audit().await.unwrap();
    walk(&db.storage, "a").await;
    for (damage, kind, rule) in DAMAGE {
        let found = after(&db, damage).await;
        let noticed = found.iter().any(|violation| violation.damage == *kind && violation.rule == *rule);
        assert!(noticed, "{damage}: {found:#?}");
    }
    let whole = books(&db, Moment::Drained).await;
    assert_eq!(whole.violations, [], "every damage was mended");
    let noticed: BTreeSet<_> = DAMAGE.iter().map(|(_, _, rule)| rule).collect();
    // All but that what was acknowledged is there, which has a case of its own.
    assert_eq!(noticed.len(), whole.rules - 1, "a rule that was never seen to notice anything");
}

/// What the books say after a statement that is then undone: tables are copied before and put back afterwards.
async fn after(db: &Database, damage: &str) -> Vec<Violation> {
    const TABLES: [&str; 8] =
        ["tasks", "decisions", "runs", "steps", "experiences", "feedback", "task_events", "audit_runs"];
    let tables = TABLES.iter().chain(&["audit_steps"]);
    let mut connection = Any::open(&db.options.url).await;
    for table in tables.clone() {
        connection.run(format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}")).await;
    }
    connection.run(damage.to_owned()).await;
    let found = books(db, Moment::Drained).await.violations;
    // Putting a step back is a write that the audit notes; the audit is put back last.
    for table in tables {
        let overriding = if connection.is_postgres() { "OVERRIDING SYSTEM VALUE" } else { "" };
        connection.run(format!("DELETE FROM {table}")).await;
        connection.run(format!("INSERT INTO {table} {overriding} SELECT * FROM kept_{table}")).await;
        connection.run(format!("DROP TABLE kept_{table}")).await;
    }
    for guard in GUARDS {
        connection.run(guard.to_owned()).await;
    }
    connection.close().await;
    found
}

async fn notice_effects_that_nobody_allowed(db: Database) {
    walk(&db.storage, "a").await;
    let seen = |class, times: &[(&str, u64)]| SeenEffect {
        task: "a".to_owned(),
        class,
        times: times.iter().map(|(key, times)| ((*key).to_owned(), *times)).collect(),
        allowed: 0,
        refused: false,
    };
    let broken = async |effect: SeenEffect| {
        let mut books = Books::default();
        db.storage.books_effects(&[effect], &mut books).await.unwrap();
        books.violations.iter().map(|violation| (violation.damage, violation.rule)).collect::<Vec<_>>()
    };
    let twice = (
        Damage::Doubled,
        "an effect that may not be repeated happens once in an attempt, and again only when a person says so",
    );
    let once = [("key-1", 1)];
    for class in [EffectClass::Keyed, EffectClass::Probe, EffectClass::Unsafe] {
        assert_eq!(broken(seen(class, &once)).await, []);
        let keys = broken(seen(class, &[("key-1", 1), ("key-2", 1)])).await;
        assert!(keys.contains(&(Damage::Doubled, "an effect happens under one key")), "{keys:?}");
        let strange = broken(seen(class, &[("key-9", 1)])).await;
        assert_eq!(strange, [(Damage::Torn, "no effect happens without its intent")]);
        assert_eq!(
            broken(seen(class, &[])).await,
            [(Damage::Lost, "the effect of a completed task happened")]
        );
        assert_eq!(broken(SeenEffect { refused: true, ..seen(class, &[]) }).await, []);
    }
    assert_eq!(broken(seen(EffectClass::Keyed, &[("key-1", 3)])).await, []);
    for class in [EffectClass::Probe, EffectClass::Unsafe] {
        assert_eq!(broken(seen(class, &[("key-1", 2)])).await, [twice]);
        assert_eq!(broken(SeenEffect { allowed: 1, ..seen(class, &[("key-1", 2)]) }).await, []);
    }
}

enum Any {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Any {
    async fn open(url: &str) -> Self {
        if url.starts_with("postgres") {
            Self::Postgres(PgConnection::connect(url).await.unwrap())
        } else {
            Self::Sqlite(SqliteConnection::connect(&url.replace("sqlite:///", "sqlite://")).await.unwrap())
        }
    }

    fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    async fn run(&mut self, statement: String) {
        let statement = AssertSqlSafe(statement);
        match self {
            Self::Sqlite(connection) => drop(connection.execute(statement).await.unwrap()),
            Self::Postgres(connection) => drop(connection.execute(statement).await.unwrap()),
        }
    }

    async fn close(self) {
        match self {
            Self::Sqlite(connection) => connection.close().await.unwrap(),
            Self::Postgres(connection) => connection.close().await.unwrap(),
        }
    }
}

async fn measure_from_a_death_to_the_next_claim(db: Database) {
    db.storage.books_audit().await.unwrap();
    let before = Micros(0);
    claimed(&db.storage, "a").await;
    let now = db.storage.now().await.unwrap();
    assert!(db.storage.books_takeovers(&[Death { pid: 1, at: before }]).await.unwrap().is_empty());
    db.storage.sessions_reap(later(3_000)).await.unwrap();
    let next = db.storage.session_open("next", 2, 3_000, later(3_000)).await.unwrap();
    db.storage.run_claim(&next.session_id, 1, later(3_000)).await.unwrap();
    let waits = db.storage.books_takeovers(&[Death { pid: 1, at: now }]).await.unwrap();
    assert!(waits.len() == 1 && (0..60_000).contains(&waits[0]), "{waits:?}");
}
