//! Random operations: the database and the small model must give the same answers and end in the same state.

use std::collections::BTreeSet;

use rand::prelude::*;
use rand::rngs::StdRng;
use storage::*;
use task_model::*;

use super::database::Database;
use super::model::Model;
use super::operations::{Operation, Subject};
use super::records::*;

crate::on_both!(agrees_with_the_model_on_random_operations);

const SEEDS: u64 = 60;
const OPERATIONS: usize = 80;

/// Rare answers that the seeds are known to meet. Operations that never meet would agree as well.
const MET: [(&str, &str); 12] = [
    ("Assign", "replay"),
    ("Assign", "conflict"),
    ("Claim", "stale"),
    ("Intent", "conflict"),
    ("Intent", "stale"),
    ("Result", "ok"),
    ("Result", "stale"),
    ("Finish", "stale"),
    ("CancelRun", "requested"),
    ("CloseSession", "1"),
    ("Reap", "(1, 0, 0)"),
    ("Settle", "already"),
];

async fn agrees_with_the_model_on_random_operations(db: Database) {
    let mut seen = BTreeSet::new();
    for seed in 0..SEEDS {
        let mut rng = StdRng::seed_from_u64(seed);
        let (mut model, mut subject) =
            (Model::default(), Subject::new(db.storage.clone(), format!("seed{seed}")));
        let (mut now, mut past) = (i64::try_from(seed).unwrap() * 10_000_000, Vec::new());
        let mut leases = Vec::new();
        for _ in 0..OPERATIONS {
            // In some seeds time flies, so that workers die.
            now += rng.random_range(1..if seed % 3 == 0 { 25 } else { 8 });
            let operation = Operation::random(&mut rng, subject.sessions.len(), &leases);
            let answer = subject.apply(&operation, now).await;
            let expected = model.apply(&operation, now, &answer);
            seen.insert((format!("{operation:?}").split(' ').next().unwrap().to_owned(), answer.clone()));
            leases.extend(lease(&operation, &answer));
            past.push(operation);
            assert_eq!(answer, expected, "seed {seed}, last of {past:#?}");
        }
        check_state(&model, &subject, seed).await;
        clear(&mut model, &mut subject, now + 1).await;
    }
    let missed: Vec<_> = MET
        .into_iter()
        .filter(|(what, said)| !seen.contains(&(what.to_string(), said.to_string())))
        .collect();
    assert!(missed.is_empty(), "never met: {missed:?}");
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
        let found = (view.own_status.as_str(), view.attempt.0);
        assert_eq!(found, (expected.status, expected.attempt), "task {task} of seed {seed}");
    }
    for ((task, attempt), expected) in &model.runs {
        let run =
            storage.run_find(&id(&subject.name(*task)), Some(Attempt(*attempt))).await.unwrap().unwrap();
        let found = (run.status.as_str(), run.fence.0, run.tokens_in);
        assert_eq!(found, (expected.status, expected.fence, expected.tokens), "run {task} of seed {seed}");
    }
    let log = storage.experiences_after(0, 10_000).await.unwrap();
    let learned =
        log.iter().filter(|line| line.experience.task_id.as_str().starts_with(&subject.prefix)).count();
    assert_eq!(learned, model.experiences, "experiences of seed {seed}");
}

/// Ends everything that still waits, so that the next seed does not meet it.
async fn clear(model: &mut Model, subject: &mut Subject, now: i64) {
    for session in 0..subject.sessions.len() {
        subject.apply(&Operation::CloseSession { session }, now).await;
    }
    for (task, attempt) in model.runs.keys() {
        let name = id(&subject.name(*task));
        subject.storage.run_cancel_request(&name, Some(Attempt(*attempt)), later(now)).await.unwrap();
    }
    for (task, known) in &model.tasks {
        let error = TaskError { code: "X".to_owned(), message: "the next seed begins".to_owned() };
        let name = id(&subject.name(*task));
        subject.storage.task_dispatch_dead(&name, Attempt(known.attempt), error, later(now)).await.unwrap();
    }
    // What was never assigned keeps its outcomes waiting for an adoption; that meets nobody.
    subject.storage.outcomes_unsettled(1_000).await.unwrap();
}
