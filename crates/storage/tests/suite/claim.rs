//! Claiming: a run belongs to one worker at a time, and a worker that lost it writes nothing more.

use std::collections::HashSet;

use futures::future::join_all;
use storage::*;
use task_model::*;

use super::database::Database;
use super::records::*;

crate::on_both!(
    inserts_the_same_request_once,
    takes_the_most_urgent_and_due_first,
    never_gives_a_run_to_two_of_eight_claimers,
    accepts_nothing_under_a_stale_fence,
    refuses_a_session_that_is_over,
    accepts_nothing_after_the_end,
    finds_the_latest_attempt,
);

async fn inserts_the_same_request_once(db: Database) {
    let keyed = NewRun { idempotency_key: Some("k".to_owned()), ..new_run("a", 1) };
    assert_eq!(db.storage.run_insert(keyed.clone()).await.unwrap(), Inserted::New);
    let again = db.storage.run_insert(keyed.clone()).await.unwrap();
    assert!(matches!(again, Inserted::Existing(known) if known.run == keyed));
    let other = NewRun { content_hash: "other".to_owned(), ..keyed.clone() };
    assert_eq!(db.storage.run_insert(other).await.unwrap(), Inserted::Conflict);
    let by_key = NewRun { task_id: id("b"), ..keyed };
    let by_key = db.storage.run_insert(by_key).await.unwrap();
    assert!(matches!(by_key, Inserted::Existing(known) if known.run.task_id == id("a")));
}

async fn takes_the_most_urgent_and_due_first(db: Database) {
    for (name, priority, due) in [("low", 2, 0), ("urgent", 10, 5), ("tomorrow", 10, 90_000), ("high", 8, 3)]
    {
        let run =
            NewRun { priority: Priority::new(priority).unwrap(), created_at: later(due), ..new_run(name, 1) };
        db.storage.run_insert(run).await.unwrap();
    }
    let session = db.storage.session_open("host", 1, 3_000, NOW).await.unwrap();
    let names = |runs: Vec<RunRecord>| runs.iter().map(|run| run.run.task_id.to_string()).collect::<Vec<_>>();
    let two = db.storage.run_claim(&session.session_id, 2, later(10)).await.unwrap();
    assert!(two.iter().all(|run| run.fence == Fence(1) && run.status == RunStatus::RUNNING));
    assert!(two.iter().all(|run| run.session_id.as_ref() == Some(&session.session_id)));
    assert_eq!(names(two), ["urgent", "high"]);
    assert_eq!(names(db.storage.run_claim(&session.session_id, 9, later(10)).await.unwrap()), ["low"]);
    assert!(db.storage.run_claim(&session.session_id, 9, later(10)).await.unwrap().is_empty());
}

async fn never_gives_a_run_to_two_of_eight_claimers(db: Database) {
    let runs: Vec<_> = (0..200).map(|n| db.storage.run_insert(new_run(&format!("run-{n}"), 1))).collect();
    join_all(runs).await;
    let other = db.neighbour().await;
    let claimers = (0..8).map(|n| if n % 2 == 0 { db.storage.clone() } else { other.clone() });
    let drains = claimers.map(|storage| async move {
        let session = storage.session_open("host", 1, 60_000, NOW).await.unwrap();
        let mut mine = Vec::new();
        loop {
            let runs = storage.run_claim(&session.session_id, 5, NOW).await.unwrap();
            if runs.is_empty() {
                return mine;
            }
            mine.extend(runs.into_iter().map(|run| run.run.task_id.to_string()));
        }
    });
    let all: Vec<String> = join_all(drains).await.concat();
    assert_eq!(all.len(), 200);
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 200);
    other.close().await;
}

async fn accepts_nothing_under_a_stale_fence(db: Database) {
    let (_, run) = claimed(&db.storage, "a").await;
    let stale = run.lease();
    db.storage.step_intent(&stale, intent(1)).await.unwrap();
    assert_eq!(db.storage.sessions_reap(later(3_000)).await.unwrap().requeued, 1);
    // Before anybody else has it …
    check_all_stale(&db.storage, &stale).await;
    let second = db.storage.session_open("other", 2, 3_000, later(3_000)).await.unwrap();
    let again = db.storage.run_claim(&second.session_id, 1, later(3_000)).await.unwrap().remove(0);
    assert!(again.fence > stale.fence);
    // … and afterwards.
    check_all_stale(&db.storage, &stale).await;
    let steps = db.storage.steps_list(&id("a"), Attempt(1), 0).await.unwrap();
    assert!(steps.len() == 1 && steps[0].result.is_none());
    let run = db.storage.run_find(&id("a"), None).await.unwrap().unwrap();
    assert_eq!((run.status, run.tokens_in, run.session_id), (RunStatus::RUNNING, 0, Some(second.session_id)));
    db.storage.run_finish(again.lease(), Some(result(1)), completed()).await.unwrap();
}

async fn check_all_stale(storage: &Storage, lease: &RunLease) {
    let why = || TaskError { code: "X".to_owned(), message: "x".to_owned() };
    let late = [
        storage.step_intent(lease, intent(2)).await,
        storage.step_result(lease, result(1)).await,
        storage.step_result_and_intent(lease, result(1), intent(2)).await,
        storage.run_finish(lease.clone(), Some(result(1)), completed()).await,
        storage.run_finish(lease.clone(), None, failed()).await,
        storage.run_release(lease.clone(), NOW).await,
        storage.run_wait(lease.clone(), NOW).await,
        storage.run_review(lease.clone(), why()).await,
        storage.run_paused(lease.clone()).await,
    ];
    for (n, answer) in late.into_iter().enumerate() {
        assert!(matches!(answer, Err(Error::Stale)), "write {n} under a stale fence: {answer:?}");
    }
}

async fn refuses_a_session_that_is_over(db: Database) {
    db.storage.run_insert(new_run("a", 1)).await.unwrap();
    let session = db.storage.session_open("host", 1, 3_000, NOW).await.unwrap();
    let expired = db.storage.run_claim(&session.session_id, 1, later(3_000)).await;
    assert!(matches!(expired, Err(Error::Stale)));
    db.storage.session_close(&session.session_id, later(1)).await.unwrap();
    let closed = db.storage.run_claim(&session.session_id, 1, later(1)).await;
    assert!(matches!(closed, Err(Error::Stale)));
    assert!(matches!(db.storage.run_claim("nobody", 1, later(1)).await, Err(Error::Stale)));
}

async fn accepts_nothing_after_the_end(db: Database) {
    let (_, run) = claimed(&db.storage, "a").await;
    db.storage.run_finish(run.lease(), None, completed()).await.unwrap();
    check_all_stale(&db.storage, &run.lease()).await;
    let ended = db.storage.run_find(&id("a"), Some(Attempt(1))).await.unwrap().unwrap();
    assert_eq!((ended.status, ended.result_json), (RunStatus::COMPLETED, completed().result_json));
}

async fn finds_the_latest_attempt(db: Database) {
    for attempt in [1, 2] {
        db.storage.run_insert(new_run("a", attempt)).await.unwrap();
    }
    let found = |attempt| {
        let storage = db.storage.clone();
        async move { storage.run_find(&id("a"), attempt).await.unwrap().map(|run| run.run.attempt.0) }
    };
    assert_eq!((found(None).await, found(Some(Attempt(1))).await), (Some(2), Some(1)));
    assert_eq!(found(Some(Attempt(3))).await, None);
}
