//! Surgery on runs: decisions that answer one question, approvals that count once, hard stops, forks, and cancels that are
//! told until they arrive.

use storage::*;
use task_model::*;

use super::database::Database;
use super::records::*;

crate::on_both!(
    an_approval_allows_one_execution,
    a_decision_answers_the_question_it_was_shown_and_no_other,
    a_refusal_becomes_the_result_of_the_open_step,
    a_worker_that_does_not_stop_loses_its_run,
    a_fork_begins_with_copies_that_cost_nothing,
    a_cancel_is_due_until_it_was_told,
    a_hand_over_that_may_still_arrive_keeps_a_cancel_due,
    a_paused_task_stays_in_the_house_until_it_is_resumed,
    a_task_that_is_paused_on_its_way_arrives_paused,
    a_paused_task_can_be_cancelled,
);

/// A run in review whose only step is open, and its lease before that.
async fn in_review(db: &Database) -> RunLease {
    let (_, run) = claimed(&db.storage, "a").await;
    db.storage.step_intent(&run.lease(), intent(1)).await.unwrap();
    let why = TaskError { code: "X".to_owned(), message: "may it?".to_owned() };
    db.storage.run_review(run.lease(), why).await.unwrap();
    run.lease()
}

async fn claim_again(db: &Database, at: Micros) -> RunRecord {
    let session = db.storage.session_open("next", 2, 3_000, at).await.unwrap();
    db.storage.run_claim(&session.session_id, 1, at).await.unwrap().remove(0)
}

async fn step(db: &Database) -> StepRecord {
    db.storage.steps_list(&id("a"), Attempt(1), 0).await.unwrap().remove(0)
}

async fn an_approval_allows_one_execution(db: Database) {
    in_review(&db).await;
    db.storage.run_approve(&id("a"), None, later(1)).await.unwrap();
    assert_eq!(step(&db).await.approval, Approval::Given(later(1)));
    let run = claim_again(&db, later(2)).await;
    // The worker writes the INTENT once more before the effect.
    db.storage.step_intent(&run.lease(), StepIntent { at: later(3), ..intent(1) }).await.unwrap();
    assert_eq!(step(&db).await.approval, Approval::Spent(later(1)));
    let why = TaskError { code: "X".to_owned(), message: "did it?".to_owned() };
    db.storage.run_review(run.lease(), why).await.unwrap();
    db.storage.run_approve(&id("a"), None, later(4)).await.unwrap();
    assert_eq!(step(&db).await.approval, Approval::Given(later(4)));
}

async fn a_decision_answers_the_question_it_was_shown_and_no_other(db: Database) {
    let before = in_review(&db).await;
    let shown = db.storage.run_find(&id("a"), None).await.unwrap().unwrap().fence;
    let other = db.storage.run_approve(&id("a"), Some(before.fence), later(1)).await;
    assert!(matches!(other, Err(Error::Conflict(_))), "{other:?}");
    let other = db.storage.run_deny(&id("a"), Some(before.fence), vec![], later(1)).await;
    assert!(matches!(other, Err(Error::Conflict(_))), "{other:?}");
    assert_eq!(db.storage.run_approve(&id("a"), Some(shown), later(1)).await.unwrap(), RunAsked::Done);
    let again = db.storage.run_approve(&id("a"), Some(shown), later(2)).await.unwrap();
    assert_eq!(again, RunAsked::Ignored(RunStatus::QUEUED));
}

async fn a_refusal_becomes_the_result_of_the_open_step(db: Database) {
    in_review(&db).await;
    let refusal = StepResult { error: Some("no".to_owned()), cost: MicroUsd::ZERO, ..result(1) };
    let denied = db.storage.run_deny(&id("a"), None, vec![refusal.clone()], later(1)).await.unwrap();
    assert_eq!(denied, RunAsked::Done);
    assert_eq!(step(&db).await.result, Some(refusal));
    assert_eq!(db.storage.task_status(&id("a")).await.unwrap(), Some(TaskStatus::Queued));
    claim_again(&db, later(2)).await;
}

async fn a_worker_that_does_not_stop_loses_its_run(db: Database) {
    let (_, run) = claimed(&db.storage, "a").await;
    assert_eq!(db.storage.runs_cancel_overdue(later(10)).await.unwrap(), 0);
    db.storage.run_cancel_request(&id("a"), None, later(5)).await.unwrap();
    assert_eq!(db.storage.runs_cancel_overdue(later(4)).await.unwrap(), 0);
    assert_eq!(db.storage.runs_cancel_overdue(later(5)).await.unwrap(), 1);
    assert!(matches!(db.storage.run_finish(run.lease(), None, completed()).await, Err(Error::Stale)));
    let outcome = db.storage.outcomes_unsettled(1).await.unwrap().remove(0);
    assert_eq!((outcome.status, outcome.blame), (RunStatus::CANCELLED, Some(Blame::Nobody)));
}

async fn a_fork_begins_with_copies_that_cost_nothing(db: Database) {
    let (_, run) = claimed(&db.storage, "a").await;
    for no in [1, 2] {
        db.storage.step_intent(&run.lease(), intent(no)).await.unwrap();
        let answered = StepResult { model: Some("p/m".to_owned()), ..result(no) };
        db.storage.step_result(&run.lease(), answered).await.unwrap();
    }
    db.storage.step_intent(&run.lease(), intent(3)).await.unwrap();
    let fork = NewRun { origin: RunOrigin::Direct, ..new_run("b", 1) };
    let make = || db.storage.run_fork(fork.clone(), (id("a"), Attempt(1)), 3);
    assert_eq!(make().await.unwrap(), Inserted::New);
    assert!(matches!(make().await.unwrap(), Inserted::Existing(_)));
    let made = db.storage.run_find(&id("b"), None).await.unwrap().unwrap();
    assert_eq!(
        (made.status, made.steps, made.tokens_in, made.cost),
        (RunStatus::QUEUED, 2, 0, MicroUsd::ZERO)
    );
    let copies = db.storage.steps_list(&id("b"), Attempt(1), 0).await.unwrap();
    let original = db.storage.steps_list(&id("a"), Attempt(1), 0).await.unwrap();
    assert_eq!(copies.len(), 2, "the open step is not taken over");
    assert_eq!(copies[1].intent, original[1].intent);
    let copied = copies[1].result.as_ref().unwrap();
    assert_eq!(
        (&copied.result_json, copied.tokens_in),
        (&original[1].result.as_ref().unwrap().result_json, 0)
    );
    assert_eq!(copied.model.as_deref(), Some("p/m"));
    assert_eq!(db.storage.runs_unadopted(9).await.unwrap().len(), 1);
}

async fn a_cancel_is_due_until_it_was_told(db: Database) {
    claimed(&db.storage, "a").await;
    db.storage.task_cancel_request(&id("a"), NOW).await.unwrap();
    assert!(db.storage.task_cancels_due(later(999), 9).await.unwrap().is_empty());
    let due = vec![(id("a"), Attempt(1))];
    assert_eq!(db.storage.task_cancels_due(later(1_000), 9).await.unwrap(), due);
    assert!(db.storage.task_cancels_due(later(10_999), 9).await.unwrap().is_empty());
    assert_eq!(db.storage.task_cancels_due(later(11_000), 9).await.unwrap(), due, "nobody was told");
    db.storage.task_cancel_told(&id("a"), Attempt(1)).await.unwrap();
    assert!(db.storage.task_cancels_due(later(99_000), 9).await.unwrap().is_empty());
}

async fn a_paused_task_stays_in_the_house_until_it_is_resumed(db: Database) {
    db.storage.task_assign(assignment("a")).await.unwrap();
    assert_eq!(db.storage.task_pause(&id("a"), later(1)).await.unwrap(), Held::Done);
    assert_eq!(db.storage.task_pause(&id("a"), later(2)).await.unwrap(), Held::Is(TaskStatus::Paused));
    assert_eq!(db.storage.task_status(&id("a")).await.unwrap(), Some(TaskStatus::Paused));
    let wanted = TaskFilter { statuses: vec![TaskStatus::Paused], ..TaskFilter::default() };
    assert_eq!(db.storage.task_list(&wanted, &Page::first(9)).await.unwrap().items.len(), 1);
    assert!(db.storage.task_dispatch_due(later(60_000), 9).await.unwrap().is_empty());
    assert!(!db.storage.task_execute_now(&id("a"), later(3)).await.unwrap());
    assert_eq!(db.storage.task_resume(&id("a"), later(4)).await.unwrap(), Held::Done);
    assert_eq!(db.storage.task_resume(&id("a"), later(5)).await.unwrap(), Held::Is(TaskStatus::Assigned));
    assert_eq!(db.storage.task_dispatch_due(later(4), 9).await.unwrap().len(), 1);
    assert!(matches!(db.storage.task_pause(&id("b"), NOW).await, Err(Error::NotFound(_))));
}

async fn a_task_that_is_paused_on_its_way_arrives_paused(db: Database) {
    db.storage.task_assign(assignment("a")).await.unwrap();
    db.storage.task_dispatch_due(NOW, 9).await.unwrap();
    assert_eq!(db.storage.task_pause(&id("a"), later(1)).await.unwrap(), Held::Done);
    assert_eq!(db.storage.run_insert(new_run("a", 1)).await.unwrap(), Inserted::New);
    assert!(db.storage.task_dispatched(&id("a"), Attempt(1), later(2)).await.unwrap());
    let session = db.storage.session_open("w", 2, 3_000, later(3)).await.unwrap();
    assert!(db.storage.run_claim(&session.session_id, 1, later(3)).await.unwrap().is_empty());
    assert_eq!(db.storage.task_status(&id("a")).await.unwrap(), Some(TaskStatus::Paused));
    assert_eq!(db.storage.task_pause(&id("a"), later(4)).await.unwrap(), Held::HasRun);
    assert_eq!(db.storage.task_resume(&id("a"), later(4)).await.unwrap(), Held::HasRun);
    assert_eq!(db.storage.run_resume(&id("a"), later(5)).await.unwrap(), RunAsked::Done);
    assert_eq!(db.storage.run_claim(&session.session_id, 1, later(5)).await.unwrap().len(), 1);
}

async fn a_paused_task_can_be_cancelled(db: Database) {
    db.storage.task_assign(assignment("a")).await.unwrap();
    db.storage.task_pause(&id("a"), later(1)).await.unwrap();
    assert_eq!(db.storage.task_cancel_request(&id("a"), later(2)).await.unwrap(), Cancel::Done);
    let ended = Held::Is(TaskStatus::Cancelled);
    assert_eq!(db.storage.task_pause(&id("a"), later(3)).await.unwrap(), ended);
    assert_eq!(db.storage.task_resume(&id("a"), later(3)).await.unwrap(), ended);
}

async fn a_hand_over_that_may_still_arrive_keeps_a_cancel_due(db: Database) {
    for name in ["never", "under-way"] {
        db.storage.task_assign(assignment(name)).await.unwrap();
        if name == "under-way" {
            db.storage.task_dispatch_due(NOW, 9).await.unwrap();
        }
        assert_eq!(db.storage.task_cancel_request(&id(name), NOW).await.unwrap(), Cancel::Done);
    }
    db.storage.task_cancel_told(&id("never"), Attempt(1)).await.unwrap();
    assert!(db.storage.task_cancels_due(later(9_999), 9).await.unwrap().is_empty());
    assert_eq!(db.storage.task_cancels_due(later(10_000), 9).await.unwrap(), [(id("under-way"), Attempt(1))]);
}
