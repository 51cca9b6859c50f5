//! Knowledge and memory.

use serde_json::json;
use storage::*;

use super::database::Database;
use super::records::*;

crate::on_both!(
    finds_by_words_and_ranks_the_better_match_first,
    takes_no_syntax_from_a_question,
    finds_nothing_that_was_removed,
    counts_what_is_known,
    remembers_the_latest_until_it_is_forgotten,
);

fn entry(name: &str, owner: &str, title: &str, content: &str) -> Knowledge {
    Knowledge {
        knowledge_id: name.to_owned(),
        agent_id: agent(owner),
        title: title.to_owned(),
        content: content.to_owned(),
        source: Some("handbook".to_owned()),
        category: "guide".to_owned(),
        metadata: json!({"page": 3}),
        created_at: NOW,
    }
}

async fn filled(storage: &Storage) {
    let entries = [
        entry("ml", "data", "Machine learning", "Models learn from data. Learning needs data."),
        entry("db", "data", "Databases", "An index makes reading fast; a machine has disks."),
        entry("web", "web", "Pages", "A page shows machine readable data."),
    ];
    for entry in entries {
        storage.knowledge_add(entry).await.unwrap();
    }
}

async fn search(storage: &Storage, owner: Option<&str>, query: &str) -> Vec<String> {
    let owner = owner.map(agent);
    let hits = storage.knowledge_search(owner.as_ref(), query, 10).await.unwrap();
    assert!(hits.windows(2).all(|pair| pair[0].score >= pair[1].score));
    hits.into_iter().map(|hit| hit.knowledge.knowledge_id).collect()
}

async fn finds_by_words_and_ranks_the_better_match_first(db: Database) {
    filled(&db.storage).await;
    assert_eq!(search(&db.storage, Some("data"), "machine learning").await[0], "ml");
    assert_eq!(search(&db.storage, Some("web"), "machine").await, ["web"]);
    assert_eq!(search(&db.storage, None, "machine").await.len(), 3);
    assert_eq!(search(&db.storage, None, "database").await, ["db"], "words are stemmed");
    let hit = db.storage.knowledge_search(None, "pages", 1).await.unwrap().remove(0);
    assert_eq!(hit.knowledge, entry("web", "web", "Pages", "A page shows machine readable data."));
}

async fn takes_no_syntax_from_a_question(db: Database) {
    filled(&db.storage).await;
    let hostile = [
        "\"",
        "machine OR",
        "AND AND",
        "NEAR(a b, 5)",
        "title:x",
        "* ^ -",
        "a' OR '1'='1",
        "&|!:*",
        "(",
        "\\",
        "''",
    ];
    for query in hostile {
        db.storage.knowledge_search(None, query, 10).await.unwrap();
    }
    assert_eq!(search(&db.storage, None, "-disks").await, ["db"]);
    assert!(search(&db.storage, None, "").await.is_empty());
}

async fn finds_nothing_that_was_removed(db: Database) {
    filled(&db.storage).await;
    assert!(db.storage.knowledge_delete("ml").await.unwrap());
    assert!(!db.storage.knowledge_delete("ml").await.unwrap());
    assert!(search(&db.storage, None, "learning").await.is_empty());
    let taken = db.storage.knowledge_add(entry("db", "data", "x", "y")).await;
    assert!(matches!(taken, Err(Error::Conflict(_))));
}

async fn counts_what_is_known(db: Database) {
    filled(&db.storage).await;
    let stats = db.storage.knowledge_stats(Some(&agent("data"))).await.unwrap();
    assert_eq!((stats.entries, stats.latest_at), (2, Some(NOW)));
    assert_eq!(stats.categories, [("guide".to_owned(), 2)]);
    assert_eq!(db.storage.knowledge_stats(None).await.unwrap().entries, 3);
    assert_eq!(db.storage.knowledge_stats(Some(&agent("nobody"))).await.unwrap(), KnowledgeStats::default());
}

async fn remembers_the_latest_until_it_is_forgotten(db: Database) {
    let memory = |n: i64, expires_at| Memory {
        memory_id: format!("m{n}"),
        agent_id: agent("data"),
        kind: "episodic".to_owned(),
        content: format!("episode {n}"),
        importance: 0.5,
        task_id: Some(id("a")),
        created_at: later(n),
        expires_at,
    };
    for (n, expires_at) in [(1, None), (2, Some(later(50))), (3, None), (4, None)] {
        db.storage.memory_add(memory(n, expires_at)).await.unwrap();
    }
    let context = db.storage.memory_context(&agent("data"), 2, later(100)).await.unwrap();
    assert_eq!(context, [memory(4, None), memory(3, None)]);
    let all = db.storage.memory_context(&agent("data"), 9, later(49)).await.unwrap();
    assert_eq!(all.len(), 4);
    assert_eq!(db.storage.memory_stats().await.unwrap().counts, [(agent("data"), "episodic".to_owned(), 4)]);
}
