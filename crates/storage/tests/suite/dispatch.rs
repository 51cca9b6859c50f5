//! The outbox: handed over once, by one dispatcher at a time, and never forgotten.

use futures::future::join_all;
use storage::*;
use task_model::*;

use super::database::Database;
use super::records::*;

crate::on_both!(
    hides_a_claimed_row_until_its_claim_runs_out,
    hands_each_row_to_one_of_many_dispatchers,
    postpones_and_says_why,
    is_done_when_the_execution_api_has_it,
    tells_a_late_hand_over_that_the_task_was_cancelled,
    gives_up_without_a_reward,
    hurries_what_waits,
    retries_only_what_ended_badly,
    notes_a_request_to_stop_a_run,
    adopts_runs_that_came_directly,
    a_cancelled_task_takes_no_run_that_was_on_its_way,
    a_run_that_arrived_is_stopped_with_its_task,
);

async fn hides_a_claimed_row_until_its_claim_runs_out(db: Database) {
    db.storage.task_assign(assignment("a")).await.unwrap();
    assert!(db.storage.task_dispatch_due(Micros(NOW.0 - 1), 10).await.unwrap().is_empty());
    let items = db.storage.task_dispatch_due(NOW, 10).await.unwrap();
    assert_eq!((items.len(), &items[0].task, items[0].tries), (1, &task("a"), 1));
    assert!(db.storage.task_dispatch_due(later(9_999), 10).await.unwrap().is_empty());
    assert_eq!(db.storage.task_dispatch_due(later(10_000), 10).await.unwrap()[0].tries, 2);
    assert_eq!(db.storage.outbox_depth().await.unwrap(), 1);
}

async fn hands_each_row_to_one_of_many_dispatchers(db: Database) {
    let names: Vec<String> = (0..120).map(|n| format!("task-{n}")).collect();
    db.storage.task_assign_many(names.iter().map(|name| assignment(name)).collect()).await.unwrap();
    let other = db.neighbour().await;
    let dispatchers = (0..8).map(|n| if n % 2 == 0 { db.storage.clone() } else { other.clone() });
    let drains = dispatchers.map(|storage| async move {
        let mut mine = Vec::new();
        loop {
            let items = storage.task_dispatch_due(NOW, 7).await.unwrap();
            if items.is_empty() {
                return mine;
            }
            mine.extend(items.into_iter().map(|item| item.task.task_id.to_string()));
        }
    });
    let mut all: Vec<String> = join_all(drains).await.concat();
    all.sort();
    let mut expected = names;
    expected.sort();
    assert_eq!(all, expected);
    other.close().await;
}

async fn postpones_and_says_why(db: Database) {
    db.storage.task_assign(assignment("a")).await.unwrap();
    db.storage.task_dispatch_due(NOW, 1).await.unwrap();
    db.storage.task_dispatch_postpone(&id("a"), Attempt(1), later(60_000), "nobody listens").await.unwrap();
    let dispatch = db.storage.task_find(&id("a")).await.unwrap().unwrap().dispatch;
    let expected =
        DispatchState { due_at: Some(later(60_000)), tries: 1, error: Some("nobody listens".to_owned()) };
    assert_eq!(dispatch, expected);
    // A late word about an attempt that is over changes nothing.
    db.storage.task_dispatch_postpone(&id("a"), Attempt(2), later(1), "late").await.unwrap();
    assert_eq!(db.storage.task_find(&id("a")).await.unwrap().unwrap().dispatch, expected);
}

async fn is_done_when_the_execution_api_has_it(db: Database) {
    db.storage.task_assign(assignment("a")).await.unwrap();
    for _ in 0..2 {
        assert!(db.storage.task_dispatched(&id("a"), Attempt(1), later(1)).await.unwrap());
    }
    assert!(!db.storage.task_dispatched(&id("a"), Attempt(2), later(1)).await.unwrap());
    let view = db.storage.task_find(&id("a")).await.unwrap().unwrap();
    assert_eq!((view.status, view.dispatch.due_at), (TaskStatus::Queued, None));
    assert_eq!(db.storage.outbox_depth().await.unwrap(), 0);
    let events = db.storage.events_after(0, 10).await.unwrap();
    assert_eq!(
        events.iter().map(|e| e.status).collect::<Vec<_>>(),
        [TaskStatus::Assigned, TaskStatus::Queued]
    );
}

async fn tells_a_late_hand_over_that_the_task_was_cancelled(db: Database) {
    db.storage.task_assign(assignment("a")).await.unwrap();
    db.storage.task_dispatch_due(NOW, 1).await.unwrap();
    assert_eq!(db.storage.task_cancel_request(&id("a"), later(1)).await.unwrap(), Cancel::Done);
    assert!(!db.storage.task_dispatched(&id("a"), Attempt(1), later(2)).await.unwrap());
    let view = db.storage.task_find(&id("a")).await.unwrap().unwrap();
    assert_eq!((view.status, view.completed_at), (TaskStatus::Cancelled, Some(later(1))));
    assert_eq!(view.error.unwrap().code, FailureCode::CANCELLED);
}

async fn gives_up_without_a_reward(db: Database) {
    db.storage.task_assign(assignment("a")).await.unwrap();
    let error = TaskError { code: "AGENT_GONE".to_owned(), message: "the agent was removed".to_owned() };
    let a = id("a");
    let dead = || db.storage.task_dispatch_dead(&a, Attempt(1), error.clone(), later(1));
    assert_eq!(dead().await.unwrap(), Settled::Done { experience_seq: None });
    assert_eq!(dead().await.unwrap(), Settled::Already);
    let view = db.storage.task_find(&id("a")).await.unwrap().unwrap();
    assert_eq!((view.status, view.reward, view.error), (TaskStatus::Failed, None, Some(error)));
    assert_eq!(db.storage.outbox_depth().await.unwrap(), 0);
}

async fn hurries_what_waits(db: Database) {
    db.storage.task_assign(assignment("a")).await.unwrap();
    db.storage.task_dispatch_postpone(&id("a"), Attempt(1), later(60_000), "busy").await.unwrap();
    assert!(db.storage.task_execute_now(&id("a"), NOW).await.unwrap());
    assert_eq!(db.storage.task_dispatch_due(NOW, 1).await.unwrap().len(), 1);
    db.storage.task_dispatched(&id("a"), Attempt(1), NOW).await.unwrap();
    assert!(!db.storage.task_execute_now(&id("a"), NOW).await.unwrap());
}

async fn retries_only_what_ended_badly(db: Database) {
    db.storage.task_assign(assignment("a")).await.unwrap();
    let a = id("a");
    let again = || db.storage.task_retry(&a, decision("a", 2, "coder"));
    assert!(matches!(again().await, Err(Error::Conflict(_))));
    db.storage.task_cancel_request(&id("a"), later(1)).await.unwrap();
    assert_eq!(again().await.unwrap(), Attempt(2));
    let view = db.storage.task_find(&id("a")).await.unwrap().unwrap();
    assert_eq!(
        (view.status, view.attempt, view.agent_id),
        (TaskStatus::Assigned, Attempt(2), agent("coder"))
    );
    assert_eq!((view.error, view.completed_at, view.cancel_requested_at), (None, None, None));
    assert_eq!(db.storage.decisions_list(&id("a")).await.unwrap().len(), 2);
    assert_eq!(db.storage.task_dispatch_due(NOW, 1).await.unwrap()[0].attempt, Attempt(2));
    let unknown = db.storage.task_retry(&id("nobody"), decision("nobody", 1, "coder")).await;
    assert!(matches!(unknown, Err(Error::NotFound("task"))));
}

async fn notes_a_request_to_stop_a_run(db: Database) {
    claimed(&db.storage, "a").await;
    let a = id("a");
    let ask = || db.storage.task_cancel_request(&a, later(1));
    assert_eq!(ask().await.unwrap(), Cancel::Requested(Attempt(1)));
    let view = db.storage.task_find(&id("a")).await.unwrap().unwrap();
    assert_eq!((view.status, view.cancel_requested_at), (TaskStatus::Running, Some(later(1))));
    let unknown = db.storage.task_cancel_request(&id("nobody"), NOW).await;
    assert!(matches!(unknown, Err(Error::NotFound("task"))));
}

async fn adopts_runs_that_came_directly(db: Database) {
    let direct = NewRun { origin: RunOrigin::Direct, ..new_run("a", 1) };
    assert_eq!(db.storage.run_insert(direct.clone()).await.unwrap(), Inserted::New);
    let unadopted = db.storage.runs_unadopted(10).await.unwrap();
    assert_eq!((unadopted.len(), &unadopted[0].run), (1, &direct));
    assert_eq!(db.storage.task_adopt(assignment("a"), Attempt(1)).await.unwrap(), Assigned::New);
    assert!(matches!(db.storage.task_adopt(assignment("a"), Attempt(1)).await.unwrap(), Assigned::Replay(_)));
    assert!(db.storage.runs_unadopted(10).await.unwrap().is_empty());
    let view = db.storage.task_find(&id("a")).await.unwrap().unwrap();
    assert_eq!((view.own_status, view.dispatch.due_at), (TaskStatus::Queued, None));
    // Another direct run under the id of a task would be another task.
    let mut other = NewRun { origin: RunOrigin::Direct, ..new_run("b", 1) };
    db.storage.task_assign(assignment("b")).await.unwrap();
    assert_eq!(db.storage.run_insert(other.clone()).await.unwrap(), Inserted::Conflict);
    other.origin = RunOrigin::Orchestrator;
    assert_eq!(db.storage.run_insert(other).await.unwrap(), Inserted::New);
}

/// Found by `lightning chaos`: a task was cancelled while its run was on its way to the execution API, and the run ran.
async fn a_cancelled_task_takes_no_run_that_was_on_its_way(db: Database) {
    db.storage.task_assign(assignment("a")).await.unwrap();
    db.storage.task_dispatch_due(NOW, 1).await.unwrap();
    assert_eq!(db.storage.task_cancel_request(&id("a"), NOW).await.unwrap(), Cancel::Done);
    assert_eq!(db.storage.run_insert(new_run("a", 1)).await.unwrap(), Inserted::Conflict);
    assert_eq!(db.storage.run_find(&id("a"), None).await.unwrap(), None);
}

/// The other way round the run is stopped, and the task ends as it does.
async fn a_run_that_arrived_is_stopped_with_its_task(db: Database) {
    db.storage.task_assign(assignment("a")).await.unwrap();
    db.storage.task_dispatch_due(NOW, 1).await.unwrap();
    db.storage.run_insert(new_run("a", 1)).await.unwrap();
    let asked = db.storage.task_cancel_request(&id("a"), NOW).await.unwrap();
    assert_eq!(asked, Cancel::Requested(Attempt(1)));
}
