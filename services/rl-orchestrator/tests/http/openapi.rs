//! The contract in `openapi/rl-orchestrator.json` is the one that is served.

use service_kit::Settings;
use storage::{Storage, StorageOptions};

#[tokio::test]
async fn the_document_is_the_one_in_git() {
    let storage = Storage::open(&StorageOptions::new("sqlite::memory:")).await.unwrap();
    storage.migrate().await.unwrap();
    let settings = Settings::with([("LIGHTNING__ORCHESTRATOR__PORT", "0")]).unwrap();
    let app = rl_orchestrator::build_on(&settings, storage).await.unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/rl-orchestrator.json");
    let served = app.openapi_json();
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(path, &served).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == served, "the contract changed: look at it, then run this test with UPDATE_OPENAPI=1");
}
