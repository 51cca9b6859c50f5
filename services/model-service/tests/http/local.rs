//! Models in this process, over the same routes as all others.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::tiny_model::{write_bert, write_speller};
use crate::support::{Service, chat, read};

const CALL: &str = r#"<tool_call>{"name": "add", "arguments": {"a": 1}}</tool_call>"#;
/// "?" → "Works."; "!" (which stands behind told tools) → a call.
const SAYS: [(&str, &str); 7] =
    [("?", "W"), ("W", "o"), ("o", "r"), ("r", "k"), ("k", "s"), ("s", "."), ("!", CALL)];

struct Local {
    service: Service,
    _folders: [TempDir; 2],
}

async fn start() -> Local {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    write_speller(folders[0].path(), &[CALL], &SAYS);
    write_bert(folders[1].path());
    let [tiny, bert] = folders.each_ref().map(|folder| folder.path().display());
    let list = format!(r#"[{{ name = "tiny", path = "{tiny}" }}, {{ name = "bert", path = "{bert}" }}]"#);
    let service = Service::start(&[("LIGHTNING__MODELS__LOCAL", &list)]).await;
    Local { service, _folders: folders }
}

fn asking(text: &str, change: Value) -> Value {
    let mut request = chat(text, &[]);
    request["model"] = json!("local/tiny");
    request["temperature"] = json!(0);
    request.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    request
}

#[tokio::test]
async fn a_model_on_this_machine_answers_for_nothing_and_is_the_default() {
    let local = start().await;
    let (status, body) = local.service.ask("/v1/chat/completions", chat("does it work?", &[])).await;
    assert_eq!((status, &body["choices"][0]["message"]["content"]), (200, &json!("Works.")), "{body}");
    assert_eq!(body["choices"][0]["finish_reason"], "stop");
    assert_eq!(body["provider"], "local");
    let (read, written) = ("user:does it work?".len(), 7);
    assert_eq!(body["usage"]["prompt_tokens"], read);
    assert_eq!(
        (&body["usage"]["completion_tokens"], &body["usage"]["cost_usd"]),
        (&json!(written), &json!(0.0))
    );
    let costs =
        local.service.stop().await.model_costs(storage::CostGroup::Provider, None, None).await.unwrap();
    assert_eq!((costs[0].group.as_str(), costs[0].calls), ("local", 1));
}

#[tokio::test]
async fn its_words_come_as_they_are_written() {
    let local = start().await;
    let request = asking("work?", json!({"stream": true, "stream_options": {"include_usage": true}}));
    let sent = local.service.post("/v1/chat/completions").json(&request).send().await.unwrap();
    let text = sent.text().await.unwrap();
    let chunks: Vec<Value> = text
        .lines()
        .filter_map(|line| line.strip_prefix("data: ").filter(|data| *data != "[DONE]"))
        .map(|data| serde_json::from_str(data).unwrap())
        .collect();
    let said: Vec<&str> =
        chunks.iter().filter_map(|c| c["choices"][0]["delta"]["content"].as_str()).collect();
    assert_eq!(said, ["W", "o", "r", "k", "s", "."]);
    assert_eq!(chunks.last().unwrap()["usage"]["completion_tokens"], 7);
}

#[tokio::test]
async fn it_calls_tools() {
    let local = start().await;
    let tools = json!([{"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}]);
    for stream in [false, true] {
        let request = asking("add 1", json!({"tools": tools, "stream": stream}));
        let sent = local.service.post("/v1/chat/completions").json(&request).send().await.unwrap();
        let text = sent.text().await.unwrap();
        assert!(text.contains(r#""name":"add""#) && text.contains(r#"{\"a\":1}"#), "{text}");
        assert!(text.contains(r#""finish_reason":"tool_calls""#) && !text.contains("tool_call>"), "{text}");
    }
}

#[tokio::test]
async fn anthropics_clients_reach_it_too() {
    let local = start().await;
    let request =
        json!({"model": "local/tiny", "max_tokens": 3, "messages": [{"role": "user", "content": "work?"}]});
    let (status, body) = local.service.ask("/v1/messages", request).await;
    assert_eq!((status, &body["content"][0]["text"]), (200, &json!("Wor")), "{body}");
    assert_eq!(body["stop_reason"], "max_tokens");
}

#[tokio::test]
async fn what_it_cannot_do_is_said() {
    let local = start().await;
    let long = "a".repeat(200);
    let (status, body) = local.service.ask("/v1/chat/completions", asking(&long, json!({}))).await;
    assert_eq!((status, body["code"].as_str()), (422, Some("PROVIDER_REJECTED")), "{body}");
    assert!(body["detail"].as_str().unwrap().contains("context window"), "{body}");
    let schema = json!({"response_format": {"type": "json_object"}});
    let (status, body) = local.service.ask("/v1/chat/completions", asking("?", schema)).await;
    assert!(status == 422 && body["detail"].as_str().unwrap().contains("response_format"), "{body}");
    let mut other = asking("?", json!({}));
    other["model"] = json!("local/bert");
    assert_eq!(local.service.ask("/v1/chat/completions", other).await.0, 422);
    let (status, body) =
        local.service.ask("/v1/embeddings", json!({"model": "local/tiny", "input": "a"})).await;
    assert!(status == 422 && body["detail"].as_str().unwrap().contains("embeddings"), "{body}");
}

#[tokio::test]
async fn it_makes_vectors() {
    let local = start().await;
    let request = json!({"model": "local/bert", "input": ["ab", "abc", "ab"]});
    let (status, body) = local.service.ask("/v1/embeddings", request).await;
    let vectors: Vec<Vec<f64>> = body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| serde_json::from_value(one["embedding"].clone()).unwrap())
        .collect();
    assert_eq!(
        (status, vectors.len(), vectors[0].len(), &body["usage"]["prompt_tokens"]),
        (200, 3, 4, &json!(7))
    );
    assert!(vectors[0] == vectors[2] && vectors[0] != vectors[1]);
    let (status, _) = local
        .service
        .ask("/v1/embeddings", json!({"model": "local/bert", "input": "a", "dimensions": 3}))
        .await;
    assert_eq!(status, 422);
}

#[tokio::test]
async fn its_models_are_listed_with_what_they_can() {
    let local = start().await;
    let (_, list) = read(local.service.get("/models").send().await.unwrap()).await;
    let find = |id: &str| list["items"].as_array().unwrap().iter().find(|m| m["id"] == id).cloned().unwrap();
    assert_eq!(find("local/tiny")["context_tokens"], 128);
    assert_eq!(find("local/tiny")["capabilities"], json!(["chat", "tools"]));
    assert_eq!(find("local/bert")["capabilities"], json!(["embeddings"]));
}

#[tokio::test]
async fn callers_wait_for_each_other_and_one_who_leaves_frees_the_model() {
    let local = start().await;
    // "a" follows "a" until the window is full; nobody reads it, so the writer waits for room.
    let folder = tempfile::tempdir().unwrap();
    write_speller(folder.path(), &[], &[("a", "a")]);
    let list = format!(r#"[{{ name = "tiny", path = "{}" }}]"#, folder.path().display());
    let service = Service::start(&[("LIGHTNING__MODELS__LOCAL", &list)]).await;
    let unread = service
        .post("/v1/chat/completions")
        .json(&asking("a", json!({"stream": true})))
        .send()
        .await
        .unwrap();
    drop(unread);
    let all = (0..8).map(|_| service.ask("/v1/chat/completions", asking("a", json!({"max_tokens": 2}))));
    for (status, body) in futures::future::join_all(all).await {
        assert_eq!((status, &body["choices"][0]["message"]["content"]), (200, &json!("aa")), "{body}");
    }
    drop(local);
}

#[tokio::test]
async fn files_that_are_not_there_are_named_at_the_start() {
    let list = r#"[{ name = "gone", path = "/nonexistent/model.gguf" }]"#;
    let error = Service::refusal(&[("LIGHTNING__MODELS__LOCAL", list)]).await;
    assert!(error.contains("gone") && error.contains("/nonexistent/model.gguf"), "{error}");
}

#[tokio::test]
async fn its_tokenizer_counts_exactly_what_a_call_reads() {
    let local = start().await;
    let messages = json!([{"role": "user", "content": "does it work?"}]);
    let request = json!({"model": "local/tiny", "system": "be brief", "messages": messages});
    let sent = local.service.post("/v1/messages/count_tokens").json(&request).send().await.unwrap();
    assert_eq!(sent.headers()["x-token-count"], "tokenizer");
    let (_, counted) = read(sent).await;
    let mut asked = request;
    asked["max_tokens"] = json!(8);
    let (_, answer) = local.service.ask("/v1/messages", asked).await;
    assert_eq!(counted["input_tokens"], answer["usage"]["input_tokens"]);
    let long = json!({"model": "local/tiny", "messages": [{"role": "user", "content": "?".repeat(100_000)}]});
    let (status, counted) = local.service.ask("/v1/messages/count_tokens", long).await;
    assert_eq!(
        (status, counted["input_tokens"].as_u64()),
        (200, Some(100_005)),
        "there need not be room for it"
    );
}
