//! Feedback: the latest word of a source counts, and none counts twice.

use futures::future::join_all;
use storage::*;

use super::database::Database;
use super::records::*;

crate::on_both!(
    counts_the_latest_word_of_each_source,
    ignores_a_word_that_came_before_under_its_key,
    refuses_a_reward_made_from_old_words,
    refuses_words_about_an_unknown_task,
    loses_no_word_when_many_speak_at_once,
    corrects_the_experience_under_a_new_revision,
);

fn word(source: &str, reward: f64) -> NewFeedback {
    NewFeedback {
        task_id: id("a"),
        source: source.to_owned(),
        reward,
        kind: "quality_score".to_owned(),
        comment: Some("well done".to_owned()),
        idempotency_key: None,
        at: NOW,
    }
}

/// Reads, combines, and puts, as often as somebody else was faster.
async fn say(storage: &Storage, word: NewFeedback) -> FeedbackStored {
    loop {
        let list = storage.feedback_list(&id("a")).await.unwrap().unwrap();
        let others = list.items.iter().filter(|item| item.source != word.source).map(|item| item.reward);
        let rewards: Vec<f64> = others.chain([word.reward]).collect();
        let put = FeedbackPut {
            feedback: word.clone(),
            combined_reward: rewards.iter().sum::<f64>() / rewards.len() as f64,
            expected_version: list.reward_version,
            experience: None,
        };
        match storage.feedback_put(put).await {
            Err(Error::Conflict(_)) => {}
            stored => return stored.unwrap(),
        }
    }
}

async fn counts_the_latest_word_of_each_source(db: Database) {
    db.storage.task_assign(assignment("a")).await.unwrap();
    assert!(!say(&db.storage, word("user", 1.0)).await.replaced);
    assert!(!say(&db.storage, word("reviewer", 0.5)).await.replaced);
    assert!(say(&db.storage, word("user", 0.0)).await.replaced);
    let list = db.storage.feedback_list(&id("a")).await.unwrap().unwrap();
    let words: Vec<_> = list.items.iter().map(|item| (item.source.as_str(), item.reward)).collect();
    assert_eq!(words, [("reviewer", 0.5), ("user", 0.0)]);
    assert_eq!((list.reward, list.reward_version), (Some(0.25), 3));
    assert_eq!(db.storage.task_find(&id("a")).await.unwrap().unwrap().reward, Some(0.25));
}

async fn ignores_a_word_that_came_before_under_its_key(db: Database) {
    db.storage.task_assign(assignment("a")).await.unwrap();
    let keyed = NewFeedback { idempotency_key: Some("click 1".to_owned()), ..word("user", 1.0) };
    assert!(!say(&db.storage, keyed.clone()).await.duplicate);
    say(&db.storage, word("user", 0.5)).await;
    let again = say(&db.storage, keyed).await;
    assert!(again.duplicate && !again.replaced);
    assert_eq!(db.storage.feedback_list(&id("a")).await.unwrap().unwrap().reward, Some(0.5));
}

async fn refuses_a_reward_made_from_old_words(db: Database) {
    db.storage.task_assign(assignment("a")).await.unwrap();
    let put = |source| FeedbackPut {
        feedback: word(source, 1.0),
        combined_reward: 1.0,
        expected_version: 0,
        experience: None,
    };
    db.storage.feedback_put(put("one")).await.unwrap();
    assert!(matches!(db.storage.feedback_put(put("two")).await, Err(Error::Conflict(_))));
    assert_eq!(db.storage.feedback_list(&id("a")).await.unwrap().unwrap().items.len(), 1);
}

async fn refuses_words_about_an_unknown_task(db: Database) {
    assert!(db.storage.feedback_list(&id("a")).await.unwrap().is_none());
    let put =
        FeedbackPut { feedback: word("u", 1.0), combined_reward: 1.0, expected_version: 0, experience: None };
    assert!(matches!(db.storage.feedback_put(put).await, Err(Error::NotFound("task"))));
}

async fn loses_no_word_when_many_speak_at_once(db: Database) {
    db.storage.task_assign(assignment("a")).await.unwrap();
    let other = db.neighbour().await;
    let speakers = (0..16).map(|n| {
        let storage = if n % 2 == 0 { db.storage.clone() } else { other.clone() };
        async move { say(&storage, word(&format!("source-{n}"), f64::from(n) / 16.0)).await }
    });
    join_all(speakers).await;
    let list = db.storage.feedback_list(&id("a")).await.unwrap().unwrap();
    assert_eq!((list.items.len(), list.reward_version), (16, 16));
    assert_eq!(list.reward, Some((0..16).map(|n| f64::from(n) / 16.0).sum::<f64>() / 16.0));
    other.close().await;
}

async fn corrects_the_experience_under_a_new_revision(db: Database) {
    finished(&db.storage, "a", completed()).await;
    db.storage.task_settle(settle("a", 1, 1.0)).await.unwrap();
    let correction =
        NewExperience { prev_reward: Some(1.0), source: "feedback".to_owned(), ..experience("a", 1, 0.25) };
    let put = FeedbackPut {
        feedback: word("user", 0.25),
        combined_reward: 0.25,
        expected_version: 1,
        experience: Some(correction.clone()),
    };
    let stored = db.storage.feedback_put(put).await.unwrap();
    let log = db.storage.experiences_after(0, 10).await.unwrap();
    assert_eq!(stored.experience_seq, Some(log[1].seq));
    assert_eq!(log[1].experience, NewExperience { revision: 2, ..correction });
}
