//! The contract shows in git.

#![allow(clippy::unwrap_used)]

use service_kit::Settings;

const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/rl-server.json");

#[tokio::test]
async fn the_document_is_the_one_in_git() {
    let settings = Settings::with([("DATABASE_URL", "sqlite::memory:")]).unwrap();
    let served = rl_server::build(&settings).await.unwrap().openapi_json();
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(SNAPSHOT, &served).unwrap();
    }
    let kept = std::fs::read_to_string(SNAPSHOT).unwrap();
    assert!(
        served == kept,
        "openapi/rl-server.json differs; UPDATE_OPENAPI=1 cargo test -p rl-server openapi rewrites it"
    );
}
