//! Keys and roles, where every call needs one.

use serde_json::json;

use crate::database::Database;
use crate::stack::Stack;
use service_kit::access::{hash_key, mint_key};
use storage::{ApiKey, Storage, StorageOptions};
use task_model::Micros;

/// A key as `lightning key create` stores it.
async fn key(storage: &Storage, role: &str) -> String {
    use secrecy::ExposeSecret;
    let secret = mint_key(&mut rand::rng());
    let sha256 =
        hash_key(secret.expose_secret().as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let record = ApiKey {
        key_id: format!("key_{role}"),
        name: role.into(),
        role: role.into(),
        sha256,
        created_at: Micros(1),
        expires_at: None,
        revoked_at: None,
    };
    storage.key_create(record).await.unwrap();
    secret.expose_secret().to_owned()
}

mod roles_open_what_they_should_and_a_revoked_key_opens_nothing {
    use super::*;

    #[tokio::test]
    async fn sqlite() {
        guarded(Database::sqlite()).await;
    }

    #[tokio::test]
    async fn postgres() {
        if let Some(database) = Database::postgres().await {
            guarded(database).await;
        }
    }
}

async fn guarded(database: Database) {
    let storage = Storage::open(&StorageOptions::new(&database.url)).await.unwrap();
    storage.migrate().await.unwrap();
    let (viewer, submitter) = (key(&storage, "viewer").await, key(&storage, "submitter").await);
    let variables = [
        ("LIGHTNING__AUTH__MODE", "keys"),
        ("LIGHTNING__AUTH__SERVICE_KEY", "al_service_key_of_this_test_0123456789"),
    ];
    let stack = Stack::start_with(database, &variables).await;

    let task = || json!({"task_id": "guarded", "description": "What is 2 + 2?"});
    stack.orchestrator.post("/assign-task", task()).await.problem(401);
    stack.orchestrator.with_key("al_wrong").post("/assign-task", task()).await.problem(401);
    stack.orchestrator.with_key(&viewer).post("/assign-task", task()).await.problem(403);
    stack.orchestrator.with_key(&submitter).post("/assign-task", task()).await.ok();
    // The services talk to one another with their own key, so the task still runs to its end.
    let ended = stack.orchestrator.with_key(&viewer).ended("guarded").await;
    assert_eq!(ended["status"], "completed", "{ended}");
    stack.execution.with_key(&submitter).post("/agents", json!({"id": "x", "name": "X"})).await.problem(403);
    assert_eq!(stack.orchestrator.get("/health").await.status, 200);

    let stream = stack.orchestrator.with_key(&viewer).open("/events?after=0").await;
    assert!(storage.key_revoke("key_viewer", Micros(2)).await.unwrap());
    while stack.orchestrator.with_key(&viewer).get("/tasks/guarded").await.status != 401 {
        tokio::task::yield_now().await;
    }
    let told = stream.text().await.unwrap();
    assert!(told.contains("guarded"), "a revoked key ends its streams, too: {told}");
    storage.close().await;
}
