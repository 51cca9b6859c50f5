//! Group commit: one transaction for many, and no one's failure is another's.

use futures::future::join_all;
use storage::*;
use task_model::*;
use tokio::sync::watch;

use super::database::Database;
use super::records::*;

crate::on_both!(
    rolls_a_failed_operation_back_alone,
    rolls_a_failed_row_of_a_batch_back_alone,
    refuses_a_text_that_cannot_be_stored_and_stores_the_rest,
    wakes_up_whom_a_commit_concerns,
    finishes_what_is_queued_before_it_closes,
    answers_after_its_end_that_it_is_closed,
    tells_the_time_and_its_kind,
);

async fn rolls_a_failed_operation_back_alone(db: Database) {
    db.storage.agent_create(spec("taken"), "ann", NOW).await.unwrap();
    // Fails after it has written: its alias belongs to somebody else.
    let thief = AgentSpec { aliases: vec!["taken".to_owned()], ..spec("thief") };
    let tasks = join_all((0..20).map(|n| db.storage.task_assign(assignment(&format!("task-{n}")))));
    let (refused, created, assigned) = tokio::join!(
        db.storage.agent_create(thief, "ann", NOW),
        db.storage.agent_create(spec("honest"), "ann", NOW),
        tasks
    );
    assert!(matches!(refused, Err(Error::Conflict(_))));
    assert_eq!(created.unwrap().revision, 1);
    assert!(assigned.into_iter().all(|answer| answer.unwrap() == Assigned::New));
    assert!(db.storage.agent_find("thief").await.unwrap().is_none());
    assert!(db.storage.agent_revisions(&agent("thief")).await.unwrap().is_empty());
}

async fn rolls_a_failed_row_of_a_batch_back_alone(db: Database) {
    let mut bad = assignment("bad");
    bad.decision.decision_id = decision("good", 1, "tester").decision_id;
    db.storage.task_assign(assignment("good")).await.unwrap();
    let calls = ["a", "b", "c"].map(|name| db.storage.task_assign(assignment(name)));
    let (refused, answers) = tokio::join!(db.storage.task_assign(bad), join_all(calls));
    assert!(matches!(refused, Err(Error::Conflict(_))));
    assert!(answers.into_iter().all(|answer| answer.unwrap() == Assigned::New));
    assert!(db.storage.task_find(&id("bad")).await.unwrap().is_none());
    assert!(db.storage.task_events(&id("bad"), 0).await.unwrap().is_empty());
}

async fn wakes_up_whom_a_commit_concerns(db: Database) {
    let signals = db.storage.signals();
    let mut due = signals.subscribe(Signal::DispatchDue);
    let mut queued = signals.subscribe(Signal::RunQueued);
    let mut learned = signals.subscribe(Signal::ExperienceAdded);
    let mut ended = signals.subscribe(Signal::RunFinished);
    if db.storage.kind() == Kind::Postgres {
        // Whoever begins to listen to other processes is woken once, by the last of all kinds last.
        signals.subscribe(Signal::RunAsked).changed().await.unwrap();
        [&mut due, &mut queued, &mut learned, &mut ended]
            .into_iter()
            .for_each(watch::Receiver::mark_unchanged);
    }
    db.storage.task_assign(assignment("a")).await.unwrap();
    due.changed().await.unwrap();
    assert!(!queued.has_changed().unwrap());
    db.storage.run_insert(new_run("a", 1)).await.unwrap();
    queued.changed().await.unwrap();
    ended.mark_unchanged();
    let session = db.storage.session_open("host", 1, 3_000, NOW).await.unwrap();
    let run = db.storage.run_claim(&session.session_id, 1, NOW).await.unwrap().remove(0);
    assert!(!ended.has_changed().unwrap());
    db.storage.run_finish(run.lease(), None, completed()).await.unwrap();
    ended.changed().await.unwrap();
    db.storage.task_settle(settle("a", 1, 1.0)).await.unwrap();
    learned.changed().await.unwrap();
}

async fn finishes_what_is_queued_before_it_closes(db: Database) {
    let other = db.neighbour().await;
    let calls: Vec<_> = (0..300)
        .map(|n| {
            let storage = other.clone();
            tokio::spawn(async move { storage.task_assign(assignment(&format!("task-{n}"))).await })
        })
        .collect();
    tokio::task::yield_now().await;
    other.close().await;
    let mut stored = 0;
    for call in calls {
        match call.await.unwrap() {
            Ok(answer) => stored += i64::from(answer == Assigned::New),
            Err(error) => assert!(matches!(error, Error::Unavailable(_)), "{error:?}"),
        }
    }
    assert_eq!(db.storage.task_counts().await.unwrap()["assigned"], stored);
}

async fn answers_after_its_end_that_it_is_closed(db: Database) {
    let other = db.neighbour().await;
    other.close().await;
    assert!(matches!(other.task_assign(assignment("a")).await, Err(Error::Unavailable(_))));
    assert!(matches!(other.session_renew("x", 1, NOW).await, Err(Error::Unavailable(_))));
    assert!(matches!(other.task_find(&id("a")).await, Err(Error::Unavailable(_))));
}

async fn tells_the_time_and_its_kind(db: Database) {
    db.storage.ping().await.unwrap();
    let now = db.storage.now().await.unwrap();
    assert!(now > Micros(1_700_000_000_000_000));
    assert_eq!(db.storage.queue_depth(), 0);
    let is_server = db.options.url.starts_with("postgres");
    assert_eq!(db.storage.kind(), if is_server { Kind::Postgres } else { Kind::Sqlite });
}

async fn refuses_a_text_that_cannot_be_stored_and_stores_the_rest(db: Database) {
    let mut odd = assignment("odd");
    odd.task.description = "nul \0 inside".to_owned();
    let calls = ["a", "b", "c"].map(|name| db.storage.task_assign(assignment(name)));
    let (odd, answers) = tokio::join!(db.storage.task_assign(odd), join_all(calls));
    assert!(answers.into_iter().all(|answer| answer.unwrap() == Assigned::New));
    // PostgreSQL has no NUL in texts, SQLite has. Neither may store half of it.
    match odd {
        Ok(_) => {
            let view = db.storage.task_find(&id("odd")).await.unwrap().unwrap();
            assert_eq!(view.task.description, "nul \0 inside");
        }
        Err(error) => assert!(matches!(error, Error::Invalid { .. }), "{error:?}"),
    }
}
