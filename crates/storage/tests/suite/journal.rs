//! The step journal: INTENT, RESULT, each recorded exactly once.

use futures::future::join_all;
use storage::*;
use task_model::*;

use super::database::Database;
use super::records::*;

crate::on_both!(
    tells_a_known_result_from_an_open_one,
    records_a_result_and_the_next_intent_together,
    counts_a_repeated_result_once,
    lets_the_next_worker_take_up_an_open_intent,
    refuses_another_step_in_a_taken_place,
    takes_back_the_intent_when_its_result_has_no_place,
    keeps_runs_apart_that_write_at_the_same_time,
    ends_a_run_with_its_last_result,
);

async fn tells_a_known_result_from_an_open_one(db: Database) {
    let (_, run) = claimed(&db.storage, "a").await;
    db.storage.step_intent(&run.lease(), intent(1)).await.unwrap();
    let steps = db.storage.steps_list(&id("a"), Attempt(1), 0).await.unwrap();
    assert_eq!(steps, [StepRecord { intent: intent(1), result: None, approval: Approval::None }]);
    let failed = StepResult { result_json: None, error: Some("no such host".to_owned()), ..result(1) };
    db.storage.step_result(&run.lease(), failed.clone()).await.unwrap();
    let steps = db.storage.steps_list(&id("a"), Attempt(1), 0).await.unwrap();
    assert_eq!(steps[0].result, Some(failed));
}

async fn records_a_result_and_the_next_intent_together(db: Database) {
    let (_, run) = claimed(&db.storage, "a").await;
    db.storage.step_intent(&run.lease(), intent(1)).await.unwrap();
    for no in 1..4 {
        db.storage.step_result_and_intent(&run.lease(), result(no), intent(no + 1)).await.unwrap();
    }
    let steps = db.storage.steps_list(&id("a"), Attempt(1), 2).await.unwrap();
    assert_eq!(
        steps.iter().map(|s| (s.intent.no, s.result.is_some())).collect::<Vec<_>>(),
        [(3, true), (4, false)]
    );
    let run = db.storage.run_find(&id("a"), None).await.unwrap().unwrap();
    assert_eq!((run.steps, run.tokens_in, run.tokens_out, run.cost), (4, 30, 9, MicroUsd(120)));
}

async fn counts_a_repeated_result_once(db: Database) {
    let (_, run) = claimed(&db.storage, "a").await;
    db.storage.step_intent(&run.lease(), intent(1)).await.unwrap();
    for _ in 0..3 {
        db.storage.step_result(&run.lease(), result(1)).await.unwrap();
    }
    let other = StepResult { result_json: Some("3".to_owned()), ..result(1) };
    db.storage.step_result(&run.lease(), other).await.unwrap();
    let steps = db.storage.steps_list(&id("a"), Attempt(1), 0).await.unwrap();
    assert_eq!(steps[0].result, Some(result(1)));
    let run = db.storage.run_find(&id("a"), None).await.unwrap().unwrap();
    assert_eq!((run.tokens_in, run.cost), (10, MicroUsd(40)));
}

async fn lets_the_next_worker_take_up_an_open_intent(db: Database) {
    let (_, first) = claimed(&db.storage, "a").await;
    db.storage.step_intent(&first.lease(), intent(1)).await.unwrap();
    db.storage.run_release(first.lease(), later(10)).await.unwrap();
    let session = db.storage.session_open("other", 2, 3_000, NOW).await.unwrap();
    let second = db.storage.run_claim(&session.session_id, 1, later(10)).await.unwrap().remove(0);
    assert_eq!((second.releases, second.worker_deaths), (1, 0));
    db.storage.step_intent(&second.lease(), intent(1)).await.unwrap();
    db.storage.step_result(&second.lease(), result(1)).await.unwrap();
}

async fn refuses_another_step_in_a_taken_place(db: Database) {
    let (_, run) = claimed(&db.storage, "a").await;
    db.storage.step_intent(&run.lease(), intent(1)).await.unwrap();
    let other = StepIntent { key: "other".to_owned(), ..intent(1) };
    assert!(matches!(db.storage.step_intent(&run.lease(), other).await, Err(Error::Conflict(_))));
    db.storage.step_result(&run.lease(), result(1)).await.unwrap();
    assert!(matches!(db.storage.step_intent(&run.lease(), intent(1)).await, Err(Error::Conflict(_))));
}

async fn takes_back_the_intent_when_its_result_has_no_place(db: Database) {
    let (_, run) = claimed(&db.storage, "a").await;
    let orphan = db.storage.step_result_and_intent(&run.lease(), result(7), intent(8)).await;
    assert!(matches!(orphan, Err(Error::NotFound("step"))));
    let end = db.storage.run_finish(run.lease(), Some(result(7)), completed()).await;
    assert!(matches!(end, Err(Error::NotFound("step"))));
    assert!(db.storage.steps_list(&id("a"), Attempt(1), 0).await.unwrap().is_empty());
    assert_eq!(db.storage.run_find(&id("a"), None).await.unwrap().unwrap().status, RunStatus::RUNNING);
}

async fn keeps_runs_apart_that_write_at_the_same_time(db: Database) {
    let mut leases = Vec::new();
    for n in 0..12 {
        leases.push(claimed(&db.storage, &format!("run-{n}")).await.1.lease());
    }
    let gone = leases.pop().unwrap();
    db.storage.run_release(gone.clone(), later(90_000)).await.unwrap();
    let mut writes = Vec::new();
    for lease in leases.iter().chain([&gone]) {
        writes.push(async {
            db.storage.step_intent(lease, intent(1)).await?;
            db.storage.step_result_and_intent(lease, result(1), intent(2)).await
        });
    }
    let answers = join_all(writes).await;
    assert!(answers[..11].iter().all(Result::is_ok), "{answers:?}");
    assert!(matches!(answers[11], Err(Error::Stale)));
    for lease in &leases {
        let run = db.storage.run_find(&lease.task_id, None).await.unwrap().unwrap();
        assert_eq!((run.steps, run.tokens_in), (2, 10));
    }
    assert!(db.storage.steps_list(&gone.task_id, Attempt(1), 0).await.unwrap().is_empty());
}

async fn ends_a_run_with_its_last_result(db: Database) {
    let (_, run) = claimed(&db.storage, "a").await;
    db.storage.step_intent(&run.lease(), intent(1)).await.unwrap();
    db.storage.run_finish(run.lease(), Some(result(1)), completed()).await.unwrap();
    let run = db.storage.run_find(&id("a"), None).await.unwrap().unwrap();
    assert_eq!(
        (run.status, run.cost, run.finished_at),
        (RunStatus::COMPLETED, MicroUsd(40), Some(later(100)))
    );
    let view = db.storage.task_find(&id("a")).await.unwrap().unwrap();
    assert_eq!(
        (view.status, view.own_status),
        (TaskStatus::Running, TaskStatus::Queued),
        "the task ends when it is settled"
    );
}
