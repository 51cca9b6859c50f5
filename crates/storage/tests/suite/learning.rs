//! The experience log: exact, in order, each line once.

use futures::future::join_all;
use rand::prelude::*;
use rand::rngs::StdRng;
use storage::*;
use task_model::*;

use super::database::Database;
use super::records::*;

crate::on_both!(
    returns_the_bits_that_went_in,
    imports_each_line_once,
    finds_what_could_have_been_chosen,
    shows_lines_in_order_while_two_processes_append,
    keeps_the_last_three_snapshots,
);

async fn returns_the_bits_that_went_in(db: Database) {
    // SQLite reads decimals exactly only within the range that rewards, weights and probabilities live in, and keeps
    // no negative zero.
    let mut rng = StdRng::seed_from_u64(7);
    let wide = |rng: &mut StdRng| rng.random_range(-1.0..1.0) * 10_f64.powi(rng.random_range(-15..15));
    let mut numbers =
        vec![0.0, 1.0, 0.1 + 0.2, 1.0 / 3.0, 1.0 - f64::EPSILON, f64::EPSILON, std::f64::consts::PI];
    numbers.extend((0..1_000).map(|n| if n % 2 == 0 { rng.random() } else { wide(&mut rng) }));
    let lines: Vec<NewExperience> = numbers
        .iter()
        .enumerate()
        .map(|(n, number)| NewExperience {
            prev_reward: Some(1.0 - number),
            context: (0..=255).collect(),
            next_context: Some(Vec::new()),
            ..experience(&format!("task-{n}"), 1, *number)
        })
        .collect();
    db.storage.experience_import(lines.clone()).await.unwrap();
    let log = db.storage.experiences_after(0, 2_000).await.unwrap();
    for (line, number) in log.iter().zip(numbers) {
        assert_eq!(line.experience.reward.to_bits(), number.to_bits(), "{number:e}");
    }
    assert_eq!(log.into_iter().map(|line| line.experience).collect::<Vec<_>>(), lines);
}

async fn imports_each_line_once(db: Database) {
    let lines = |range: std::ops::Range<i64>| -> Vec<_> {
        range.map(|n| NewExperience { revision: n, ..experience("a", 1, 0.5) }).collect()
    };
    assert_eq!(db.storage.experience_import(lines(0..1_500)).await.unwrap(), 1_500);
    assert_eq!(db.storage.experience_import(lines(1_000..2_000)).await.unwrap(), 500);
    assert_eq!(db.storage.experiences_count().await.unwrap(), 2_000);
    let page = db.storage.experiences_after(0, 10).await.unwrap();
    assert_eq!(page.len(), 10);
    let next = db.storage.experiences_after(page[9].seq, 1).await.unwrap();
    assert_eq!(next[0].experience.revision, 10);
}

async fn finds_what_could_have_been_chosen(db: Database) {
    db.storage.task_assign(assignment("own")).await.unwrap();
    let imported = NewExperience { candidates_json: Some("[7]".to_owned()), ..experience("other", 1, 0.5) };
    let lines = vec![experience("own", 1, 0.5), imported, experience("nowhere", 1, 0.5)];
    db.storage.experience_import(lines).await.unwrap();
    let log = db.storage.decisions_logged_after(0, 10).await.unwrap();
    let sets: Vec<_> = log.iter().map(|line| line.experience.candidates_json.as_deref()).collect();
    assert_eq!(sets, [Some(r#"[{"agent_id":"tester"}]"#), Some("[7]"), None]);
    assert_eq!(db.storage.decisions_logged_after(log[1].seq, 10).await.unwrap(), log[2..]);
}

async fn shows_lines_in_order_while_two_processes_append(db: Database) {
    let other = db.neighbour().await;
    let append = |storage: Storage, who: &'static str| async move {
        for n in 0..60 {
            let line = NewExperience { attempt: Attempt(n), ..experience(who, 1, 0.5) };
            storage.experience_import(vec![line]).await.unwrap();
        }
    };
    let reader = db.storage.clone();
    // A follower that only ever asks for what comes after must miss nothing.
    let follow = async move {
        let (mut last, mut seen) = (0, 0);
        while seen < 120 {
            for line in reader.experiences_after(last, 7).await.unwrap() {
                assert!(line.seq > last);
                (last, seen) = (line.seq, seen + 1);
            }
            tokio::task::yield_now().await;
        }
        seen
    };
    let deadline = std::time::Duration::from_secs(60);
    let all = async { tokio::join!(append(db.storage.clone(), "a"), append(other.clone(), "b"), follow) };
    let (_, _, seen) = tokio::time::timeout(deadline, all).await.expect("the follower misses a line");
    assert_eq!(seen, 120);
    other.close().await;
}

async fn keeps_the_last_three_snapshots(db: Database) {
    let snapshot = |format: &str, seq: i64, byte: u8| Checkpoint {
        format: format.to_owned(),
        seq,
        bytes: vec![byte; 3],
        created_at: NOW,
    };
    let puts = [("v1", 10, 1), ("v1", 20, 2), ("v2", 5, 9), ("v1", 30, 3), ("v1", 40, 4), ("v1", 40, 5)];
    for (format, seq, byte) in puts {
        db.storage.learner_checkpoint_put(snapshot(format, seq, byte)).await.unwrap();
    }
    assert_eq!(db.storage.learner_checkpoint_latest("v1").await.unwrap(), Some(snapshot("v1", 40, 5)));
    assert_eq!(db.storage.learner_checkpoint_latest("v2").await.unwrap(), Some(snapshot("v2", 5, 9)));
    assert_eq!(db.storage.learner_checkpoint_latest("v3").await.unwrap(), None);
    join_all((0..4).map(|n| db.storage.learner_checkpoint_put(snapshot("v3", n, 0)))).await;
    assert_eq!(db.storage.learner_checkpoint_latest("v3").await.unwrap(), Some(snapshot("v3", 3, 0)));
}
