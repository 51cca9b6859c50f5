//! Settling: every finished run once, whoever else tries.

use futures::future::join_all;
use storage::*;
use task_model::*;

use super::database::Database;
use super::records::*;

crate::on_both!(
    shows_an_outcome_with_all_that_a_reward_needs,
    names_the_model_that_gave_most_answers,
    settles_once_however_many_try,
    settles_many_at_once,
    refuses_a_reward_that_feedback_overtook,
    lets_the_next_attempt_follow_a_failure_once,
    forgets_runs_whose_task_went_another_way,
    learns_nothing_from_what_is_nobodys_fault,
    waits_for_the_adoption_of_a_direct_run,
    sums_up_what_agents_did,
);

async fn shows_an_outcome_with_all_that_a_reward_needs(db: Database) {
    let (_, run) = claimed(&db.storage, "a").await;
    assert!(db.storage.outcomes_unsettled(10).await.unwrap().is_empty());
    for no in 1..=2 {
        db.storage.step_intent(&run.lease(), intent(no)).await.unwrap();
        db.storage.step_result(&run.lease(), result(no)).await.unwrap();
    }
    db.storage.run_finish(run.lease(), None, failed()).await.unwrap();
    let outcomes = db.storage.outcomes_unsettled(10).await.unwrap();
    let [outcome] = &outcomes[..] else { panic!("one outcome expected") };
    assert_eq!((&outcome.task, outcome.attempt, outcome.status), (&task("a"), Attempt(1), RunStatus::FAILED));
    assert_eq!((outcome.blame, &outcome.error), (Some(Blame::Agent), &failed().error));
    assert_eq!((outcome.cost, outcome.total_cost), (MicroUsd(80), MicroUsd(80)));
    assert_eq!((outcome.started_at, outcome.finished_at), (Some(NOW), later(100)));
    assert_eq!((outcome.decisions.len(), &outcome.tools[..]), (1, &["calculator".to_owned()][..]));
    assert_eq!(outcome.decisions[0].decision, decision("a", 1, "tester"));
}

async fn names_the_model_that_gave_most_answers(db: Database) {
    let most = [("a", vec!["p/one", "p/two", "p/two"]), ("b", vec!["p/two", "p/two", "p/one"])];
    let even = [("c", vec!["p/two", "p/one"]), ("d", vec!["p/one", "p/two"]), ("e", vec![])];
    for (task, models) in most.iter().chain(&even) {
        let (_, run) = claimed(&db.storage, task).await;
        for (no, model) in (1..).zip(models) {
            db.storage.step_intent(&run.lease(), StepIntent { tool: None, ..intent(no) }).await.unwrap();
            let answered = StepResult { model: Some((*model).to_owned()), ..result(no) };
            db.storage.step_result(&run.lease(), answered.clone()).await.unwrap();
            let steps = db.storage.steps_list(&id(task), Attempt(1), no - 1).await.unwrap();
            assert_eq!(steps[0].result, Some(answered));
        }
        db.storage.run_finish(run.lease(), None, failed()).await.unwrap();
    }
    let mut outcomes = db.storage.outcomes_unsettled(10).await.unwrap();
    outcomes.sort_by(|a, b| a.task.task_id.cmp(&b.task.task_id));
    let models: Vec<_> = outcomes.iter().map(|outcome| outcome.model.as_deref()).collect();
    assert_eq!(models, [Some("p/two"), Some("p/two"), Some("p/one"), Some("p/two"), None]);
    assert!(outcomes.iter().all(|outcome| outcome.tools.is_empty()));
}

async fn settles_once_however_many_try(db: Database) {
    finished(&db.storage, "a", completed()).await;
    let other = db.neighbour().await;
    let storages = (0..8).map(|n| if n % 2 == 0 { db.storage.clone() } else { other.clone() });
    let tries = storages.map(|storage| async move {
        // Two in one batch, which is told to read again, find it settled then.
        loop {
            match storage.task_settle(settle("a", 1, 0.75)).await {
                Err(Error::Conflict(_)) if storage.outcomes_unsettled(1).await.unwrap().is_empty() => {
                    return Settled::Already;
                }
                Err(Error::Conflict(_)) => {}
                settled => return settled.unwrap(),
            }
        }
    });
    let answers = join_all(tries).await;
    let done: Vec<_> = answers.iter().filter(|answer| **answer != Settled::Already).collect();
    assert!(matches!(done[..], [Settled::Done { experience_seq: Some(_) }]), "{answers:?}");
    assert_eq!(db.storage.experiences_count().await.unwrap(), 1);
    assert!(db.storage.outcomes_unsettled(10).await.unwrap().is_empty());
    let taught = db.storage.experience_settled(&id("a"), Attempt(1)).await.unwrap();
    assert_eq!(taught.map(|line| (line.reward, line.revision)), Some((0.75, 0)));
    assert_eq!(db.storage.experience_settled(&id("a"), Attempt(2)).await.unwrap(), None);
    let view = db.storage.task_find(&id("a")).await.unwrap().unwrap();
    assert_eq!((view.status, view.reward, view.reward_version), (TaskStatus::Completed, Some(0.75), 1));
    let events = db.storage.task_events(&id("a"), 0).await.unwrap();
    assert_eq!(events.iter().filter(|event| event.status == TaskStatus::Completed).count(), 1);
    other.close().await;
}

async fn settles_many_at_once(db: Database) {
    for n in 0..30 {
        finished(&db.storage, &format!("task-{n}"), completed()).await;
    }
    let settles = (0..30).map(|n| db.storage.task_settle(settle(&format!("task-{n}"), 1, 0.5)));
    let mut places = Vec::new();
    for settled in join_all(settles).await {
        let Settled::Done { experience_seq: Some(seq) } = settled.unwrap() else { panic!("not settled") };
        places.push(seq);
    }
    let log = db.storage.experiences_after(0, 100).await.unwrap();
    places.sort_unstable();
    assert_eq!(log.iter().map(|line| line.seq).collect::<Vec<_>>(), places);
    assert!(db.storage.outcomes_unsettled(100).await.unwrap().is_empty());
}

async fn refuses_a_reward_that_feedback_overtook(db: Database) {
    finished(&db.storage, "a", completed()).await;
    let feedback = NewFeedback {
        task_id: id("a"),
        source: "user".to_owned(),
        reward: 0.5,
        kind: "reward".to_owned(),
        comment: None,
        idempotency_key: None,
        at: NOW,
    };
    let put = FeedbackPut { feedback, combined_reward: 0.5, expected_version: 0, experience: None };
    db.storage.feedback_put(put).await.unwrap();
    assert!(matches!(db.storage.task_settle(settle("a", 1, 1.0)).await, Err(Error::Conflict(_))));
    assert_eq!(db.storage.experiences_count().await.unwrap(), 0);
    let outcome = db.storage.outcomes_unsettled(1).await.unwrap().remove(0);
    assert_eq!((outcome.reward, outcome.reward_version), (Some(0.5), 1));
    let settle = Settle { reward_version: 1, ..settle("a", 1, 0.75) };
    assert!(matches!(db.storage.task_settle(settle).await.unwrap(), Settled::Done { .. }));
}

async fn lets_the_next_attempt_follow_a_failure_once(db: Database) {
    finished(&db.storage, "a", failed()).await;
    let retry = || SettleRetry {
        task_id: id("a"),
        attempt: Attempt(1),
        error: failed().error,
        experience: Some(NewExperience { next_context: Some(vec![1]), ..experience("a", 1, 0.0) }),
        decision: decision("a", 2, "coder"),
        due_at: later(500),
        at: later(300),
    };
    let answers = join_all((0..4).map(|_| db.storage.task_settle_retry(retry()))).await;
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|answer| **answer == Settled::Already).count(), 3);
    let log = db.storage.experiences_after(0, 10).await.unwrap();
    assert_eq!((log.len(), log[0].experience.next_context.clone()), (1, Some(vec![1])));
    let view = db.storage.task_find(&id("a")).await.unwrap().unwrap();
    assert_eq!(
        (view.status, view.attempt, view.agent_id),
        (TaskStatus::Assigned, Attempt(2), agent("coder"))
    );
    assert_eq!((view.decision, view.dispatch.due_at), (Some(decision("a", 2, "coder")), Some(later(500))));
    // Once more for the second attempt: its outcome shows both decisions and both costs.
    db.storage.run_insert(new_run("a", 2)).await.unwrap();
    let session = db.storage.session_open("host", 1, 3_000, NOW).await.unwrap();
    let run = db.storage.run_claim(&session.session_id, 1, NOW).await.unwrap().remove(0);
    db.storage.run_finish(run.lease(), None, completed()).await.unwrap();
    let outcome = db.storage.outcomes_unsettled(1).await.unwrap().remove(0);
    assert_eq!(outcome.decisions.iter().map(|d| d.attempt.0).collect::<Vec<_>>(), [1, 2]);
    assert!(matches!(db.storage.task_settle(settle("a", 2, 1.0)).await.unwrap(), Settled::Done { .. }));
    assert_eq!(db.storage.task_settle_retry(retry()).await.unwrap(), Settled::Already);
}

async fn forgets_runs_whose_task_went_another_way(db: Database) {
    db.storage.task_assign(assignment("a")).await.unwrap();
    db.storage.run_insert(new_run("a", 1)).await.unwrap();
    let late = TaskError { code: FailureCode::DEADLINE.to_owned(), message: "too late".to_owned() };
    db.storage.task_dispatch_dead(&id("a"), Attempt(1), late, NOW).await.unwrap();
    db.storage.run_cancel_request(&id("a"), None, NOW).await.unwrap();
    for _ in 0..2 {
        assert!(db.storage.outcomes_unsettled(10).await.unwrap().is_empty());
    }
    assert_eq!(db.storage.task_settle(settle("a", 1, 1.0)).await.unwrap(), Settled::Already);
    assert_eq!(db.storage.experiences_count().await.unwrap(), 0);
    let unknown = db.storage.task_settle(settle("nobody", 1, 1.0)).await;
    assert!(matches!(unknown, Err(Error::NotFound("task"))));
}

async fn learns_nothing_from_what_is_nobodys_fault(db: Database) {
    finished(&db.storage, "a", failed()).await;
    let error =
        Some(TaskError { code: FailureCode::MODEL_CANNOT.to_owned(), message: "no model".to_owned() });
    let settle = Settle {
        status: TaskStatus::Failed,
        error: error.clone(),
        reward: None,
        experience: None,
        ..settle("a", 1, 0.0)
    };
    assert_eq!(db.storage.task_settle(settle).await.unwrap(), Settled::Done { experience_seq: None });
    let view = db.storage.task_find(&id("a")).await.unwrap().unwrap();
    assert_eq!((view.status, view.reward, view.error), (TaskStatus::Failed, None, error));
}

async fn waits_for_the_adoption_of_a_direct_run(db: Database) {
    db.storage.run_insert(NewRun { origin: RunOrigin::Direct, ..new_run("a", 1) }).await.unwrap();
    let session = db.storage.session_open("host", 1, 3_000, NOW).await.unwrap();
    let run = db.storage.run_claim(&session.session_id, 1, NOW).await.unwrap().remove(0);
    db.storage.run_finish(run.lease(), None, completed()).await.unwrap();
    assert!(db.storage.outcomes_unsettled(10).await.unwrap().is_empty());
    db.storage.task_adopt(assignment("a"), Attempt(1)).await.unwrap();
    assert_eq!(db.storage.outcomes_unsettled(10).await.unwrap().len(), 1);
}

async fn sums_up_what_agents_did(db: Database) {
    for (name, reward) in [("a", 1.0), ("b", 0.5)] {
        finished(&db.storage, name, completed()).await;
        db.storage.task_settle(settle(name, 1, reward)).await.unwrap();
    }
    db.storage.task_assign(assignment("c")).await.unwrap();
    let [tester] = &db.storage.agent_performance(later(1)).await.unwrap()[..] else {
        panic!("one agent expected")
    };
    let total = tester.total;
    assert_eq!((total.tasks, total.completed, total.failed, total.rewarded), (3, 2, 0, 2));
    assert_eq!((total.reward_sum, total.reward_sumsq), (1.5, 1.25));
    assert_eq!((total.runs, total.latency_ms_sum), (2, 200));
    assert_eq!(tester.recent, PerformanceSums::default());
}
