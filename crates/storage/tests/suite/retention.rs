//! Cleaning up: only what is over goes, little by little, while others write; the books and the log stay whole.

use storage::*;
use task_model::*;

use super::database::Database;
use super::records::*;

crate::on_both!(
    only_what_is_over_and_old_is_deleted,
    a_task_goes_with_all_that_belongs_to_it_but_for_what_the_learner_reads,
    others_write_between_the_portions,
    a_portion_holds_a_bounded_number_of_rows,
    a_name_that_was_used_is_not_used_again_while_it_is_remembered,
    calls_and_sessions_have_a_time_of_their_own,
    plans_to_try_again_are_forgotten_when_they_are_old,
    two_that_clean_up_at_once_delete_everything_once,
);

/// Long after everything in these cases has ended.
const LATER: Micros = Micros(NOW.0 + 86_400_000_000);

fn line() -> PruneLine {
    PruneLine { before: LATER, at: LATER }
}

/// A task that completed with a step, was rewarded and judged.
async fn done(db: &Database, name: &str) {
    let (session, run) = claimed(&db.storage, name).await;
    db.storage.step_intent(&run.lease(), intent(1)).await.unwrap();
    db.storage.run_finish(run.lease(), Some(result(1)), completed()).await.unwrap();
    db.storage.task_settle(settle(name, 1, 0.9)).await.unwrap();
    db.storage.session_close(&session.session_id, NOW).await.unwrap();
}

/// A task that was cancelled before it began: cheap to make.
async fn cancelled(db: &Database, name: &str) {
    db.storage.task_assign(assignment(name)).await.unwrap();
    assert_eq!(db.storage.task_cancel_request(&id(name), NOW).await.unwrap(), Cancel::Done);
    // The cancel is told to the execution API for some seconds; then it is over.
    db.storage.task_cancel_told(&id(name), Attempt(1)).await.unwrap();
}

async fn prune_all(storage: &Storage, rows_max: usize) -> Vec<usize> {
    let mut portions = Vec::new();
    loop {
        match storage.prune(Prunable::Tasks, line(), rows_max).await.unwrap() {
            0 => return portions,
            portion => portions.push(portion),
        }
    }
}

async fn counts(db: &Database) -> std::collections::BTreeMap<String, i64> {
    let books = db.storage.books_check(&Ledger::default(), Moment::Drained).await.unwrap();
    assert!(books.violations.is_empty(), "{:?}", books.violations);
    books.counts
}

async fn only_what_is_over_and_old_is_deleted(db: Database) {
    done(&db, "old").await;
    db.storage.task_assign(assignment("waits")).await.unwrap();
    let (_, run) = claimed(&db.storage, "unsettled").await;
    db.storage.run_finish(run.lease(), None, completed()).await.unwrap();
    claimed(&db.storage, "runs").await;
    db.storage.task_assign(assignment("untold")).await.unwrap();
    // Once it is on its way, a cancel is told until it has arrived.
    db.storage.task_dispatch_due(NOW, 9).await.unwrap();
    db.storage.task_cancel_request(&id("untold"), NOW).await.unwrap();

    let early = PruneLine { before: NOW, at: LATER };
    assert_eq!(db.storage.prune(Prunable::Tasks, early, 500).await.unwrap(), 0, "nothing is that old");
    assert_eq!(db.storage.prunable(Prunable::Tasks, LATER).await.unwrap(), 1);
    assert_eq!(prune_all(&db.storage, 500).await, [1]);
    assert!(db.storage.task_find(&id("old")).await.unwrap().is_none());
    for kept in ["waits", "unsettled", "runs", "untold"] {
        assert!(db.storage.task_find(&id(kept)).await.unwrap().is_some(), "{kept}");
    }
}

async fn a_task_goes_with_all_that_belongs_to_it_but_for_what_the_learner_reads(db: Database) {
    done(&db, "learned").await;
    cancelled(&db, "taught-nothing").await;
    let logged = db.storage.decisions_logged_after(0, 9).await.unwrap();
    assert_eq!(prune_all(&db.storage, 500).await, [2]);
    let counts = counts(&db).await;
    for table in ["tasks", "runs", "steps", "task_events", "feedback"] {
        assert_eq!(counts[table], 0, "{table}");
    }
    assert_eq!((counts["experiences"], counts["decisions"]), (1, 1));
    assert_eq!(db.storage.decisions_logged_after(0, 9).await.unwrap(), logged);
    let ledger = Ledger { tasks: vec!["learned".into(), "taught-nothing".into()], words: Vec::new() };
    let books = db.storage.books_check(&ledger, Moment::Drained).await.unwrap();
    let sums = (books.finished, books.pruned, books.waiting, books.lost);
    assert_eq!((sums, books.violations.len()), ((0, 2, 0, 0), 0), "{:?}", books.violations);
}

async fn others_write_between_the_portions(db: Database) {
    const OLD: usize = 200;
    for n in 0..OLD {
        cancelled(&db, &format!("old-{n}")).await;
    }
    let (storage, gone) = (db.storage.clone(), std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0)));
    let progress = gone.clone();
    let pruning = tokio::spawn(async move {
        loop {
            let portion = storage.prune(Prunable::Tasks, line(), 40).await.unwrap();
            progress.fetch_add(portion, std::sync::atomic::Ordering::SeqCst);
            if portion == 0 {
                return;
            }
        }
    });
    // Each write is answered before the next: had it to wait for the whole clean-up, only one would come in between.
    let (mut n, mut between) = (0, std::collections::BTreeSet::new());
    while !pruning.is_finished() {
        let new = Assignment {
            task: NewTask { created_at: LATER, ..task(&format!("new-{n}")) },
            ..assignment(&format!("new-{n}"))
        };
        assert_eq!(db.storage.task_assign(new).await.unwrap(), Assigned::New);
        let gone = gone.load(std::sync::atomic::Ordering::SeqCst);
        if (1..OLD).contains(&gone) {
            between.insert(gone);
        }
        n += 1;
    }
    pruning.await.unwrap();
    assert_eq!(gone.load(std::sync::atomic::Ordering::SeqCst), OLD);
    assert!(
        between.len() >= 5,
        "writes were answered at {} points of {} portions: {between:?}",
        between.len(),
        OLD / 5
    );
    let left = db.storage.task_list(&TaskFilter::default(), &Page::first(500)).await.unwrap();
    assert!(left.items.iter().all(|task| task.task.task_id.as_str().starts_with("new-")));
}

async fn a_portion_holds_a_bounded_number_of_rows(db: Database) {
    for n in 0..10 {
        cancelled(&db, &format!("t{n}")).await;
    }
    assert_eq!(prune_all(&db.storage, 32).await, [4, 4, 2], "eight rows a task");
    done(&db, "one").await;
    assert_eq!(prune_all(&db.storage, 1).await, [1], "one task goes even when it is larger than a portion");
}

async fn a_name_that_was_used_is_not_used_again_while_it_is_remembered(db: Database) {
    let mut keyed = assignment("taught-nothing");
    keyed.task.idempotency_key = Some("key".to_owned());
    db.storage.task_assign(keyed.clone()).await.unwrap();
    db.storage.task_cancel_request(&id("taught-nothing"), NOW).await.unwrap();
    db.storage.task_cancel_told(&id("taught-nothing"), Attempt(1)).await.unwrap();
    done(&db, "learned").await;
    prune_all(&db.storage, 500).await;

    assert_eq!(db.storage.task_assign(keyed.clone()).await.unwrap(), Assigned::Pruned);
    assert_eq!(db.storage.task_assign(assignment("learned")).await.unwrap(), Assigned::Pruned);
    let mut same_key = assignment("other");
    same_key.task.idempotency_key = Some("key".to_owned());
    assert_eq!(db.storage.task_assign(same_key).await.unwrap(), Assigned::Pruned);
    let replay = db.storage.task_replay(&id("learned"), None, "hash of learned").await.unwrap();
    assert_eq!(replay, Assigned::Pruned);
    let direct = NewRun { origin: RunOrigin::Direct, ..new_run("learned", 1) };
    assert_eq!(db.storage.run_insert(direct).await.unwrap(), Inserted::Conflict);

    let far = PruneLine { before: Micros(LATER.0 + 1), at: LATER };
    assert_eq!(db.storage.prunable(Prunable::Names, far.before).await.unwrap(), 1);
    assert_eq!(db.storage.prune(Prunable::Names, far, 500).await.unwrap(), 1);
    assert_eq!(
        db.storage.task_assign(keyed).await.unwrap(),
        Assigned::New,
        "forgotten, so it may come again"
    );
    let learned = db.storage.task_assign(assignment("learned")).await.unwrap();
    assert_eq!(learned, Assigned::Pruned, "the log of experiences still knows it");
}

async fn calls_and_sessions_have_a_time_of_their_own(db: Database) {
    let open = db.storage.session_open("host", 1, 3_000, NOW).await.unwrap();
    let closed = db.storage.session_open("host", 2, 3_000, NOW).await.unwrap();
    db.storage.session_close(&closed.session_id, NOW).await.unwrap();
    assert_eq!(db.storage.prune(Prunable::Sessions, line(), 500).await.unwrap(), 1);
    assert_eq!(db.storage.prune(Prunable::Sessions, line(), 500).await.unwrap(), 0);
    assert!(db.storage.session_renew(&open.session_id, 3_000, NOW).await.is_ok());
    assert_eq!(db.storage.prune(Prunable::ModelCalls, line(), 500).await.unwrap(), 0);
}

async fn plans_to_try_again_are_forgotten_when_they_are_old(db: Database) {
    let plan =
        |key: &str| RedrivePlan { key: key.into(), content_hash: "h".into(), tasks: vec![("a".into(), 1)] };
    db.storage.redrive_plan(plan("old"), NOW).await.unwrap();
    db.storage.redrive_plan(plan("young"), LATER).await.unwrap();
    assert_eq!(db.storage.prunable(Prunable::Redrives, LATER).await.unwrap(), 1);
    assert_eq!(db.storage.prune(Prunable::Redrives, line(), 500).await.unwrap(), 1);
    assert_eq!(db.storage.prune(Prunable::Redrives, line(), 500).await.unwrap(), 0);
    let other = |key| RedrivePlan { content_hash: "other".into(), ..plan(key) };
    assert_eq!(db.storage.redrive_plan(other("young"), LATER).await.unwrap(), Redriving::Conflict);
    assert_eq!(
        db.storage.redrive_plan(other("old"), LATER).await.unwrap(),
        Redriving::Plan(vec![("a".into(), 1)])
    );
}

async fn two_that_clean_up_at_once_delete_everything_once(db: Database) {
    for n in 0..60 {
        cancelled(&db, &format!("t{n}")).await;
    }
    let other = db.neighbour().await;
    let (here, there) = tokio::join!(prune_all(&db.storage, 24), prune_all(&other, 24));
    assert_eq!(here.iter().chain(&there).sum::<usize>(), 60);
    assert_eq!(counts(&db).await["tasks"], 0);
    other.close().await;
}
