//! Backups: taken under load, whole when they come back, never over what somebody may still want.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::join_all;
use storage::*;

use super::database::Database;
use super::records::*;

crate::on_both!(
    come_back_whole_although_taken_under_load,
    never_go_over_what_is_there_unless_it_is_named,
    are_refused_when_they_are_damaged,
    leave_a_database_in_use_alone,
    checks_and_cleans_up_while_others_write,
);

fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("of-today");
    (folder, path)
}

/// A task with everything: steps, reward, a word, knowledge.
async fn settled(storage: &Storage, raw: &str) {
    finished(storage, raw, completed()).await;
    storage.task_settle(settle(raw, 1, 0.9)).await.unwrap();
    let feedback = NewFeedback {
        task_id: id(raw),
        source: "user".to_owned(),
        reward: 0.5,
        kind: "reward".to_owned(),
        comment: Some("tab\there, line\nhere, backslash \\ and ünïcödé".to_owned()),
        idempotency_key: Some("k".to_owned()),
        at: later(300),
    };
    let put = FeedbackPut { feedback, combined_reward: 0.7, expected_version: 1, experience: None };
    storage.feedback_put(put).await.unwrap();
}

/// Assigns until told to stop; answers what was acknowledged.
async fn keep_assigning(storage: Storage, writer: usize, stop: Arc<AtomicBool>) -> Vec<String> {
    let mut acknowledged = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let name = format!("load-{writer}-{}", acknowledged.len());
        storage.task_assign(assignment(&name)).await.unwrap();
        acknowledged.push(name);
    }
    acknowledged
}

async fn come_back_whole_although_taken_under_load(db: Database) {
    settled(&db.storage, "a").await;
    let before: Vec<String> = (0..50).map(|n| format!("before-{n}")).collect();
    join_all(before.iter().map(|name| db.storage.task_assign(assignment(name)))).await;
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> =
        (0..4).map(|n| tokio::spawn(keep_assigning(db.storage.clone(), n, stop.clone()))).collect();
    let (_folder, path) = place();
    let taken = db.storage.backup(&path).await.unwrap();
    stop.store(true, Ordering::Relaxed);
    let during: usize = join_all(writers).await.into_iter().map(|names| names.unwrap().len()).sum();
    assert!(during > 0, "nothing was written meanwhile");
    assert_eq!((taken.rows["runs"], taken.kind), (1, db.storage.kind()));

    let elsewhere = db.empty().await;
    let back = Storage::restore(&elsewhere, &path, None).await.unwrap();
    assert_eq!((&back.rows, back.bytes), (&taken.rows, taken.bytes));
    let restored = Storage::open(&elsewhere).await.unwrap();
    let ledger = Ledger { tasks: before, words: vec![("a".to_owned(), "k".to_owned())] };
    let books = restored.books_check(&ledger, Moment::Any).await.unwrap();
    assert_eq!((books.violations, books.lost, books.waiting), (vec![], 0, 50));
    assert_eq!(books.counts["tasks"], i64::try_from(taken.rows["tasks"]).unwrap());
    check_same(&db.storage, &restored).await;
    // What counts up goes on from where it was.
    settled(&restored, "b").await;
    let log = restored.experiences_after(0, 10).await.unwrap();
    assert!(log.len() == 2 && log[1].seq > log[0].seq);
    restored.close().await;
    db.forget(&elsewhere).await;
}

async fn check_same(one: &Storage, other: &Storage) {
    let task = id("a");
    assert_eq!(one.task_find(&task).await.unwrap(), other.task_find(&task).await.unwrap());
    assert_eq!(one.feedback_list(&task).await.unwrap(), other.feedback_list(&task).await.unwrap());
    assert_eq!(one.task_events(&task, 0).await.unwrap(), other.task_events(&task, 0).await.unwrap());
    assert_eq!(one.experiences_after(0, 9).await.unwrap(), other.experiences_after(0, 9).await.unwrap());
}

async fn never_go_over_what_is_there_unless_it_is_named(db: Database) {
    settled(&db.storage, "a").await;
    let (_folder, path) = place();
    db.storage.backup(&path).await.unwrap();
    assert!(
        matches!(db.storage.backup(&path).await, Err(Error::Invalid { .. })),
        "a backup is never overwritten"
    );
    db.storage.task_assign(assignment("later")).await.unwrap();
    let other = db.empty().await;
    let storage = Storage::open(&other).await.unwrap();
    storage.migrate().await.unwrap();
    storage.task_assign(assignment("precious")).await.unwrap();
    storage.close().await;
    let name = Storage::name_of(&other).unwrap();
    for replace in [None, Some("another")] {
        let refused = Storage::restore(&other, &path, replace).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
    }
    let storage = Storage::open(&other).await.unwrap();
    assert!(storage.task_find(&id("precious")).await.unwrap().is_some());
    storage.close().await;
    Storage::restore(&other, &path, Some(&name)).await.unwrap();
    let storage = Storage::open(&other).await.unwrap();
    let there = |name: &'static str| {
        let storage = storage.clone();
        async move { storage.task_find(&id(name)).await.unwrap().is_some() }
    };
    assert_eq!((there("a").await, there("later").await, there("precious").await), (true, false, false));
    storage.close().await;
    db.forget(&other).await;
}

async fn are_refused_when_they_are_damaged(db: Database) {
    settled(&db.storage, "a").await;
    let (_folder, path) = place();
    db.storage.backup(&path).await.unwrap();
    let whole = std::fs::read(&path).unwrap();
    let other = db.empty().await;
    let mut flipped = whole.clone();
    // Within the pages of the file, and within the compressed rows.
    let middle = whole.len() / 2;
    flipped[middle..middle + 64].iter_mut().for_each(|byte| *byte ^= 0x5a);
    for damaged in [&whole[..whole.len() / 3], &flipped[..], b"something else", b""] {
        std::fs::write(&path, damaged).unwrap();
        let refused = Storage::restore(&other, &path, None).await;
        // SQLite has no checksum over the content of a page: what it cannot notice comes back and is looked at by the books.
        let unnoticed = db.storage.kind() == Kind::Sqlite && damaged.len() == whole.len();
        assert!(refused.is_err() || unnoticed, "{} bytes: {refused:?}", damaged.len());
        if unnoticed {
            continue;
        }
        assert!(!matches!(refused, Err(Error::Bug(_))), "{refused:?}");
    }
    let missing = Storage::restore(&other, &path.with_extension("missing"), None).await;
    assert!(matches!(missing, Err(Error::Invalid { .. })));
    db.forget(&other).await;
}

async fn leave_a_database_in_use_alone(db: Database) {
    settled(&db.storage, "a").await;
    let (_folder, path) = place();
    db.storage.backup(&path).await.unwrap();
    let name = Storage::name_of(&db.options).unwrap();
    let refused = Storage::restore(&db.options, &path, Some(&name)).await;
    assert!(matches!(refused, Err(Error::Invalid { field: "the database", .. })), "{refused:?}");
    db.storage.task_assign(assignment("later")).await.unwrap();
}

async fn checks_and_cleans_up_while_others_write(db: Database) {
    settled(&db.storage, "a").await;
    let stop = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn(keep_assigning(db.storage.clone(), 0, stop.clone()));
    assert_eq!(db.storage.upkeep_check().await.unwrap(), Vec::<String>::new());
    db.storage.upkeep_checkpoint().await.unwrap();
    db.storage.upkeep_vacuum().await.unwrap();
    stop.store(true, Ordering::Relaxed);
    let acknowledged = writer.await.unwrap();
    let ledger = Ledger { tasks: acknowledged, words: Vec::new() };
    assert_eq!(db.storage.books_check(&ledger, Moment::Any).await.unwrap().lost, 0);
}
