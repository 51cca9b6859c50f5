//! `/v1/embeddings` without and with a provider.

use serde_json::json;

use crate::support::{Provider, Reply, Service};

#[tokio::test]
async fn the_default_needs_no_provider_and_names_itself() {
    let service = Service::offline().await;
    let request = json!({"input": ["release checklist", "checklist for a release"], "dimensions": 64});
    let (status, body) = service.ask("/v1/embeddings", request).await;
    assert_eq!((status, &body["model"]), (200, &json!("hashed-ngram")));
    assert_eq!(body["data"][1]["embedding"].as_array().unwrap().len(), 64);
    assert_eq!(body["data"][1]["index"], 1);
}

#[tokio::test]
async fn base64_holds_little_endian_floats() {
    let service = Service::offline().await;
    let request =
        json!({"model": "hashed-ngram", "input": "a", "dimensions": 3, "encoding_format": "base64"});
    let (_, body) = service.ask("/v1/embeddings", request).await;
    assert_eq!(body["data"][0]["embedding"].as_str().unwrap().len(), 16, "12 bytes");
}

#[tokio::test]
async fn a_providers_model_is_asked_there() {
    let answer = json!({"data": [{"index": 0, "embedding": [0.5, 0.5]}], "usage": {"prompt_tokens": 3, "total_tokens": 3}});
    let provider = Provider::start([Reply::Json(200, answer)]).await;
    let service = Service::with_openai(&provider).await;
    let (status, body) =
        service.ask("/v1/embeddings", json!({"model": "text-embedding-3-small", "input": "x"})).await;
    assert_eq!((status, &body["data"][0]["embedding"]), (200, &json!([0.5, 0.5])));
    assert_eq!(provider.asked()[0].path, "/v1/embeddings");
}
