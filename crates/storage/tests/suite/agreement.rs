//! Random operations: the database and the small model must give the same answers and end in the same state.
//!
//! `LIGHTNING_SEEDS=1000000` asks for more seeds than an ordinary test run has time for, `LIGHTNING_FIRST_SEED` for others.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::{BoxFuture, join_all};
use rand::prelude::*;
use rand::rngs::StdRng;
use storage::*;
use task_model::*;

use super::database::{Database, on_postgres, on_sqlite};
use super::model::Model;
use super::operations::{Operation, Subject};
use super::records::*;

/// Databases that are worked on at the same time.
const LANES: usize = 4;
const OPERATIONS: usize = 60;

/// Rare answers that the seeds are known to meet. Operations that never meet would agree as well.
const MET: [(&str, &str); 26] = [
    ("Assign", "replay"),
    ("Assign", "conflict"),
    ("Dead", "done"),
    ("InsertRun", "conflict"),
    ("Claim", "stale"),
    ("Renew", "stale"),
    ("Intent", "conflict"),
    ("Intent", "stale"),
    ("Result", "ok"),
    ("Result", "stale"),
    ("ResultAndIntent", "ok"),
    ("ResultAndIntent", "conflict"),
    ("ResultAndIntent", "not found"),
    ("ResultAndIntent", "stale"),
    ("Finish", "stale"),
    ("FinishWith", "ok"),
    ("FinishWith", "not found"),
    ("Wait", "ok"),
    ("CancelRun", "requested"),
    ("CloseSession", "1"),
    ("Reap", "(1, 0, 0)"),
    ("Expire", "1"),
    ("Settle", "already"),
    ("Feedback", "replaced"),
    ("Feedback", "duplicate"),
    ("Feedback", "conflict"),
];

/// The seeds that are left, and what was met, for all lanes of one kind of database.
struct Work {
    next: AtomicU64,
    met: Mutex<BTreeSet<(String, String)>>,
}

impl Work {
    const fn new() -> Self {
        Self { next: AtomicU64::new(0), met: Mutex::new(BTreeSet::new()) }
    }
}

static ON_SQLITE: Work = Work::new();
static ON_POSTGRES: Work = Work::new();

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|number| number.parse().ok()).unwrap_or(otherwise)
}

fn sqlite_lane(db: Database) -> BoxFuture<'static, ()> {
    Box::pin(work(db, &ON_SQLITE, 2_000))
}

fn postgres_lane(db: Database) -> BoxFuture<'static, ()> {
    Box::pin(work(db, &ON_POSTGRES, 1_000))
}

mod sqlite {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn agrees_with_the_model_on_random_operations() {
        join_all((0..LANES).map(|_| on_sqlite(sqlite_lane))).await;
        check_met(&ON_SQLITE);
    }
}

mod postgres {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn agrees_with_the_model_on_random_operations() {
        join_all((0..LANES).map(|_| on_postgres(postgres_lane))).await;
        // Nothing was begun where there is no server.
        if ON_POSTGRES.next.load(Ordering::Relaxed) > 0 {
            check_met(&ON_POSTGRES);
        }
    }
}

fn check_met(work: &Work) {
    let met = work.met.lock().unwrap();
    let is_missed = |(what, said): &(&str, &str)| !met.contains(&(what.to_string(), said.to_string()));
    let missed: Vec<_> = MET.into_iter().filter(is_missed).collect();
    assert!(missed.is_empty(), "never met: {missed:?}");
}

/// Takes one seed after another until none is left.
async fn work(db: Database, work: &Work, seeds: u64) {
    let (first, seeds) = (number("LIGHTNING_FIRST_SEED", 0), number("LIGHTNING_SEEDS", seeds));
    loop {
        let seed = work.next.fetch_add(1, Ordering::Relaxed);
        if seed >= seeds {
            return;
        }
        let met = agree(&db, first + seed).await;
        work.met.lock().unwrap().extend(met);
    }
}

async fn agree(db: &Database, seed: u64) -> BTreeSet<(String, String)> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut seen = BTreeSet::new();
    let log_began = db.storage.experiences_count().await.unwrap();
    let (mut model, mut subject) =
        (Model::default(), Subject::new(db.storage.clone(), format!("seed{seed}")));
    // Seeds of one database follow one another in its time.
    let (mut now, mut past) = (i64::try_from(seed).unwrap() * 10_000, Vec::new());
    let mut leases = Vec::new();
    for _ in 0..OPERATIONS {
        // In some seeds time flies, so that workers die.
        now += rng.random_range(1..if seed.is_multiple_of(3) { 25 } else { 8 });
        let operation = Operation::random(&mut rng, subject.sessions.len(), &leases);
        let answer = subject.apply(&operation, now).await;
        let expected = model.apply(&operation, now, &answer);
        seen.insert((format!("{operation:?}").split(' ').next().unwrap().to_owned(), answer.clone()));
        leases.extend(lease(&operation, &answer));
        past.push(operation);
        assert_eq!(answer, expected, "seed {seed}, last of {past:#?}");
    }
    check_state(&model, &subject, seed).await;
    let learned = db.storage.experiences_count().await.unwrap() - log_began;
    assert_eq!(learned, model.experiences as i64, "experiences of seed {seed}");
    clear(&model, &subject, now + 1).await;
    seen
}

/// What a claim got.
fn lease(operation: &Operation, answer: &str) -> Option<(u8, i64, i64)> {
    let Operation::Claim { .. } = operation else { return None };
    let numbers = answer.strip_prefix('(')?.strip_suffix(')')?.split(", ");
    let numbers: Vec<i64> = numbers.map(|number| number.parse().unwrap()).collect();
    Some((u8::try_from(numbers[0]).unwrap(), numbers[1], numbers[2]))
}

async fn check_state(model: &Model, subject: &Subject, seed: u64) {
    let storage = &subject.storage;
    for (task, expected) in &model.tasks {
        let view = storage.task_find(&id(&subject.name(*task))).await.unwrap().unwrap();
        let found = (view.own_status.as_str(), view.attempt.0, view.reward_version);
        let expected = (expected.status, expected.attempt, expected.version);
        assert_eq!(found, expected, "task {task} of seed {seed}");
    }
    for ((task, attempt), expected) in &model.runs {
        let run =
            storage.run_find(&id(&subject.name(*task)), Some(Attempt(*attempt))).await.unwrap().unwrap();
        let found = (run.status.as_str(), run.fence.0, run.tokens_in);
        assert_eq!(found, (expected.status, expected.fence, expected.tokens), "run {task} of seed {seed}");
    }
}

/// Ends everything that still waits, so that the next seed does not meet it.
async fn clear(model: &Model, subject: &Subject, now: i64) {
    let (storage, at) = (&subject.storage, later(now));
    join_all(subject.sessions.iter().map(|session| storage.session_close(session, at))).await;
    let name = |task: &u8| id(&subject.name(*task));
    let runs: Vec<_> = model.runs.keys().map(|(task, attempt)| (name(task), Attempt(*attempt))).collect();
    join_all(runs.iter().map(|(run, attempt)| storage.run_cancel_request(run, Some(*attempt), at))).await;
    let tasks: Vec<_> =
        model.tasks.iter().map(|(task, known)| (name(task), Attempt(known.attempt))).collect();
    let why = || TaskError { code: "X".to_owned(), message: "the next seed begins".to_owned() };
    join_all(tasks.iter().map(|(task, attempt)| storage.task_dispatch_dead(task, *attempt, why(), at))).await;
    // What was never assigned keeps its outcomes waiting for an adoption; that meets nobody.
    storage.outcomes_unsettled(1_000).await.unwrap();
}
