//! Several processes on one database: starting together, writing together.

use futures::future::join_all;
use storage::*;

use super::database::Database;
use super::records::*;

crate::on_both!(migrates_once_when_four_start_together, lets_both_of_two_writers_on, keeps_a_throwaway_apart,);

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
