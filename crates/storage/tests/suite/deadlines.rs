//! A deadline is noticed when it passes, also by runs that nobody drives.

use storage::*;
use task_model::*;

use super::database::Database;
use super::records::*;

crate::on_both!(
    ends_what_is_queued_waiting_or_paused_when_its_deadline_passes,
    leaves_alone_what_is_driven_or_waits_for_a_person,
    ends_each_once_and_in_portions,
);

fn due_by(name: &str, ms: i64) -> NewRun {
    NewRun { deadline_at: Some(later(ms)), ..new_run(name, 1) }
}

async fn ended(db: &Database, name: &str) -> (RunStatus, Option<Blame>, Option<String>) {
    let run = db.storage.run_find(&id(name), None).await.unwrap().unwrap();
    (run.status, run.blame, run.error.map(|error| error.code))
}

async fn ends_what_is_queued_waiting_or_paused_when_its_deadline_passes(db: Database) {
    let session = db.storage.session_open("host", 1, 60_000, NOW).await.unwrap();
    db.storage.run_insert(due_by("waiting", 100)).await.unwrap();
    let run = db.storage.run_claim(&session.session_id, 1, NOW).await.unwrap().remove(0);
    db.storage.run_wait(run.lease(), later(90_000)).await.unwrap();
    for name in ["queued", "paused", "later"] {
        db.storage.run_insert(due_by(name, if name == "later" { 101 } else { 100 })).await.unwrap();
    }
    db.storage.run_insert(new_run("endless", 1)).await.unwrap();
    db.storage.run_pause_request(&id("paused"), NOW).await.unwrap();
    assert_eq!(db.storage.runs_expire(later(99), 10).await.unwrap(), 0);
    assert_eq!(db.storage.runs_expire(later(100), 10).await.unwrap(), 3);
    let code = Some(FailureCode::DEADLINE.to_owned());
    for (name, blame) in
        [("queued", Blame::Infrastructure), ("waiting", Blame::Infrastructure), ("paused", Blame::Nobody)]
    {
        assert_eq!(ended(&db, name).await, (RunStatus::FAILED, Some(blame), code.clone()), "{name}");
    }
    for name in ["later", "endless"] {
        assert_eq!(ended(&db, name).await.0, RunStatus::QUEUED, "{name}");
    }
    let resumed = db.storage.run_resume(&id("paused"), later(200)).await.unwrap();
    assert_eq!(resumed, RunAsked::Ignored(RunStatus::FAILED));
}

async fn leaves_alone_what_is_driven_or_waits_for_a_person(db: Database) {
    let session = db.storage.session_open("host", 1, 60_000, NOW).await.unwrap();
    for name in ["driven", "asked"] {
        db.storage.run_insert(due_by(name, 100)).await.unwrap();
    }
    for run in db.storage.run_claim(&session.session_id, 2, NOW).await.unwrap() {
        if run.run.task_id == id("asked") {
            let why = TaskError { code: "X".to_owned(), message: "x".to_owned() };
            db.storage.run_review(run.lease(), why).await.unwrap();
        }
    }
    assert_eq!(db.storage.runs_expire(later(500), 10).await.unwrap(), 0);
    assert_eq!(ended(&db, "driven").await.0, RunStatus::RUNNING);
    assert_eq!(ended(&db, "asked").await.0, RunStatus::NEEDS_REVIEW);
}

async fn ends_each_once_and_in_portions(db: Database) {
    for n in 0..5 {
        db.storage.run_insert(due_by(&format!("r{n}"), 100 + n)).await.unwrap();
    }
    let other = db.neighbour().await;
    let mut finished = db.storage.signals().subscribe(Signal::RunFinished);
    assert_eq!(db.storage.runs_expire(later(500), 2).await.unwrap(), 2);
    finished.changed().await.unwrap();
    let at_once = tokio::join!(db.storage.runs_expire(later(500), 9), other.runs_expire(later(500), 9));
    assert_eq!(at_once.0.unwrap() + at_once.1.unwrap(), 3);
    assert_eq!(db.storage.runs_expire(later(500), 9).await.unwrap(), 0);
    other.close().await;
}
