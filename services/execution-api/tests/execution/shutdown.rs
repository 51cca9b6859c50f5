//! The end of a process: what is leased is finished or handed back.

use task_model::{RunStatus, TaskId};

use crate::harness::Prepared;

#[tokio::test]
async fn what_takes_too_long_is_handed_back_at_once() {
    let api = Prepared::new().await.with("LIGHTNING__EXECUTION__DRAIN_MS", "20").start().await;
    api.submit("t1", "hang").await;
    api.model.asked_times("t1", 1).await;
    api.stop.cancel();
    api.serving.await.unwrap();
    let run = api.storage.run_find(&TaskId::parse("t1").unwrap(), None).await.unwrap().unwrap();
    assert_eq!((run.status, run.session_id, run.worker_deaths), (RunStatus::QUEUED, None, 0));
    assert!(api.storage.session_list().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_ends_in_time_is_finished() {
    let api = Prepared::new().await.start().await;
    api.submit("t1", "hang").await;
    api.model.asked_times("t1", 1).await;
    api.stop.cancel();
    api.model.release.add_permits(1);
    api.serving.await.unwrap();
    let run = api.storage.run_find(&TaskId::parse("t1").unwrap(), None).await.unwrap().unwrap();
    assert_eq!(run.status, RunStatus::COMPLETED);
}
