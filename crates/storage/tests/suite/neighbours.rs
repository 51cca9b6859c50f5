//! Several processes on one database: starting together, writing together.

use futures::future::join_all;
use sqlx::{Connection, Executor, PgConnection};
use storage::*;

use super::database::Database;
use super::records::*;

crate::on_both!(migrates_once_when_four_start_together, lets_both_of_two_writers_on, keeps_a_throwaway_apart,);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn loses_nothing_when_the_server_cuts_every_connection() {
    super::database::on_postgres(loses_nothing_when_cut).await;
}

async fn loses_nothing_when_cut(db: Database) {
    let callers = (0..8).map(|caller| {
        let storage = db.storage.clone();
        async move {
            for n in 0..40 {
                // An answer that was lost is asked for again; the request is the same one.
                while let Err(error) = storage.task_assign(assignment(&format!("{caller}-{n}"))).await {
                    assert!(error.is_transient(), "{error:?}");
                }
            }
        }
    });
    let cutter = async {
        for _ in 0..6 {
            cut_every_connection(&db.options.url).await;
        }
    };
    tokio::join!(join_all(callers), cutter);
    assert_eq!(db.storage.task_counts().await.unwrap()["assigned"], 320);
    assert_eq!(db.storage.events_after(0, 1_000).await.unwrap().len(), 320);
}

pub async fn cut_every_connection(url: &str) {
    const CUT: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                       WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let mut connection = PgConnection::connect(url).await.unwrap();
    connection.execute(CUT).await.unwrap();
    connection.close().await.unwrap();
}

async fn migrates_once_when_four_start_together(db: Database) {
    let handles = join_all((0..4).map(|_| db.neighbour())).await;
    let migrations = join_all(handles.iter().map(Storage::migrate)).await;
    assert!(migrations.iter().all(Result::is_ok), "{migrations:?}");
    join_all(handles.iter().map(Storage::close)).await;
}

async fn lets_both_of_two_writers_on(db: Database) {
    let other = db.neighbour().await;
    let busy = |storage: Storage, who: &'static str| async move {
        for n in 0..100 {
            storage.task_assign(assignment(&format!("{who}-{n}"))).await.unwrap();
        }
    };
    tokio::join!(busy(db.storage.clone(), "one"), busy(other.clone(), "two"));
    assert_eq!(other.task_counts().await.unwrap()["assigned"], 200);
    other.close().await;
}

async fn keeps_a_throwaway_apart(db: Database) {
    let throwaway = Storage::open(&StorageOptions::new("sqlite::memory:")).await.unwrap();
    throwaway.migrate().await.unwrap();
    throwaway.task_assign(assignment("a")).await.unwrap();
    assert!(throwaway.task_find(&id("a")).await.unwrap().is_some());
    assert!(db.storage.task_find(&id("a")).await.unwrap().is_none());
    throwaway.close().await;
}
