//! What people ask of runs: stop, pause, go on, approve, deny.

use storage::*;
use task_model::*;

use super::database::Database;
use super::records::*;

crate::on_both!(
    stops_a_waiting_run_at_once,
    asks_the_worker_to_stop,
    pauses_and_goes_on,
    pauses_when_the_worker_notices,
    queues_an_approved_run_with_its_step_allowed,
    fails_a_denied_run_to_nobodys_blame,
    wakes_a_waiting_run_when_it_is_due,
    knows_no_run_of_an_unknown_task,
);

async fn stops_a_waiting_run_at_once(db: Database) {
    db.storage.task_assign(assignment("a")).await.unwrap();
    db.storage.run_insert(new_run("a", 1)).await.unwrap();
    let a = id("a");
    let stop = || db.storage.run_cancel_request(&a, Some(Attempt(1)), later(1));
    assert_eq!(stop().await.unwrap(), RunAsked::Done);
    assert_eq!(stop().await.unwrap(), RunAsked::Ignored(RunStatus::CANCELLED));
    let outcome = db.storage.outcomes_unsettled(1).await.unwrap().remove(0);
    assert_eq!((outcome.status, outcome.finished_at), (RunStatus::CANCELLED, later(1)));
}

async fn asks_the_worker_to_stop(db: Database) {
    let (_, run) = claimed(&db.storage, "a").await;
    assert_eq!(db.storage.run_cancel_request(&id("a"), None, later(1)).await.unwrap(), RunAsked::Requested);
    let asked = db.storage.run_find(&id("a"), None).await.unwrap().unwrap();
    assert_eq!((asked.status, asked.cancel_at), (RunStatus::RUNNING, Some(later(1))));
    // The request does not take the run away: the worker ends it.
    let end = RunEnd { status: RunStatus::CANCELLED, result_json: None, ..completed() };
    db.storage.run_finish(run.lease(), None, end).await.unwrap();
}

async fn pauses_and_goes_on(db: Database) {
    db.storage.run_insert(new_run("a", 1)).await.unwrap();
    for _ in 0..2 {
        assert_eq!(db.storage.run_pause_request(&id("a"), later(1)).await.unwrap(), RunAsked::Done);
    }
    let session = db.storage.session_open("host", 1, 3_000, NOW).await.unwrap();
    assert!(db.storage.run_claim(&session.session_id, 1, later(9)).await.unwrap().is_empty());
    assert_eq!(db.storage.run_resume(&id("a"), later(2)).await.unwrap(), RunAsked::Done);
    assert_eq!(db.storage.run_claim(&session.session_id, 1, later(9)).await.unwrap().len(), 1);
}

async fn pauses_when_the_worker_notices(db: Database) {
    let (_, run) = claimed(&db.storage, "a").await;
    assert_eq!(db.storage.run_pause_request(&id("a"), later(1)).await.unwrap(), RunAsked::Requested);
    db.storage.run_paused(run.lease()).await.unwrap();
    let paused = db.storage.run_find(&id("a"), None).await.unwrap().unwrap();
    assert_eq!((paused.status, paused.pause_at, paused.session_id), (RunStatus::PAUSED, None, None));
    assert!(matches!(db.storage.step_intent(&run.lease(), intent(1)).await, Err(Error::Stale)));
}

async fn in_review(db: &Database) {
    let (_, run) = claimed(&db.storage, "a").await;
    db.storage.step_intent(&run.lease(), intent(1)).await.unwrap();
    let why = TaskError { code: "UNKNOWN_EFFECT".to_owned(), message: "was the mail sent?".to_owned() };
    db.storage.run_review(run.lease(), why.clone()).await.unwrap();
    let review = db.storage.run_find(&id("a"), None).await.unwrap().unwrap();
    assert_eq!((review.status, review.error), (RunStatus::NEEDS_REVIEW, Some(why)));
}

async fn queues_an_approved_run_with_its_step_allowed(db: Database) {
    in_review(&db).await;
    assert_eq!(db.storage.run_approve(&id("a"), None, later(1)).await.unwrap(), RunAsked::Done);
    assert_eq!(
        db.storage.run_approve(&id("a"), None, later(1)).await.unwrap(),
        RunAsked::Ignored(RunStatus::QUEUED)
    );
    let steps = db.storage.steps_list(&id("a"), Attempt(1), 0).await.unwrap();
    assert_eq!(steps[0].approval, Approval::Given(later(1)));
}

async fn fails_a_denied_run_to_nobodys_blame(db: Database) {
    in_review(&db).await;
    assert_eq!(db.storage.run_deny(&id("a"), None, vec![], later(1)).await.unwrap(), RunAsked::Done);
    let outcome = db.storage.outcomes_unsettled(1).await.unwrap().remove(0);
    assert_eq!((outcome.status, outcome.blame), (RunStatus::FAILED, Some(Blame::Nobody)));
}

async fn wakes_a_waiting_run_when_it_is_due(db: Database) {
    let (session, run) = claimed(&db.storage, "a").await;
    db.storage.run_wait(run.lease(), later(2_000)).await.unwrap();
    assert_eq!(db.storage.task_status(&id("a")).await.unwrap(), Some(TaskStatus::Waiting));
    assert!(db.storage.run_claim(&session.session_id, 1, later(1_999)).await.unwrap().is_empty());
    assert_eq!(db.storage.run_claim(&session.session_id, 1, later(2_000)).await.unwrap().len(), 1);
}

async fn knows_no_run_of_an_unknown_task(db: Database) {
    let asked = [
        db.storage.run_cancel_request(&id("nobody"), None, NOW).await,
        db.storage.run_pause_request(&id("nobody"), NOW).await,
        db.storage.run_resume(&id("nobody"), NOW).await,
        db.storage.run_approve(&id("nobody"), None, NOW).await,
        db.storage.run_deny(&id("nobody"), None, vec![], NOW).await,
    ];
    assert!(asked.iter().all(|answer| matches!(answer, Err(Error::NotFound("run")))));
}
