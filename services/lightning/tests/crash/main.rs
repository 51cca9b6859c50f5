//! `kill -9` between any two steps of the walk: four processes on one database, one of them killed by itself at a named point,
//! started again, and then the books are checked: the task ends, once, with one reward, and no step ran twice.

#![allow(clippy::unwrap_used)]

#[path = "../../../../tests/e2e/database.rs"]
mod database;
mod process;

use std::collections::BTreeSet;
use std::path::Path;

use database::Database;
use process::{Cluster, SERVICES};
use serde_json::{Value, json};

const POINTS: &[&str] = &[
    "orchestrator.assigned",
    "orchestrator.before_dispatch",
    "orchestrator.dispatched",
    "orchestrator.marked",
    "orchestrator.before_settle",
    "orchestrator.settled",
    "orchestrator.learned",
    "execution.run_inserted",
    "execution.run_claimed",
    "execution.intent_committed",
    "execution.model_answered",
    "execution.result_committed",
    "execution.before_finish",
    "execution.finished",
];

/// Where a firing of a schedule can break off.
const SCHEDULE_POINTS: &[&str] = &["orchestrator.before_schedule_step", "orchestrator.schedule_stepped"];

mod sqlite {
    use super::*;

    #[tokio::test]
    async fn killed_while_a_schedule_fires_its_task_is_made_once() {
        for point in SCHEDULE_POINTS {
            fires_once(Database::sqlite(), point).await;
        }
    }

    #[tokio::test]
    async fn killed_at_any_point_the_task_ends_once_with_one_reward() {
        for point in POINTS {
            survives(Database::sqlite(), point).await;
        }
    }

    #[tokio::test]
    async fn any_service_killed_from_outside_under_load_loses_nothing() {
        loses_nothing(Database::sqlite()).await;
    }
}

mod postgres {
    use super::*;

    #[tokio::test]
    async fn killed_while_a_schedule_fires_its_task_is_made_once() {
        for point in SCHEDULE_POINTS {
            let Some(database) = Database::postgres().await else { return };
            fires_once(database, point).await;
        }
    }

    #[tokio::test]
    async fn killed_at_any_point_the_task_ends_once_with_one_reward() {
        for point in POINTS {
            let Some(database) = Database::postgres().await else { return };
            survives(database, point).await;
        }
    }

    #[tokio::test]
    async fn any_service_killed_from_outside_under_load_loses_nothing() {
        let Some(database) = Database::postgres().await else { return };
        loses_nothing(database).await;
    }
}

async fn survives(database: Database, point: &str) {
    let mut cluster = Cluster::start(database, Some(point)).await;
    let request = json!({"task_id": "survivor", "description": "What is 17.5% of 2,480?"});
    let first = cluster.post("orchestrator", "/assign-task", &request).await;
    cluster.restart_the_one_that_died(point).await;
    // A caller that got no answer asks again; one that got a 200 need not.
    if first.is_none_or(|answer| answer["status"] != "assigned") {
        let again = cluster.post("orchestrator", "/assign-task", &request).await.unwrap();
        assert_eq!(again["task_id"], "survivor", "{point}: {again}");
    }
    let ended = cluster.ended("survivor").await;
    assert_eq!(ended["status"], "completed", "{point}: {ended}");
    check_books(&cluster, point, &ended).await;
    cluster.stop().await;
}

async fn fires_once(database: Database, point: &str) {
    let mut cluster = Cluster::start(database, Some(point)).await;
    // The only such second before its end.
    let soon = chrono::Utc::now() + chrono::TimeDelta::seconds(3);
    let ends_at = (soon + chrono::TimeDelta::seconds(30)).to_rfc3339();
    let request = json!({
        "schedule_id": "once", "cron": format!("{} * * * * *", soon.format("%-S")), "ends_at": ends_at,
        "task": {"description": "What is 17.5% of 2,480?"},
    });
    let made = cluster.post("orchestrator", "/schedules", &request).await.unwrap();
    assert_eq!(made["status"], "active", "{point}: {made}");
    cluster.restart_the_one_that_died(point).await;
    let due = made["next_at"].as_str().unwrap();
    let id = format!("once:{}", chrono::DateTime::parse_from_rfc3339(due).unwrap().format("%Y%m%dT%H%M%SZ"));
    let ended = cluster.ended(&id).await;
    assert_eq!(ended["status"], "completed", "{point}: {ended}");
    let schedule = cluster.get("orchestrator", "/schedules/once").await.unwrap();
    assert_eq!(
        (&schedule["fired"], &schedule["status"]),
        (&json!(1), &json!("ended")),
        "{point}: {schedule}"
    );
    assert_eq!(cluster.get("orchestrator", "/tasks").await.unwrap()["count"], 1, "{point}");
    cluster.stop().await;
}

async fn check_books(cluster: &Cluster, point: &str, ended: &Value) {
    let run = cluster.get("execution", "/api/v1/tasks/survivor").await.unwrap();
    assert_eq!(run["status"], "completed", "{point}");
    assert_eq!(run["result"], ended["result"], "{point}");
    let numbers: Vec<_> =
        run["steps"].as_array().unwrap().iter().map(|step| step["number"].as_u64().unwrap()).collect();
    let expected: Vec<_> = (1..=numbers.len() as u64).collect();
    assert_eq!(numbers, expected, "{point}: every step once, without gaps");
    assert!(run["steps"].as_array().unwrap().iter().all(|step| !step["result"].is_null()), "{point}: {run}");

    let log = cluster.text("rl", "/experiences?limit=100").await;
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 1, "{point}: one task, one reward: {log}");
    assert_eq!(lines[0]["reward"], ended["reward"], "{point}");
}

async fn loses_nothing(database: Database) {
    let mut cluster = Cluster::start(database, None).await;
    let mut acknowledged = BTreeSet::new();
    // All have ended before the same service is killed again: a run that loses two workers waits for a person, rightly.
    for half in [0, SERVICES.len()] {
        for (place, service) in SERVICES.iter().enumerate() {
            acknowledged.extend(load(&cluster, half + place).await);
            cluster.kill(service).await;
            cluster.restart(service).await;
        }
        for id in &acknowledged {
            let ended = cluster.ended(id).await;
            assert_eq!(ended["status"], "completed", "{ended}");
        }
    }
    assert!(acknowledged.len() >= 40, "too few were answered to prove anything: {}", acknowledged.len());
    let log = cluster.text("rl", "/experiences?limit=10000").await;
    let rewarded: Vec<_> = log
        .lines()
        .map(|l| serde_json::from_str::<Value>(l).unwrap()["task_id"].as_str().unwrap().to_owned())
        .collect();
    let once: BTreeSet<_> = rewarded.iter().cloned().collect();
    assert_eq!(rewarded.len(), once.len(), "a reward counted twice");
    assert!(acknowledged.is_subset(&once), "a reward is missing");
    cluster.stop().await;
}

/// Ten tasks; those that were answered.
async fn load(cluster: &Cluster, round: usize) -> Vec<String> {
    let mut answered = Vec::new();
    for n in 0..10 {
        let id = format!("load-{round}-{n}");
        let request = json!({"task_id": id, "description": format!("What is {round} * 100 + {n}?")});
        let answer = cluster.post("orchestrator", "/assign-task", &request).await;
        if answer.is_some_and(|answer| answer["status"] == "assigned") {
            answered.push(id);
        }
    }
    answered
}

/// The list above is the list in the source.
#[test]
fn every_point_in_the_source_is_walked_through() {
    let services = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = BTreeSet::new();
    for service in ["rl-orchestrator", "execution-api", "model-service", "rl-server"] {
        collect(&services.join(service).join("src"), &mut found);
    }
    let listed: BTreeSet<_> = POINTS.iter().chain(SCHEDULE_POINTS).map(|point| (*point).to_owned()).collect();
    assert_eq!(found, listed);
}

fn collect(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap();
        let points =
            source.split("crash_point(\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
        found.extend(points);
    }
}
