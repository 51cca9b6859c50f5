//! Sessions: when a worker dies, another goes on; when two died, a person looks.

use storage::*;
use task_model::*;

use super::database::Database;
use super::records::*;

crate::on_both!(
    lives_as_long_as_it_renews,
    gives_the_runs_of_a_dead_worker_to_another,
    shows_a_person_a_run_that_killed_two_workers,
    gives_runs_back_when_it_closes,
    stops_what_was_to_be_stopped_when_its_worker_dies,
);

async fn lives_as_long_as_it_renews(db: Database) {
    let session = db.storage.session_open("host", 42, 3_000, NOW).await.unwrap();
    assert_eq!(db.storage.session_list().await.unwrap(), std::slice::from_ref(&session));
    db.storage.session_renew(&session.session_id, 3_000, later(2_000)).await.unwrap();
    assert_eq!(db.storage.sessions_reap(later(4_999)).await.unwrap(), Reaped::default());
    db.storage.sessions_reap(later(5_000)).await.unwrap();
    let late = db.storage.session_renew(&session.session_id, 3_000, later(5_000)).await;
    assert!(matches!(late, Err(Error::Stale)));
    assert!(db.storage.session_list().await.unwrap().is_empty());
}

async fn die_and_claim_again(db: &Database, at: Micros) -> RunRecord {
    db.storage.sessions_reap(at).await.unwrap();
    let session = db.storage.session_open("next", 2, 3_000, at).await.unwrap();
    db.storage.run_claim(&session.session_id, 1, at).await.unwrap().remove(0)
}

async fn gives_the_runs_of_a_dead_worker_to_another(db: Database) {
    let (_, first) = claimed(&db.storage, "a").await;
    let second = die_and_claim_again(&db, later(3_000)).await;
    assert_eq!((second.run, second.worker_deaths), (first.run, 1));
    assert!(second.fence > first.fence);
    assert_eq!(second.started_at, Some(NOW));
}

async fn shows_a_person_a_run_that_killed_two_workers(db: Database) {
    claimed(&db.storage, "a").await;
    die_and_claim_again(&db, later(3_000)).await;
    assert_eq!(
        db.storage.sessions_reap(later(6_000)).await.unwrap(),
        Reaped { poisoned: 1, ..Reaped::default() }
    );
    let run = db.storage.run_find(&id("a"), None).await.unwrap().unwrap();
    assert_eq!((run.status, run.worker_deaths), (RunStatus::NEEDS_REVIEW, 2));
    assert_eq!(run.error.unwrap().code, FailureCode::POISON);
    assert_eq!(db.storage.task_status(&id("a")).await.unwrap(), Some(TaskStatus::NeedsReview));
    assert!(db.storage.outcomes_unsettled(10).await.unwrap().is_empty());
}

async fn gives_runs_back_when_it_closes(db: Database) {
    let (session, run) = claimed(&db.storage, "a").await;
    assert_eq!(db.storage.session_close(&session.session_id, later(10)).await.unwrap(), 1);
    let back = db.storage.run_find(&id("a"), None).await.unwrap().unwrap();
    assert_eq!((back.status, back.worker_deaths, back.session_id), (RunStatus::QUEUED, 0, None));
    assert!(matches!(db.storage.step_intent(&run.lease(), intent(1)).await, Err(Error::Stale)));
    assert_eq!(db.storage.session_close(&session.session_id, later(11)).await.unwrap(), 0);
}

async fn stops_what_was_to_be_stopped_when_its_worker_dies(db: Database) {
    claimed(&db.storage, "a").await;
    assert_eq!(db.storage.run_cancel_request(&id("a"), None, later(5)).await.unwrap(), RunAsked::Requested);
    assert_eq!(
        db.storage.sessions_reap(later(3_000)).await.unwrap(),
        Reaped { stopped: 1, ..Reaped::default() }
    );
    let outcome = db.storage.outcomes_unsettled(1).await.unwrap().remove(0);
    assert_eq!((outcome.status, outcome.blame), (RunStatus::CANCELLED, Some(Blame::Nobody)));
}
