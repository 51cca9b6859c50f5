//! Trying failed tasks again: each attempt is followed by one, and a call that is sent again is about the same attempts.

use futures::future::join_all;
use storage::*;
use task_model::*;

use super::database::Database;
use super::records::*;

crate::on_both!(
    an_attempt_that_failed_is_followed_by_one_however_many_ask,
    a_plan_is_kept_under_its_key,
    dead_letters_are_filtered_by_tenant_and_code,
);

async fn dead(db: &Database, name: &str) {
    finished(&db.storage, name, failed()).await;
    let error = failed().error;
    let dead =
        Settle { status: TaskStatus::Failed, error, reward: None, experience: None, ..settle(name, 1, 0.0) };
    db.storage.task_settle(dead).await.unwrap();
}

async fn an_attempt_that_failed_is_followed_by_one_however_many_ask(db: Database) {
    dead(&db, "a").await;
    let other = db.neighbour().await;
    let again = |storage: Storage, failed| async move {
        storage.task_retry_at(&id("a"), Some(Attempt(failed)), decision("a", 2, "coder")).await
    };
    let tries = (0..6).map(|n| again(if n % 2 == 0 { db.storage.clone() } else { other.clone() }, 1));
    let came = join_all(tries).await;
    assert_eq!(came.iter().filter(|one| matches!(one, Ok(Attempt(2)))).count(), 1, "{came:?}");
    assert!(came.iter().all(|one| matches!(one, Ok(_) | Err(Error::Conflict(_)))), "{came:?}");
    other.close().await;
}

async fn a_plan_is_kept_under_its_key(db: Database) {
    let plan = |hash: &str, tasks: &[(&str, i64)]| RedrivePlan {
        key: "k".to_owned(),
        content_hash: hash.to_owned(),
        tasks: tasks.iter().map(|(id, attempt)| ((*id).to_owned(), *attempt)).collect(),
    };
    let first = plan("h", &[("a", 1), ("b", 2)]);
    let kept = Redriving::Plan(first.tasks.clone());
    assert_eq!(db.storage.redrive_plan(first, NOW).await.unwrap(), kept);
    assert_eq!(db.storage.redrive_plan(plan("h", &[("c", 1)]), NOW).await.unwrap(), kept);
    assert_eq!(db.storage.redrive_plan(plan("other", &[]), NOW).await.unwrap(), Redriving::Conflict);
}

async fn dead_letters_are_filtered_by_tenant_and_code(db: Database) {
    dead(&db, "a").await;
    db.storage.task_assign(assignment("waits")).await.unwrap();
    let find = async |tenant: &str, code: &str| {
        let filter = TaskFilter {
            statuses: vec![TaskStatus::Failed, TaskStatus::NeedsReview],
            tenant: Some(TenantId::parse(tenant).unwrap()),
            code: Some(code.to_owned()),
            ..TaskFilter::default()
        };
        db.storage.task_list(&filter, &Page::first(9)).await.unwrap().items.len()
    };
    assert_eq!(find("default", FailureCode::STEP_LIMIT).await, 1);
    assert_eq!(find("acme", FailureCode::STEP_LIMIT).await, 0);
    assert_eq!(find("default", "ANOTHER").await, 0);
}
