//! Wake-ups across processes: PostgreSQL passes them on; what it loses is found by looking.

use std::future::Future;
use std::time::Duration;

use sqlx::{Connection, Executor, PgConnection};
use storage::*;

use super::database::{Database, on_postgres};
use super::neighbours::cut_every_connection;
use super::records::*;

/// Nothing here waits for this long unless it is broken.
const BROKEN: Duration = Duration::from_secs(20);

macro_rules! on_the_server {
    ($($case:ident),* $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            on_postgres(cases::$case).await;
        }
    )*};
}

on_the_server!(
    wakes_another_process_of_each_kind,
    gathers_what_is_told,
    wakes_again_after_the_connection_was_cut,
    works_without_anybody_being_told,
);

/// What the hint ends with; one that does not come fails the case.
async fn within<T>(hint: impl Future<Output = T>) -> T {
    tokio::time::timeout(BROKEN, hint).await.expect("the hint came")
}

mod cases {
    use super::*;

    /// A neighbour that listens already: it was woken once without a reason.
    async fn listening(db: &Database) -> Storage {
        let other = db.neighbour().await;
        let mut begun = other.signals().subscribe(Signal::RunQueued);
        within(begun.changed()).await.unwrap();
        other
    }

    pub async fn wakes_another_process_of_each_kind(db: Database) {
        let other = listening(&db).await;
        let subscribe = |signal| other.signals().subscribe(signal);
        let (mut due, mut queued, mut asked) =
            (subscribe(Signal::DispatchDue), subscribe(Signal::RunQueued), subscribe(Signal::RunAsked));
        let (mut stepped, mut finished) = (subscribe(Signal::StepAdded), subscribe(Signal::RunFinished));
        db.storage.task_assign(assignment("a")).await.unwrap();
        within(due.changed()).await.unwrap();
        db.storage.run_insert(new_run("b", 1)).await.unwrap();
        within(queued.changed()).await.unwrap();
        let session = other.session_open("host", 1, 60_000, NOW).await.unwrap();
        let run = other.run_claim(&session.session_id, 1, NOW).await.unwrap().remove(0);
        db.storage.run_cancel_request(&run.run.task_id, None, NOW).await.unwrap();
        within(asked.changed()).await.unwrap();
        stepped.mark_unchanged();
        finished.mark_unchanged();
        db.storage.step_intent(&run.lease(), intent(1)).await.unwrap();
        within(stepped.changed()).await.unwrap();
        db.storage.run_finish(run.lease(), Some(result(1)), completed()).await.unwrap();
        within(finished.changed()).await.unwrap();
        other.close().await;
    }

    pub async fn gathers_what_is_told(db: Database) {
        let other = listening(&db).await;
        let mut due = other.signals().subscribe(Signal::DispatchDue);
        let before = *due.borrow_and_update();
        let begun = std::time::Instant::now();
        for n in 0..300 {
            db.storage.task_assign(assignment(&format!("t-{n}"))).await.unwrap();
        }
        let most = begun.elapsed().as_millis() as u64 / 10 + 2;
        within(due.changed()).await.unwrap();
        let heard = *due.borrow() - before;
        assert!(heard <= most, "{heard} hints for 300 commits, of {most} that fit into the time");
        other.close().await;
    }

    pub async fn wakes_again_after_the_connection_was_cut(db: Database) {
        let other = listening(&db).await;
        let mut queued = other.signals().subscribe(Signal::RunQueued);
        for round in 0..3 {
            cut_every_connection(&db.options.url).await;
            // The listener is back: whatever was told meanwhile, everybody looks.
            within(queued.changed()).await.unwrap();
            while db.storage.run_insert(new_run(&format!("r-{round}"), 1)).await.is_err() {}
            within(queued.changed()).await.unwrap();
        }
        other.close().await;
    }

    /// As behind a pooler that forwards no notifications.
    pub async fn works_without_anybody_being_told(db: Database) {
        let mut connection = PgConnection::connect(&db.options.url).await.unwrap();
        // Nobody may send: every hint is lost on its way.
        connection
            .execute(
                "CREATE FUNCTION public.pg_notify(text, text) RETURNS void LANGUAGE sql AS 'SELECT 1'; \
                 DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', \
                 current_database()); END $$",
            )
            .await
            .unwrap();
        connection.close().await.unwrap();
        let (one, other) = (db.neighbour().await, listening(&db).await);
        let mut queued = other.signals().subscribe(Signal::RunQueued);
        one.run_insert(new_run("a", 1)).await.unwrap();
        let unheard = tokio::time::timeout(Duration::from_millis(300), queued.changed()).await;
        assert!(unheard.is_err(), "the hint must be lost for this case to prove anything");
        let session = other.session_open("host", 1, 60_000, NOW).await.unwrap();
        assert_eq!(other.run_claim(&session.session_id, 1, NOW).await.unwrap().len(), 1);
        one.close().await;
        other.close().await;
    }
}
