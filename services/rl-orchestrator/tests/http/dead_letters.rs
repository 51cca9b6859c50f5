//! Dead letters: found by their filters, tried again in one call, each once.

use serde_json::{Value, json};

use storage::TaskError;
use task_model::TaskId;

use crate::support::{Ending, World, now};

async fn failed(world: &World, id: &str, tenant: &str) {
    let body = json!({"task_id": id, "description": "Test task", "tenant": tenant, "max_attempts": 1});
    world.post("/assign-task", body).await.ok();
    assert_eq!(world.ended(id).await["status"], "failed");
}

fn ids(answer: &Value, of: &str) -> Vec<String> {
    let items = answer[of].as_array().unwrap().iter();
    let mut ids: Vec<_> =
        items.map(|one| one.as_str().or(one["task_id"].as_str()).unwrap().to_owned()).collect();
    ids.sort();
    ids
}

async fn letters(world: &World, query: &str) -> Vec<String> {
    ids(&world.get(&format!("/dead-letters{query}")).await.ok(), "dead_letters")
}

#[tokio::test]
async fn dead_letters_are_the_tasks_that_failed_and_no_others() {
    let world = World::start().await;
    world.assign("well", "Test task").await;
    world.ended("well").await;
    world.execution.script(|_| Ending::AgentFails);
    failed(&world, "a", "acme").await;
    failed(&world, "b", "other").await;
    assert_eq!(letters(&world, "").await, ["a", "b"]);
    assert_eq!(letters(&world, "").await, ids(&world.get("/tasks?status=failed").await.ok(), "tasks"));
    assert_eq!(letters(&world, "?tenant=acme&reason=failed").await, ["a"]);
    assert!(letters(&world, "?reason=needs_review").await.is_empty());
    assert!(letters(&world, "?reason=poison").await.is_empty());
    let all = world.get("/dead-letters").await.ok();
    let code = all["dead_letters"][0]["code"].as_str().unwrap();
    assert_eq!(letters(&world, &format!("?code={code}")).await, ["a", "b"]);
    assert!(letters(&world, "?code=ANOTHER").await.is_empty());
    assert_eq!(all["dead_letters"][0]["reason"], "failed");
    let first = world.get("/dead-letters?limit=1").await.ok();
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(letters(&world, &format!("?limit=1&cursor={cursor}")).await, ["a"]);
    for (query, field) in [
        ("reason=dead", "reason"),
        ("limit=0", "limit"),
        ("since=soon", "since"),
        ("reason=poison&code=X", "code"),
    ] {
        assert_eq!(
            world.get(&format!("/dead-letters?{query}")).await.problem(422)["errors"][0]["field"],
            field
        );
    }
    world.stop().await;
}

/// A run of this task in the hands of nobody, its worker having died `deaths` times.
async fn run_of(world: &World, id: &str, deaths: i64) {
    world.assign(id, "Test task").await;
    world.until(|| async { world.storage.run_find(&TaskId::parse(id).unwrap(), None).await.unwrap() }).await;
    for death in 1..=deaths {
        let at = now().plus_millis(death * 10_000);
        let session = world.storage.session_open("dies", 9, 5_000, at).await.unwrap();
        assert_eq!(world.storage.run_claim(&session.session_id, 9, at).await.unwrap().len(), 1);
        world.storage.sessions_reap(at.plus_millis(9_000)).await.unwrap();
    }
}

#[tokio::test]
async fn what_waits_for_a_person_is_a_dead_letter_that_nobody_tries_again_by_the_dozen() {
    let world = World::start().await;
    world.execution.work(false);
    run_of(&world, "poison", 2).await;
    run_of(&world, "unknown", 0).await;
    let session = world.storage.session_open("asks", 9, 60_000, now()).await.unwrap();
    let run = world.storage.run_claim(&session.session_id, 9, now()).await.unwrap().remove(0);
    let why = TaskError { code: "EFFECT_UNKNOWN".into(), message: "did it happen?".into() };
    world.storage.run_review(run.lease(), why).await.unwrap();

    assert_eq!(letters(&world, "?reason=needs_review").await, ["poison", "unknown"]);
    assert_eq!(letters(&world, "?reason=poison").await, ["poison"]);
    assert_eq!(letters(&world, "?reason=needs_review&code=EFFECT_UNKNOWN").await, ["unknown"]);
    assert!(letters(&world, "?reason=failed").await.is_empty());
    let all = world.get("/dead-letters").await.ok();
    for letter in all["dead_letters"].as_array().unwrap() {
        let poison = letter["task_id"] == "poison";
        let told = (&letter["status"], &letter["reason"], &letter["code"]);
        let (reason, code) = if poison { ("poison", "POISON") } else { ("needs_review", "EFFECT_UNKNOWN") };
        assert_eq!(told, (&json!("needs_review"), &json!(reason), &json!(code)), "{letter}");
    }
    let redriven = world.post("/dead-letters/redrive", json!({})).await.ok();
    assert_eq!((&redriven["selected"], &redriven["redriven"]), (&json!(0), &json!(0)), "{redriven}");
    world.stop().await;
}

#[tokio::test]
async fn failed_tasks_are_tried_again_together_and_each_once() {
    let world = World::start().await;
    world.execution.script(|_| Ending::AgentFails);
    for id in ["a", "b", "c"] {
        failed(&world, id, "acme").await;
    }
    failed(&world, "d", "other").await;
    let call = |more: Value| {
        let mut body = json!({"tenant": "acme", "idempotency_key": "outage", "limit": 2});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.post("/dead-letters/redrive", body)
    };
    let dry = call(json!({"dry_run": true})).await.ok();
    assert_eq!(
        (ids(&dry, "task_ids"), &dry["redriven"], &dry["more"]),
        (vec!["a".into(), "b".into()], &json!(0), &json!(true))
    );
    let done = call(json!({})).await.ok();
    assert_eq!(
        (ids(&done, "task_ids"), &done["redriven"]),
        (vec!["a".into(), "b".into()], &json!(2)),
        "{done}"
    );
    for id in ["a", "b"] {
        world
            .until(|| async {
                let task = world.get(&format!("/tasks/{id}")).await.ok();
                (task["attempt"] == 2 && task["status"] == "failed").then_some(())
            })
            .await;
    }
    // They failed again; the same call is about the attempts of then.
    let again = call(json!({})).await.ok();
    assert_eq!((ids(&again, "task_ids"), &again["redriven"]), (vec!["a".into(), "b".into()], &json!(2)));
    for (id, attempt) in [("a", 2), ("b", 2), ("c", 1), ("d", 1)] {
        assert_eq!(world.get(&format!("/tasks/{id}")).await.ok()["attempt"], attempt, "{id}");
    }
    assert_eq!(call(json!({"tenant": "other"})).await.problem(409)["code"], "KEY_USED");
    world.execution.script(|_| Ending::Completed);
    let rest = world.post("/dead-letters/redrive", json!({})).await.ok();
    assert_eq!(
        (ids(&rest, "task_ids").len(), &rest["more"], &rest["refused"]),
        (4, &json!(false), &json!([]))
    );
    for id in ["a", "b", "c", "d"] {
        assert_eq!(world.ended(id).await["status"], "completed");
    }
    assert!(letters(&world, "").await.is_empty());
    world.stop().await;
}
