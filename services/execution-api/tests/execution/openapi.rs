//! The contract in `openapi/execution-api.json` is what the service serves. `UPDATE_OPENAPI=1` writes it anew.

use std::path::Path;

use crate::harness::Harness;

#[tokio::test]
async fn the_committed_contract_is_the_served_one() {
    let api = Harness::start().await;
    let served =
        api.request(reqwest::Method::GET, "/openapi.json").send().await.unwrap().text().await.unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi/execution-api.json");
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &served).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == served,
        "the contract changed: look at the difference and run again with UPDATE_OPENAPI=1"
    );
}

#[tokio::test]
async fn every_operation_documents_its_errors() {
    let api = Harness::start().await;
    let (_, document) = api.get("/openapi.json").await;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.contains_key("4XX") && responses.contains_key("5XX"), "{method} {path}");
        }
    }
}
