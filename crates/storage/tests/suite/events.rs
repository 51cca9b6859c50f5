//! The history of all tasks, followed from id to id: nothing missed and nothing twice, whoever writes and however they end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::join_all;
use rand::prelude::*;
use rand::rngs::StdRng;
use sqlx::{Connection, Executor, PgConnection};
use storage::*;

use super::database::{self, Database};
use super::records::*;

crate::on_both!(
    a_follower_of_many_writers_sees_every_line_once_and_in_order,
    the_end_is_where_the_next_line_comes,
);

macro_rules! on_postgres {
    ($($case:ident),* $(,)?) => {
        mod postgres_only {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::database::on_postgres(super::$case).await;
            })*
        }
    };
}

on_postgres!(
    a_lower_id_that_commits_last_is_not_passed_over,
    an_id_that_was_given_back_holds_nobody_up,
    a_transaction_that_writes_no_history_holds_nobody_up,
    a_writer_that_was_frozen_holds_readers_up_for_two_seconds,
);

const APPEND: &str = "INSERT INTO task_events (task_id, attempt, status, at) VALUES ('x', 1, 'assigned', 0)";

async fn connection(db: &Database) -> PgConnection {
    PgConnection::connect(&db.options.url).await.unwrap()
}

async fn begun(db: &Database, statement: &'static str) -> PgConnection {
    let mut connection = connection(db).await;
    connection.execute("BEGIN").await.unwrap();
    connection.execute(statement).await.unwrap();
    connection
}

async fn seqs_after(storage: &Storage, after: i64) -> Vec<i64> {
    storage.events_after(after, 100).await.unwrap().iter().map(|event| event.seq).collect()
}

async fn a_lower_id_that_commits_last_is_not_passed_over(db: Database) {
    db.storage.task_assign(assignment("a")).await.unwrap();
    let mut low = begun(&db, APPEND).await;
    let mut high = begun(&db, APPEND).await;
    high.execute("COMMIT").await.unwrap();
    // 2 is still to come, so 3 is not shown.
    assert_eq!(seqs_after(&db.storage, 0).await, [1]);
    assert_eq!(db.storage.events_end().await.unwrap(), 1);
    low.execute("COMMIT").await.unwrap();
    assert_eq!(seqs_after(&db.storage, 1).await, [2, 3]);
    assert_eq!(seqs_after(&db.storage, 3).await, [] as [i64; 0]);
}

async fn an_id_that_was_given_back_holds_nobody_up(db: Database) {
    let mut low = begun(&db, APPEND).await;
    let mut high = begun(&db, APPEND).await;
    high.execute("COMMIT").await.unwrap();
    assert_eq!(seqs_after(&db.storage, 0).await, [] as [i64; 0]);
    low.execute("ROLLBACK").await.unwrap();
    assert_eq!(seqs_after(&db.storage, 0).await, [2]);
    assert_eq!(db.storage.events_end().await.unwrap(), 2);
}

async fn a_transaction_that_writes_no_history_holds_nobody_up(db: Database) {
    let mut gap = begun(&db, APPEND).await;
    gap.execute("ROLLBACK").await.unwrap();
    let _long = begun(&db, "UPDATE tasks SET priority = 1").await;
    db.storage.task_assign(assignment("a")).await.unwrap();
    assert_eq!(seqs_after(&db.storage, 0).await, [2]);
}

async fn a_writer_that_was_frozen_holds_readers_up_for_two_seconds(db: Database) {
    let mut frozen = connection(&db).await;
    // As every writer of ours has it; see `open/postgres.rs`.
    frozen.execute("SET idle_in_transaction_session_timeout = 2000").await.unwrap();
    frozen.execute("BEGIN").await.unwrap();
    frozen.execute(APPEND).await.unwrap();
    db.storage.task_assign(assignment("a")).await.unwrap();
    let start = std::time::Instant::now();
    while seqs_after(&db.storage, 0).await.is_empty() {
        assert!(start.elapsed() < Duration::from_secs(10), "a frozen writer stops its readers");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(start.elapsed() > Duration::from_secs(1), "it was shown while a lower id could still come");
}

async fn the_end_is_where_the_next_line_comes(db: Database) {
    assert_eq!(db.storage.events_end().await.unwrap(), 0);
    db.storage.task_assign(assignment("a")).await.unwrap();
    let end = db.storage.events_end().await.unwrap();
    db.storage.task_assign(assignment("b")).await.unwrap();
    assert_eq!(db.storage.events_after(end, 10).await.unwrap()[0].task_id, id("b"));
}

const WRITERS: usize = 6;
const TASKS: usize = 120;

async fn a_follower_of_many_writers_sees_every_line_once_and_in_order(db: Database) {
    let writing = Arc::new(AtomicUsize::new(WRITERS));
    let writers = (0..WRITERS).map(|writer| write(db.clone(), writer, writing.clone()));
    let both = async { tokio::join!(join_all(writers), follow(db.storage.clone(), writing.clone())) };
    let (_, seen) =
        tokio::time::timeout(Duration::from_secs(120), both).await.expect("the follower never ends");
    assert!(seen.is_sorted_by(|one, next| one < next), "an id came twice or late");
    let mut everything = Vec::new();
    while let events = seqs_after(&db.storage, everything.last().copied().unwrap_or(0)).await
        && !events.is_empty()
    {
        everything.extend(events);
    }
    assert_eq!(seen, everything);
    assert!(everything.len() >= WRITERS * TASKS, "{}", everything.len());
}

/// One process among several, with transactions of every length; some are given up.
async fn write(db: Database, writer: usize, writing: Arc<AtomicUsize>) {
    let mut rng = StdRng::seed_from_u64(writer as u64);
    let storage = db.neighbour().await;
    let mut raw = if db.options.url.starts_with("postgres") { Some(connection(&db).await) } else { None };
    for n in 0..TASKS {
        storage.task_assign(assignment(&format!("{writer}-{n}"))).await.unwrap();
        if let Some(raw) = raw.as_mut().filter(|_| rng.random_bool(0.5)) {
            raw.execute("BEGIN").await.unwrap();
            raw.execute(APPEND).await.unwrap();
            for _ in 0..rng.random_range(0..30) {
                raw.execute("SELECT 1").await.unwrap();
            }
            raw.execute(if rng.random_bool(0.7) { "COMMIT" } else { "ROLLBACK" }).await.unwrap();
        }
    }
    storage.close().await;
    writing.fetch_sub(1, Ordering::SeqCst);
}

/// Remembers nothing but the last id, as a client with `Last-Event-ID` does, until nobody writes and nothing is left.
async fn follow(storage: Storage, writing: Arc<AtomicUsize>) -> Vec<i64> {
    let mut rng = StdRng::seed_from_u64(99);
    let mut seen: Vec<i64> = Vec::new();
    loop {
        let over = writing.load(Ordering::SeqCst) == 0;
        let after = seen.last().copied().unwrap_or(0);
        let events = storage.events_after(after, rng.random_range(1..40)).await.unwrap();
        if events.is_empty() && over {
            return seen;
        }
        seen.extend(events.iter().map(|event| event.seq));
        tokio::task::yield_now().await;
    }
}
