//! The roster: the configuration proposes, people dispose, and nothing is ever lost.

use futures::future::join_all;
use storage::*;
use task_model::*;

use super::database::Database;
use super::records::*;

crate::on_both!(
    seeds_what_is_absent_and_revises_what_changed,
    keeps_what_a_person_edited_or_deleted,
    seeds_once_when_several_processes_start,
    finds_by_id_and_alias,
    makes_a_revision_of_every_edit,
    refuses_an_edit_of_an_old_revision,
    refuses_names_that_are_taken,
    says_when_the_roster_changed,
);

async fn seeds_what_is_absent_and_revises_what_changed(db: Database) {
    let seed = |specs| db.storage.agent_seed(specs, NOW);
    assert_eq!(seed(vec![spec("a"), spec("b")]).await.unwrap(), Seeded { created: 2, ..Seeded::default() });
    assert_eq!(seed(vec![spec("a"), spec("b")]).await.unwrap(), Seeded::default());
    let changed = AgentSpec { model: "gpt".to_owned(), ..spec("a") };
    assert_eq!(
        seed(vec![changed.clone(), spec("b")]).await.unwrap(),
        Seeded { revised: 1, ..Seeded::default() }
    );
    let agents = db.storage.agent_list(false).await.unwrap();
    assert_eq!(agents.iter().map(|agent| agent.revision).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(agents[0].spec, changed);
}

async fn keeps_what_a_person_edited_or_deleted(db: Database) {
    db.storage.agent_seed(vec![spec("a"), spec("b")], NOW).await.unwrap();
    let edited = AgentSpec { system_prompt: "Mine.".to_owned(), ..spec("a") };
    db.storage.agent_update(edited.clone(), None, "ann", later(1)).await.unwrap();
    db.storage.agent_delete(&agent("b"), later(1)).await.unwrap();
    let changed = ["a", "b"].map(|name| AgentSpec { model: "gpt".to_owned(), ..spec(name) });
    let seeded = db.storage.agent_seed(changed.into(), later(2)).await.unwrap();
    assert_eq!(seeded, Seeded { kept: 2, ..Seeded::default() });
    let agents = db.storage.agent_list(true).await.unwrap();
    assert_eq!(agents[0].spec, edited);
    assert_eq!((agents[1].spec.status, agents[1].deleted_at), (AgentStatus::Deleted, Some(later(1))));
    assert_eq!(db.storage.agent_list(false).await.unwrap().len(), 1);
}

async fn seeds_once_when_several_processes_start(db: Database) {
    let other = db.neighbour().await;
    let storages = [db.storage.clone(), other.clone(), db.storage.clone(), other.clone()];
    let seeds = storages
        .map(|storage| async move { storage.agent_seed(vec![spec("a"), spec("b")], NOW).await.unwrap() });
    let created: usize = join_all(seeds).await.iter().map(|seeded| seeded.created).sum();
    assert_eq!(created, 2);
    other.close().await;
}

async fn finds_by_id_and_alias(db: Database) {
    db.storage.agent_seed(vec![spec("tester")], NOW).await.unwrap();
    for name in ["tester", "tester-agent"] {
        assert_eq!(db.storage.agent_find(name).await.unwrap().unwrap().spec.id, agent("tester"));
    }
    assert!(db.storage.agent_find("nobody").await.unwrap().is_none());
    db.storage.agent_delete(&agent("tester"), NOW).await.unwrap();
    assert!(db.storage.agent_find("tester-agent").await.unwrap().is_none());
    assert!(db.storage.agent_find("tester").await.unwrap().unwrap().deleted_at.is_some());
    assert!(matches!(db.storage.agent_delete(&agent("tester"), NOW).await, Err(Error::NotFound("agent"))));
}

async fn makes_a_revision_of_every_edit(db: Database) {
    db.storage.agent_create(spec("a"), "ann", NOW).await.unwrap();
    for n in 2..5 {
        let edit = AgentSpec { name: format!("name {n}"), ..spec("a") };
        assert_eq!(db.storage.agent_update(edit, Some(n - 1), "bob", later(n)).await.unwrap().revision, n);
    }
    let revisions = db.storage.agent_revisions(&agent("a")).await.unwrap();
    assert_eq!(revisions.iter().map(|r| r.revision).collect::<Vec<_>>(), [4, 3, 2, 1]);
    assert_eq!((revisions[0].author.as_str(), revisions[3].author.as_str()), ("bob", "ann"));
    let first = db.storage.agent_revision(&agent("a"), 1).await.unwrap().unwrap();
    assert_eq!((first.spec, first.created_at), (spec("a"), NOW));
    assert!(db.storage.agent_revision(&agent("a"), 9).await.unwrap().is_none());
}

async fn refuses_an_edit_of_an_old_revision(db: Database) {
    db.storage.agent_create(spec("a"), "ann", NOW).await.unwrap();
    let edits = (0..6).map(|_| db.storage.agent_update(spec("a"), Some(1), "bob", NOW));
    let done = join_all(edits).await;
    assert_eq!(done.iter().filter(|edit| edit.is_ok()).count(), 1);
    assert!(done.iter().all(|edit| matches!(edit, Ok(_) | Err(Error::Conflict(_)))));
    let unknown = db.storage.agent_update(spec("nobody"), None, "bob", NOW).await;
    assert!(matches!(unknown, Err(Error::NotFound("agent"))));
}

async fn refuses_names_that_are_taken(db: Database) {
    db.storage.agent_create(spec("a"), "ann", NOW).await.unwrap();
    assert!(matches!(db.storage.agent_create(spec("a"), "ann", NOW).await, Err(Error::Conflict(_))));
    for alias in ["a", "a-agent"] {
        let thief = AgentSpec { aliases: vec![alias.to_owned()], ..spec("b") };
        assert!(matches!(db.storage.agent_create(thief, "ann", NOW).await, Err(Error::Conflict(_))));
    }
    // A refused agent leaves nothing behind.
    assert!(db.storage.agent_find("b").await.unwrap().is_none());
    db.storage.agent_create(spec("b"), "ann", NOW).await.unwrap();
}

async fn says_when_the_roster_changed(db: Database) {
    let start = db.storage.roster_version().await.unwrap();
    db.storage.agent_seed(vec![spec("a")], NOW).await.unwrap();
    let seeded = db.storage.roster_version().await.unwrap();
    assert!(seeded > start);
    db.storage.agent_seed(vec![spec("a")], NOW).await.unwrap();
    assert_eq!(db.storage.roster_version().await.unwrap(), seeded);
    db.storage.agent_delete(&agent("a"), NOW).await.unwrap();
    assert!(db.storage.roster_version().await.unwrap() > seeded);
}
