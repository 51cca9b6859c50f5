//! Against recorded bytes of servers that speak this protocol.

use std::time::Duration;

use futures::StreamExt;
use http::{HeaderMap, HeaderValue, header};
use serde_json::json;
use service_api::chat::{ChatChunk, FinishReason};
use tokio::time::Instant;

use super::super::fixture_server::{FixtureServer, Reply, events, json as reply};
use super::super::{ProviderError, Rejection};
use super::*;

const ANSWER: &str = r#"{
  "id": "chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG",
  "object": "chat.completion",
  "created": 1741570283,
  "model": "gpt-4o-2024-08-06",
  "choices": [
    {
      "index": 0,
      "message": {"role": "assistant", "content": null, "refusal": null, "annotations": [],
        "tool_calls": [{"id": "call_abc123", "type": "function",
          "function": {"name": "calculator", "arguments": "{\n\"expression\": \"6*7\"\n}"}}]},
      "logprobs": null,
      "finish_reason": "tool_calls"
    }
  ],
  "usage": {"prompt_tokens": 82, "completion_tokens": 17, "total_tokens": 99,
    "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0}},
  "service_tier": "default",
  "system_fingerprint": "fp_fc9f1d7035"
}"#;

const PIECES: &str = concat!(
    "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n",
    "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"},\"finish_reason\":null}]}\n\n",
    "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"lo\"},\"finish_reason\":null}]}\n\n",
);
const LAST: &str = concat!(
    "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
    "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2,\"total_tokens\":7}}\n\n",
    "data: [DONE]\n\n",
);

fn call() -> Call {
    let request = serde_json::from_value(json!({
        "model": "gpt-4o", "seed": 7, "messages": [{"role": "user", "content": "6*7?"}]
    }));
    Call { request: request.unwrap(), deadline: None, now: 42, notes: Notes::default() }
}

#[tokio::test]
async fn the_limit_of_an_answer_is_given_in_the_newer_word_where_the_older_is_refused() {
    let server = FixtureServer::start(vec![reply("200 OK", "", ANSWER)]).await;
    let dialect = Dialect { newer_limit: true, ..Dialect::default() };
    let provider = OpenAi::new(server.upstream(HeaderMap::new(), 0), dialect);
    let mut call = call();
    call.request.max_tokens = Some(7);
    provider.chat(call).await.unwrap();
    let body = server.seen().remove(0).body;
    assert_eq!((body.get("max_tokens"), &body["max_completion_tokens"]), (None, &json!(7)));
}

async fn provider(replies: Vec<Reply>, retries: u32) -> (FixtureServer, OpenAi) {
    let server = FixtureServer::start(replies).await;
    let mut headers = HeaderMap::new();
    headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer sk-test"));
    let provider = OpenAi::new(server.upstream(headers, retries), Dialect::default());
    (server, provider)
}

async fn streamed(reply: Reply) -> Vec<Result<ChatChunk, ProviderError>> {
    let (_server, provider) = provider(vec![reply], 0).await;
    provider.stream(call()).await.unwrap().collect().await
}

fn text(chunks: &[Result<ChatChunk, ProviderError>]) -> String {
    let good = chunks.iter().flatten().flat_map(|chunk| &chunk.choices);
    good.filter_map(|choice| choice.delta.content.as_deref()).collect()
}

#[tokio::test]
async fn sends_the_request_whole_and_reads_calls_of_tools() {
    let (server, provider) = provider(vec![reply("200 OK", "", ANSWER)], 0).await;
    let answer = provider.chat(call()).await.unwrap();
    assert_eq!(answer.choices[0].finish_reason, Some(FinishReason::ToolCalls));
    assert_eq!(answer.message().unwrap().tool_calls[0].id, "call_abc123");
    assert_eq!(answer.usage.unwrap().total_tokens, 99);
    let seen = server.seen().remove(0);
    assert!(seen.head.starts_with("post /v1/chat/completions http/1.1"), "{}", seen.head);
    assert!(seen.head.contains("authorization: bearer sk-test"));
    assert_eq!(
        seen.body,
        json!({"model": "gpt-4o", "seed": 7, "messages": [{"role": "user", "content": "6*7?"}]})
    );
}

#[tokio::test]
async fn what_small_servers_leave_out_is_filled_in() {
    let body = r#"{"choices":[{"message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]}}]}"#;
    let (_server, provider) = provider(vec![reply("200 OK", "", body)], 0).await;
    let answer = provider.chat(call()).await.unwrap();
    assert_eq!((answer.created, answer.model.as_str()), (42, "gpt-4o"));
    let made = &answer.message().unwrap().tool_calls[0];
    assert_eq!((made.id.as_str(), made.function.arguments.as_str()), ("call_0_0", "{\"a\":1}"));
}

#[tokio::test]
async fn a_rate_limit_is_waited_out_and_told_when_it_stays() {
    let limited = || {
        reply("429 Too Many Requests", "retry-after: 0\r\n", r#"{"error":{"code":"rate_limit_exceeded"}}"#)
    };
    let (server, patient) = provider(vec![limited(), reply("200 OK", "", ANSWER)], 1).await;
    assert!(patient.chat(call()).await.is_ok());
    assert_eq!(server.seen().len(), 2);

    let wait =
        reply("429 Too Many Requests", "retry-after: 30\r\n", r#"{"error":{"code":"rate_limit_exceeded"}}"#);
    let (_server, hasty) = provider(vec![wait], 1).await;
    let error = hasty.chat(call()).await.unwrap_err();
    let retry_after = Some(Duration::from_secs(30));
    assert_eq!(error, ProviderError::RateLimited { provider: "fixture".into(), retry_after });
}

#[tokio::test]
async fn a_failing_server_is_tried_again_but_a_refusal_is_not() {
    let (server, provider_a) =
        provider(vec![reply("503 Oops", "", "<html>"), reply("200 OK", "", ANSWER)], 2).await;
    assert!(provider_a.chat(call()).await.is_ok());
    assert_eq!(server.seen().len(), 2);

    let refusal = r#"{"error":{"message":"Incorrect API key provided: sk-test","code":"invalid_api_key"}}"#;
    let (server, provider_b) = provider(vec![reply("401 Unauthorized", "", refusal)], 2).await;
    let error = provider_b.chat(call()).await.unwrap_err();
    assert!(matches!(error, ProviderError::Rejected { reason: Rejection::Credentials, status: 401, .. }));
    assert!(!format!("{error} {error:?}").contains("sk-test"));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn broken_answers_are_told_as_unavailable() {
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"id\":".to_vec();
    for body in [Reply::Bytes(cut), reply("200 OK", "", "<html>"), reply("200 OK", "", r#"{"choices":[]}"#)] {
        let (_server, provider) = provider(vec![body], 0).await;
        assert_eq!(provider.chat(call()).await.unwrap_err().code(), "PROVIDER_UNAVAILABLE");
    }
}

#[tokio::test]
async fn an_error_in_a_good_answer_is_an_error() {
    let body = r#"{"error":{"message":"x","type":"rate_limit_error"}}"#;
    let (_server, provider) = provider(vec![reply("200 OK", "", body)], 0).await;
    assert_eq!(provider.chat(call()).await.unwrap_err().code(), "PROVIDER_RATE_LIMITED");
}

#[tokio::test]
async fn the_callers_deadline_ends_the_wait() {
    let (_server, provider) = provider(vec![Reply::Hang(Vec::new())], 3).await;
    let deadline = Some(Instant::now() + Duration::from_millis(50));
    let error = provider.chat(Call { deadline, ..call() }).await.unwrap_err();
    assert!(error.to_string().contains("did not answer in time"), "{error}");
}

#[tokio::test]
async fn streams_pieces_and_usage() {
    let (server, provider) = provider(vec![Reply::Bytes(events(&format!("{PIECES}{LAST}"), true))], 0).await;
    let chunks: Vec<_> = provider.stream(call()).await.unwrap().collect().await;
    assert_eq!(text(&chunks), "Hello");
    assert_eq!(chunks.last().unwrap().as_ref().unwrap().usage.as_ref().unwrap().total_tokens, 7);
    let body = &server.seen()[0].body;
    assert_eq!((&body["stream"], &body["stream_options"]["include_usage"]), (&json!(true), &json!(true)));
}

#[tokio::test]
async fn a_stream_that_is_cut_off_ends_with_an_error() {
    for reply in [
        Reply::Bytes(events(PIECES, false)),
        Reply::Bytes(events(PIECES, true)),
        Reply::Hang(events(PIECES, false)),
    ] {
        let chunks = streamed(reply).await;
        assert_eq!(text(&chunks), "Hello");
        assert_eq!(chunks.last().unwrap().as_ref().unwrap_err().code(), "PROVIDER_UNAVAILABLE");
    }
}

#[tokio::test]
async fn an_error_event_ends_the_stream() {
    let error = "data: {\"error\":{\"message\":\"The server had an error\",\"type\":\"server_error\",\"param\":null,\"code\":null}}\n\n";
    let chunks = streamed(Reply::Bytes(events(&format!("{PIECES}{error}{LAST}"), true))).await;
    assert_eq!(chunks.len(), 4);
    assert!(chunks[3].is_err());
}

#[tokio::test]
async fn embeddings_come_back_in_the_order_of_their_texts() {
    let body = r#"{"object":"list","data":[{"object":"embedding","index":1,"embedding":[2.0]},{"object":"embedding","index":0,"embedding":[1.0]}],"model":"e","usage":{"prompt_tokens":4,"total_tokens":4}}"#;
    let (server, provider) = provider(vec![reply("200 OK", "", body)], 0).await;
    let input = vec!["a".to_owned(), "b".to_owned()];
    let notes = Notes::default();
    let call = EmbeddingCall { model: "e".into(), input, dimensions: None, deadline: None, notes };
    let embedding = provider.embed(call).await.unwrap();
    assert_eq!(embedding, Embedding { vectors: vec![vec![1.0], vec![2.0]], tokens: 4 });
    assert!(server.seen()[0].head.starts_with("post /v1/embeddings "));
}
