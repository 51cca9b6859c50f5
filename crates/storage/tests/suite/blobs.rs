//! Large payloads are kept once, read back as if they stood in their rows, and deleted when nothing refers to them.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, SqliteConnection};
use storage::*;
use task_model::*;

use super::database::Database;
use super::records::*;

crate::on_both!(
    reads_large_payloads_back_wherever_they_stand,
    keeps_the_same_payload_once,
    forgets_what_nothing_refers_to_in_batches,
    grows_with_the_steps_and_not_with_their_square,
);

const DAY_MS: i64 = 86_400_000;

fn large(seed: &str) -> String {
    format!("\"{}\"", seed.repeat(20_000))
}

/// Runs a statement by itself, and answers the number in its only row if it has one.
async fn raw(db: &Database, statement: &str) -> i64 {
    let statement = AssertSqlSafe(statement.to_owned());
    if let Some(path) = db.options.url.strip_prefix("sqlite://") {
        let mut connection = SqliteConnection::connect(path).await.unwrap();
        let row = connection.fetch_optional(statement).await.unwrap();
        connection.close().await.unwrap();
        return row.map_or(0, |row| row.get(0));
    }
    let mut connection = PgConnection::connect(&db.options.url).await.unwrap();
    let row = connection.fetch_optional(statement).await.unwrap();
    connection.close().await.unwrap();
    row.map_or(0, |row| row.get(0))
}

async fn blobs(db: &Database) -> i64 {
    raw(db, "SELECT COUNT(*) FROM blobs").await
}

async fn reads_large_payloads_back_wherever_they_stand(db: Database) {
    let run = NewRun { context_json: large("c"), ..new_run("a", 1) };
    db.storage.run_insert(run.clone()).await.unwrap();
    let session = db.storage.session_open("host", 1, 60_000, NOW).await.unwrap();
    let claimed = db.storage.run_claim(&session.session_id, 1, NOW).await.unwrap().remove(0);
    assert_eq!(claimed.run, run);
    let lease = claimed.lease();
    let asked = StepIntent { request_json: large("q"), ..intent(1) };
    let answered = StepResult { result_json: Some(large("r")), ..result(1) };
    db.storage.step_intent(&lease, asked.clone()).await.unwrap();
    db.storage.step_result(&lease, answered.clone()).await.unwrap();
    let end = RunEnd { result_json: Some(large("e")), ..completed() };
    db.storage.run_finish(lease, None, end.clone()).await.unwrap();
    let steps = db.storage.steps_list(&id("a"), Attempt(1), 0).await.unwrap();
    assert!(steps[0].intent == asked && steps[0].result.as_ref() == Some(&answered));
    let found = db.storage.run_find(&id("a"), None).await.unwrap().unwrap();
    assert!(found.run == run && found.result_json == end.result_json);
    assert_eq!(raw(&db, "SELECT COUNT(*) FROM steps WHERE LENGTH(result_json) > 0").await, 0);
    assert_eq!(blobs(&db).await, 4);
    let fork = db.storage.run_fork(NewRun { ..new_run("b", 1) }, (id("a"), Attempt(1)), 1).await.unwrap();
    assert_eq!(fork, Inserted::New);
    let copied = db.storage.steps_list(&id("b"), Attempt(1), 0).await.unwrap();
    assert!(
        copied[0].intent == asked && copied[0].result.as_ref().unwrap().result_json == answered.result_json
    );
    assert_eq!(blobs(&db).await, 4, "a fork refers to what is there");
}

async fn keeps_the_same_payload_once(db: Database) {
    for name in ["a", "b"] {
        let (_, run) = claimed(&db.storage, name).await;
        for no in 1..4 {
            db.storage.step_intent(&run.lease(), intent(no)).await.unwrap();
            let same = StepResult { result_json: Some(large("s")), ..result(no) };
            db.storage.step_result(&run.lease(), same).await.unwrap();
        }
        db.storage.step_intent(&run.lease(), intent(4)).await.unwrap();
        db.storage.step_result(&run.lease(), result(4)).await.unwrap();
    }
    assert_eq!(blobs(&db).await, 1);
    assert_eq!(raw(&db, "SELECT COUNT(*) FROM steps WHERE result_json = '2'").await, 2, "small ones stay");
}

async fn forgets_what_nothing_refers_to_in_batches(db: Database) {
    let (_, run) = claimed(&db.storage, "a").await;
    for no in 1..=6 {
        db.storage.step_intent(&run.lease(), intent(no)).await.unwrap();
        let one = StepResult { result_json: Some(large(&no.to_string())), ..result(no) };
        db.storage.step_result(&run.lease(), one).await.unwrap();
    }
    raw(&db, "DELETE FROM steps WHERE no > 1").await;
    let tomorrow = later(DAY_MS);
    assert_eq!(db.storage.blobs_forget(NOW, 10).await.unwrap(), 0, "all are young");
    assert_eq!(db.storage.blobs_forget(tomorrow, 3).await.unwrap(), 3);
    assert_eq!(db.storage.blobs_forget(tomorrow, 3).await.unwrap(), 2);
    assert_eq!(db.storage.blobs_forget(tomorrow, 3).await.unwrap(), 0);
    let steps = db.storage.steps_list(&id("a"), Attempt(1), 0).await.unwrap();
    assert!(steps[0].result.as_ref().unwrap().result_json == Some(large("1")), "what is referred to stays");
    // It is kept again when it comes again.
    db.storage.step_intent(&run.lease(), intent(2)).await.unwrap();
    let again = StepResult { result_json: Some(large("2")), ..result(2) };
    db.storage.step_result(&run.lease(), again.clone()).await.unwrap();
    assert_eq!(db.storage.steps_list(&id("a"), Attempt(1), 1).await.unwrap()[0].result, Some(again));
}

async fn grows_with_the_steps_and_not_with_their_square(db: Database) {
    const BYTES: &str = "SELECT CAST((SELECT COALESCE(SUM(LENGTH(request_json) + COALESCE(LENGTH(result_json), 0)), 0) FROM steps) \
        + (SELECT COALESCE(SUM(bytes), 0) FROM blobs) AS BIGINT)";
    let (_, run) = claimed(&db.storage, "a").await;
    let mut bytes = Vec::new();
    for no in 1..=40 {
        db.storage.step_intent(&run.lease(), intent(no)).await.unwrap();
        let text = format!("\"{}\"", no.to_string().repeat(if no % 4 == 0 { 10_000 } else { 500 }));
        let one = StepResult { result_json: Some(text), ..result(no) };
        db.storage.step_result(&run.lease(), one).await.unwrap();
        bytes.push(raw(&db, BYTES).await);
    }
    let (half, whole) = (bytes[19] - bytes[9], bytes[39] - bytes[29]);
    assert!(whole <= half + half / 20, "ten steps take {half} bytes, ten later ones {whole}");
}
