//! Assigning: durable together, once, and answered alike when it comes again.

use futures::future::join_all;
use storage::*;
use task_model::*;

use super::database::Database;
use super::records::*;

crate::on_both!(
    stores_task_decision_and_history_together,
    answers_a_replay_by_id_as_the_first_time,
    answers_a_replay_by_key_under_the_first_id,
    refuses_other_content_under_a_known_id_or_key,
    tells_repeats_within_one_batch_apart,
    keeps_the_order_of_a_thousand,
    lets_exactly_one_of_two_processes_in,
    knows_a_replay_before_anything_is_decided,
    stores_texts_that_databases_find_hard,
);

async fn stores_task_decision_and_history_together(db: Database) {
    let stored = assignment("a");
    assert_eq!(db.storage.task_assign(stored.clone()).await.unwrap(), Assigned::New);
    let view = db.storage.task_find(&id("a")).await.unwrap().unwrap();
    assert_eq!(view.task, stored.task);
    assert_eq!(view.decision, Some(stored.decision.clone()));
    assert_eq!((view.status, view.attempt, view.run), (TaskStatus::Assigned, Attempt(1), None));
    assert_eq!(view.dispatch.due_at, Some(NOW));
    let events = db.storage.task_events(&id("a"), 0).await.unwrap();
    assert_eq!(events.iter().map(|event| event.status).collect::<Vec<_>>(), [TaskStatus::Assigned]);
    assert!(db.storage.task_events(&id("a"), events[0].seq).await.unwrap().is_empty());
    let decisions = db.storage.decisions_list(&id("a")).await.unwrap();
    assert_eq!(decisions[0].decision, stored.decision);
}

async fn answers_a_replay_by_id_as_the_first_time(db: Database) {
    db.storage.task_assign(assignment("a")).await.unwrap();
    let again = Assignment { decision: decision("other", 1, "coder"), ..assignment("a") };
    let Assigned::Replay(answer) = db.storage.task_assign(again).await.unwrap() else {
        panic!("not a replay")
    };
    assert_eq!(answer.decision, decision("a", 1, "tester"));
    assert_eq!((answer.task_id, answer.status, answer.created_at), (id("a"), TaskStatus::Assigned, NOW));
    assert_eq!(db.storage.decisions_list(&id("a")).await.unwrap().len(), 1);
}

async fn answers_a_replay_by_key_under_the_first_id(db: Database) {
    let keyed = |raw: &str| {
        let mut keyed = assignment(raw);
        keyed.task.idempotency_key = Some("order 1".to_owned());
        keyed.task.content_hash = "same".to_owned();
        keyed
    };
    assert_eq!(db.storage.task_assign(keyed("a")).await.unwrap(), Assigned::New);
    let Assigned::Replay(answer) = db.storage.task_assign(keyed("b")).await.unwrap() else {
        panic!("not a replay")
    };
    assert_eq!(answer.task_id, id("a"));
    assert!(db.storage.task_find(&id("b")).await.unwrap().is_none());
    assert_eq!(db.storage.task_by_key("order 1").await.unwrap().unwrap().task.task_id, id("a"));
}

async fn refuses_other_content_under_a_known_id_or_key(db: Database) {
    let mut first = assignment("a");
    first.task.idempotency_key = Some("order 1".to_owned());
    db.storage.task_assign(first.clone()).await.unwrap();
    let mut other = assignment("a");
    other.task.content_hash = "other".to_owned();
    assert_eq!(db.storage.task_assign(other).await.unwrap(), Assigned::Conflict);
    let mut other = assignment("b");
    other.task.idempotency_key = Some("order 1".to_owned());
    assert_eq!(db.storage.task_assign(other).await.unwrap(), Assigned::Conflict);
}

async fn tells_repeats_within_one_batch_apart(db: Database) {
    let mut conflicting = assignment("a");
    conflicting.task.content_hash = "other".to_owned();
    let again = Assignment { decision: decision("again", 1, "tester"), ..assignment("a") };
    let batch = vec![assignment("a"), again, conflicting, assignment("b")];
    let answers = db.storage.task_assign_many(batch).await.unwrap();
    assert_eq!(answers[0], Assigned::New);
    assert!(matches!(&answers[1], Assigned::Replay(answer) if answer.task_id == id("a")));
    assert_eq!(answers[2..], [Assigned::Conflict, Assigned::New]);
}

async fn keeps_the_order_of_a_thousand(db: Database) {
    let names: Vec<String> = (0..1_000).map(|n| format!("task-{n}")).collect();
    let batch = || names.iter().map(|name| assignment(name)).collect::<Vec<_>>();
    let answers = db.storage.task_assign_many(batch()).await.unwrap();
    assert!(answers.iter().all(|answer| *answer == Assigned::New));
    assert_eq!(db.storage.task_counts().await.unwrap()["assigned"], 1_000);
    let replays = db.storage.task_assign_many(batch()).await.unwrap();
    for (name, replay) in names.iter().zip(replays) {
        assert!(matches!(replay, Assigned::Replay(answer) if answer.task_id.as_str() == name));
    }
}

async fn lets_exactly_one_of_two_processes_in(db: Database) {
    let other = db.neighbour().await;
    let calls = (0..40).flat_map(|n| {
        let name = format!("task-{n}");
        let theirs =
            Assignment { decision: decision(&format!("their-{n}"), 1, "coder"), ..assignment(&name) };
        [(db.storage.clone(), assignment(&name)), (other.clone(), theirs)]
    });
    let calls =
        calls.map(|(storage, assignment)| async move { storage.task_assign(assignment).await.unwrap() });
    let answers = join_all(calls).await;
    assert_eq!(answers.iter().filter(|answer| **answer == Assigned::New).count(), 40);
    assert!(answers.iter().all(|answer| *answer != Assigned::Conflict));
    other.close().await;
}

async fn knows_a_replay_before_anything_is_decided(db: Database) {
    let known = |hash: &'static str| {
        let storage = db.storage.clone();
        async move { storage.task_replay(&id("a"), None, hash).await.unwrap() }
    };
    assert_eq!(known("hash of a").await, Assigned::New);
    db.storage.task_assign(assignment("a")).await.unwrap();
    assert!(matches!(known("hash of a").await, Assigned::Replay(_)));
    assert_eq!(known("other").await, Assigned::Conflict);
}

async fn stores_texts_that_databases_find_hard(db: Database) {
    let hard = [
        "'; DROP TABLE tasks; --",
        "\"{}[]\\u0000\\",
        "日本語 🌩 \u{1F468}\u{200D}\u{1F469}",
        "\r\n\t\u{7f}",
        "$1 {rows}",
    ];
    for (n, text) in hard.into_iter().enumerate() {
        let mut hard = assignment(&format!("hard-{n}"));
        hard.task.description = text.to_owned();
        hard.task.metadata_json = serde_json::json!({ "text": text }).to_string();
        db.storage.task_assign(hard.clone()).await.unwrap();
        let view = db.storage.task_find(&hard.task.task_id).await.unwrap().unwrap();
        assert_eq!(view.task, hard.task);
    }
}
