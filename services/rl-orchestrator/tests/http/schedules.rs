//! Schedules over HTTP: what they refuse, when they fire, and that two orchestrators fire once.

use serde_json::{Value, json};
use storage::{NewSchedule, Page, ScheduleSpec, TaskFilter};
use task_model::{Micros, Missed, Overlap, ScheduleId, TenantId};

use crate::support::{World, now};

const EVERY_SECOND: &[(&str, &str)] = &[("LIGHTNING__ORCHESTRATOR__SCHEDULE_PERIOD_MIN_MS", "1000")];

fn input(id: &str, cron: &str) -> Value {
    json!({"schedule_id": id, "cron": cron, "time_zone": "Europe/Vienna", "task": {"description": "Test task"}})
}

/// A schedule whose next firing was due long ago, as after an outage.
async fn overdue(world: &World, id: &str, missed: Missed, due_at: Micros) {
    let spec = ScheduleSpec {
        tenant: TenantId::default(),
        cron: "0 * * * *".into(),
        time_zone: "UTC".into(),
        task_json: r#"{"description":"Test task"}"#.into(),
        missed,
        catch_up_max: 3,
        overlap: Overlap::Allow,
        starts_at: None,
        ends_at: None,
    };
    let schedule_id = ScheduleId::parse(id).unwrap();
    let new = NewSchedule { schedule_id, spec, next_at: Some(due_at), at: due_at, tenant_max: 99 };
    world.storage.schedule_create(new).await.unwrap();
}

async fn ids(world: &World) -> Vec<String> {
    let tasks = world.storage.task_list(&TaskFilter::default(), &Page::first(500)).await.unwrap();
    let mut ids: Vec<_> = tasks.items.iter().map(|task| task.task.task_id.to_string()).collect();
    ids.sort();
    ids
}

/// The schedule when nothing of it is due any more.
async fn caught_up(world: &World, id: &str) -> Value {
    world
        .until(|| async {
            let schedule = world.get(&format!("/schedules/{id}")).await.ok();
            let next = service_api::from_rfc3339(schedule["next_at"].as_str()?).unwrap();
            (next > now()).then_some(schedule)
        })
        .await
}

#[tokio::test]
async fn a_schedule_is_made_shown_edited_and_deleted() {
    let world = World::start().await;
    let made = world.post("/schedules", input("nightly", "30 2 * * *")).await;
    assert_eq!(made.status.as_u16(), 201, "{}", made.text);
    let again = world.post("/schedules", input("nightly", "30 2 * * *")).await.ok();
    assert_eq!(again["revision"], 1);
    assert_eq!(
        world.post("/schedules", input("nightly", "31 2 * * *")).await.problem(409)["code"],
        "SCHEDULE_EXISTS"
    );

    let shown = world.get("/schedules/nightly").await.ok();
    let firings = shown["next_firings"].as_array().unwrap();
    assert_eq!((firings.len(), &shown["status"]), (5, &json!("active")), "{shown}");
    assert!(
        firings.iter().all(|at| at.as_str().unwrap().contains("T02:30:00+0")
            || at.as_str().unwrap().contains("T03:00:00+02")),
        "{shown}"
    );
    assert_eq!(shown["task"]["description"], "Test task");

    let edit = |revision: i64| {
        let mut edit = input("nightly", "@hourly");
        edit["revision"] = json!(revision);
        world.send(world.request(reqwest::Method::PUT, "/schedules/nightly").json(&edit))
    };
    assert_eq!(edit(1).await.ok()["revision"], 2);
    assert_eq!(edit(1).await.problem(409)["code"], "SCHEDULE_CHANGED");
    let paused = world.post("/schedules/nightly/pause", json!({})).await.ok();
    assert_eq!((&paused["status"], &paused["next_at"]), (&json!("paused"), &Value::Null));
    assert_eq!(world.post("/schedules/nightly/resume", json!({})).await.ok()["status"], "active");
    assert_eq!(world.get("/schedules?tenant=default").await.ok()["count"], 1);
    assert_eq!(world.get("/schedules?tenant=acme").await.ok()["count"], 0);
    world.send(world.request(reqwest::Method::DELETE, "/schedules/nightly")).await.ok();
    for path in ["/schedules/nightly/pause", "/schedules/nightly/resume", "/schedules/nightly/run"] {
        world.post(path, json!({})).await.problem(404);
    }
    world.stop().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_schedule_is_named() {
    let world = World::start().await;
    let with = |member: &str, value: Value| {
        let mut body = input("s", "0 6 * * *");
        body[member] = value;
        body
    };
    for (body, field) in [
        (input("s", "every day"), "cron"),
        (input("s", "0 0 31 2 *"), "cron"),
        (input("s", "* * * * * *"), "cron"),
        (with("time_zone", json!("Vienna")), "time_zone"),
        (with("schedule_id", json!("x".repeat(91))), "schedule_id"),
        (with("missed", json!("some")), "missed"),
        (with("overlap", json!("maybe")), "overlap"),
        (with("catch_up_max", json!(0)), "catch_up_max"),
        (with("starts_at", json!("soon")), "starts_at"),
        (with("ends_at", json!("2020-01-01T00:00:00Z")), "ends_at"),
        (with("task", json!({"description": ""})), "task.description"),
        (with("task", json!({"description": "Test task", "task_id": "t"})), "task.task_id"),
        (
            with("task", json!({"description": "Test task", "deadline": "2030-01-01T00:00:00Z"})),
            "task.deadline",
        ),
    ] {
        let problem = world.post("/schedules", body.clone()).await.problem(422);
        assert_eq!(problem["errors"][0]["field"], field, "{body}: {problem}");
    }
    assert_eq!(world.get("/schedules").await.ok()["count"], 0);
    world.stop().await;
}

#[tokio::test]
async fn a_tenant_has_a_limited_number_of_schedules() {
    let world = World::with(&[("LIGHTNING__ORCHESTRATOR__SCHEDULES_MAX", "1")]).await;
    world.post("/schedules", input("a", "@daily")).await;
    let problem = world.post("/schedules", input("b", "@daily")).await.problem(409);
    assert_eq!((&problem["code"], &problem["limit"]), (&json!("SCHEDULE_LIMIT"), &json!(1)));
    let mut other = input("b", "@daily");
    other["task"]["tenant"] = json!("acme");
    assert_eq!(world.post("/schedules", other).await.status.as_u16(), 201);
    world.stop().await;
}

#[tokio::test]
async fn two_orchestrators_on_one_database_fire_once() {
    let world = World::with(EVERY_SECOND).await;
    let other = world.beside(EVERY_SECOND).await;
    assert_eq!(world.post("/schedules", input("tick", "* * * * * *")).await.status.as_u16(), 201);
    let schedule = world
        .until(|| async {
            let schedule = other.get("/schedules/tick").await.ok();
            (schedule["fired"].as_i64() >= Some(4)).then_some(schedule)
        })
        .await;
    world.post("/schedules/tick/pause", json!({})).await.ok();
    let fired = world.get("/schedules/tick").await.ok()["fired"].as_u64().unwrap();
    let tasks = ids(&world).await;
    assert_eq!(tasks.len() as u64, fired, "{tasks:?}");
    assert!(tasks.iter().all(|id| id.starts_with("tick:20") && id.ends_with('Z')), "{tasks:?}");
    let last = schedule["last_task_id"].as_str().unwrap();
    assert_eq!(world.ended(last).await["status"], "completed");
    other.stop().await;
    world.stop().await;
}

#[tokio::test]
async fn after_an_outage_missed_firings_are_made_up_for_as_wanted() {
    let world = World::start().await;
    let hour = 3_600_000_000;
    let this_hour = Micros(now().0 / hour * hour);
    let due_at = Micros(this_hour.0 - 10 * hour);
    for (id, missed) in [("skip", Missed::Skip), ("last", Missed::Last), ("all", Missed::All)] {
        overdue(&world, id, missed, due_at).await;
    }
    let mut fired = Vec::new();
    for id in ["skip", "last", "all"] {
        fired.push(caught_up(&world, id).await["fired"].as_i64().unwrap());
    }
    // Right after the full hour the newest firing is not missed but in time.
    let in_time = i64::from(now().0 - this_hour.0 < 40_000_000);
    assert!((fired[0] == 0 || in_time == 1) && fired[1..] == [1, 3], "{fired:?}");
    let tasks = ids(&world).await;
    assert!(tasks.iter().filter(|id| id.starts_with("all:")).count() == 3, "{tasks:?}");
    world.stop().await;
}

#[tokio::test]
async fn a_firing_that_nobody_can_take_is_shown_on_the_schedule() {
    let world = World::with(EVERY_SECOND).await;
    let mut salad = input("salad", "* * * * * *");
    salad["task"]["description"] = json!("xyz abc def ghi jkl mno pqr stu vwx");
    world.post("/schedules", salad).await;
    let schedule = world
        .until(|| async {
            let schedule = world.get("/schedules/salad").await.ok();
            (schedule["refused"].as_i64() > Some(0)).then_some(schedule)
        })
        .await;
    assert_eq!(schedule["last_refusal"]["code"], "INSUFFICIENT_CONFIDENCE", "{schedule}");
    assert_eq!((&schedule["fired"], &schedule["last_firing"]["outcome"]), (&json!(0), &json!("refused")));
    assert!(ids(&world).await.is_empty());
    world.stop().await;
}

#[tokio::test]
async fn a_run_on_demand_needs_no_firing_and_is_made_once_by_its_key() {
    let world = World::start().await;
    world.post("/schedules", input("yearly", "@yearly")).await;
    world.post("/schedules/yearly/pause", json!({})).await.ok();
    let run = || world.post("/schedules/yearly/run", json!({"idempotency_key": "once"}));
    let first = run().await.ok();
    let again = run().await;
    assert_eq!(again.headers["idempotent-replay"], "true");
    assert_eq!(first["task_id"], again.ok()["task_id"]);
    let id = first["task_id"].as_str().unwrap();
    assert!(id.starts_with("yearly:run-"), "{id}");
    assert_eq!(world.ended(id).await["status"], "completed");
    let other = world.post("/schedules/yearly/run", json!({})).await.ok();
    assert_ne!(other["task_id"], first["task_id"]);
    assert_eq!(world.get("/schedules/yearly").await.ok()["last_task_id"], other["task_id"]);
    world.stop().await;
}
