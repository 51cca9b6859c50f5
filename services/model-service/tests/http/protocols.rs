//! Messages and Responses, handed on to those who speak them and translated for those who do not; and servers with ways of their own.

use serde_json::{Value, json};

use crate::support::{Provider, Reply, Service, chat, read};

const CHAT_STREAM: &str = concat!(
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n",
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Let me \"},\"finish_reason\":null}]}\n\n",
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"see.\"},\"finish_reason\":null}]}\n\n",
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"call_a\",\"type\":\"function\",\"function\":{\"name\":\"calc\",\"arguments\":\"\"}}]},\"finish_reason\":null}]}\n\n",
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"e\\\":\"}}]},\"finish_reason\":null}]}\n\n",
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"1}\"}}]},\"finish_reason\":null}]}\n\n",
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":1,\"id\":\"call_b\",\"type\":\"function\",\"function\":{\"name\":\"calc\",\"arguments\":\"{}\"}}]},\"finish_reason\":null}]}\n\n",
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n",
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":15}}\n\n",
    "data: [DONE]\n\n",
);

const MESSAGES_STREAM: &str = concat!(
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-sonnet-4-5\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":100,\"output_tokens\":1}}}\n\n",
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"signature_delta\",\"signature\":\"EqQB\"}}\n\n",
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":20}}\n\n",
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
);

fn messages(stream: bool) -> Value {
    json!({"model": "default", "max_tokens": 64, "stream": stream, "messages": [{"role": "user", "content": [
        {"type": "text", "text": "6*7?", "cache_control": {"type": "ephemeral"}}]}],
        "tools": [{"name": "calc", "input_schema": {"type": "object"}}]})
}

async fn text(service: &Service, path: &str, body: &Value) -> String {
    service.post(path).json(body).send().await.unwrap().text().await.unwrap()
}

/// The `data` of each event, whose `event` must be its type.
fn events(text: &str) -> Vec<Value> {
    let parts = text.split("\n\n").filter(|part| !part.is_empty());
    let parsed = parts.map(|part| {
        let (name, data) = part.split_once("\ndata: ").unwrap();
        let data: Value = serde_json::from_str(data).unwrap();
        assert_eq!(name.strip_prefix("event: "), data["type"].as_str());
        data
    });
    parsed.collect()
}

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_openai_stream_becomes_the_events_of_messages() {
    let provider = Provider::start([Reply::Events(CHAT_STREAM)]).await;
    let service = Service::with_openai(&provider).await;
    let events = events(&text(&service, "/v1/messages", &messages(true)).await);
    let block = ["content_block_start", "content_block_delta", "content_block_delta", "content_block_stop"];
    let mut expected = vec!["message_start"];
    expected.extend(block);
    expected.extend(block);
    expected.extend([
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]);
    assert_eq!(types(&events), expected);
    assert_eq!(
        events[5]["content_block"],
        json!({"type": "tool_use", "id": "call_a", "name": "calc", "input": {}})
    );
    assert_eq!(events[6]["delta"]["partial_json"], "{\"e\":");
    assert_eq!((&events[9]["index"], &events[9]["content_block"]["id"]), (&json!(2), &json!("call_b")));
    assert_eq!(events[12]["delta"]["stop_reason"], "tool_use");
    assert_eq!(events[12]["usage"], json!({"input_tokens": 10, "output_tokens": 5}));
}

#[tokio::test]
async fn what_is_lost_in_translation_is_told() {
    let answer =
        json!({"choices": [{"message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}]});
    let provider = Provider::start([Reply::Json(200, answer)]).await;
    let service = Service::with_openai(&provider).await;
    let response = service.post("/v1/messages").json(&messages(false)).send().await.unwrap();
    assert_eq!(response.headers()["x-warning"], "cache_control is not carried over to OpenAI's protocol");
    let mut thinking = messages(false);
    thinking["thinking"] = json!({"type": "enabled", "budget_tokens": 1024});
    let (status, problem) = service.ask("/v1/messages", thinking).await;
    assert_eq!((status, &problem["error"]["param"]), (422, &json!("thinking")));
    assert_eq!(problem["error"]["type"], "invalid_request_error");
}

#[tokio::test]
async fn anthropic_gets_messages_as_they_are_and_its_stream_comes_back_untouched() {
    let provider = Provider::start([Reply::Events(MESSAGES_STREAM)]).await;
    let service = Service::with_anthropic(&provider).await;
    let mut request = messages(true);
    request["thinking"] = json!({"type": "enabled", "budget_tokens": 1024});
    let sent = service.post("/v1/messages").header("anthropic-beta", "a-1").json(&request);
    assert_eq!(sent.send().await.unwrap().text().await.unwrap(), MESSAGES_STREAM);
    let asked = provider.asked().remove(0);
    request["model"] = json!("claude-sonnet-4-6");
    assert_eq!((&asked.body, asked.path.as_str()), (&request, "/v1/messages"));
    assert_eq!(asked.headers["anthropic-beta"], "a-1");
    assert_eq!(asked.headers["x-api-key"], "sk-ant-test");
    let costs = service.stop().await.model_costs(storage::CostGroup::Model, None, None).await.unwrap();
    assert_eq!((costs[0].tokens_in, costs[0].tokens_out, costs[0].cost.0), (100, 20, 600));
}

#[tokio::test]
async fn a_stream_of_messages_that_breaks_ends_with_an_error_event() {
    let cut = MESSAGES_STREAM.split_once("event: message_delta").unwrap().0;
    let overloaded = concat!(
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"usage\":{\"input_tokens\":1}}}\n\n",
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"about sk-ant-test\"}}\n\n",
    );
    let provider = Provider::start([Reply::Events(cut), Reply::Events(overloaded)]).await;
    let service = Service::with_anthropic(&provider).await;
    for _ in 0..2 {
        let text = text(&service, "/v1/messages", &messages(true)).await;
        let events = events(&text);
        let last = events.last().unwrap();
        assert_eq!(
            (&last["type"], &last["error"]["code"]),
            (&json!("error"), &json!("PROVIDER_UNAVAILABLE"))
        );
        assert!(!text.contains("message_stop") && !text.contains("sk-ant-test"), "{text}");
    }
}

#[tokio::test]
async fn an_error_event_instead_of_the_first_piece_is_an_ordinary_error() {
    let overloaded = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
    let provider = Provider::start([Reply::Events(overloaded)]).await;
    let service = Service::with_anthropic(&provider).await;
    let (status, problem) = service.ask("/v1/messages", messages(true)).await;
    assert_eq!((status, &problem["error"]["type"]), (503, &json!("overloaded_error")));
}

#[tokio::test]
async fn json_by_a_schema_is_carried_to_anthropic_and_back() {
    let answer = json!({"id": "msg_1", "model": "c", "stop_reason": "tool_use", "usage": {"input_tokens": 1, "output_tokens": 1},
        "content": [{"type": "tool_use", "id": "t", "name": "answer_in_json", "input": {"n": 42}}]});
    let provider = Provider::start([Reply::Json(200, answer)]).await;
    let service = Service::with_anthropic(&provider).await;
    let mut request = chat("6*7?", &[]);
    request["response_format"] =
        json!({"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}});
    let (status, body) = service.ask("/v1/chat/completions", request).await;
    let choice = &body["choices"][0];
    assert_eq!((status, &choice["message"]["content"]), (200, &json!("{\"n\":42}")));
    assert_eq!((&choice["finish_reason"], choice["message"].get("tool_calls")), (&json!("stop"), None));
    assert_eq!(provider.asked()[0].body["tool_choice"]["name"], "answer_in_json");
}

fn responses(stream: bool) -> Value {
    json!({"model": "default", "stream": stream, "instructions": "be exact", "max_output_tokens": 64,
        "input": [
            {"role": "user", "content": [{"type": "input_text", "text": "6*7?"},
                {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "low"}]},
            {"type": "function_call", "call_id": "a", "name": "calc", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "a", "output": "42"}],
        "tools": [{"type": "function", "name": "calc", "parameters": {"type": "object"}, "strict": true}],
        "text": {"format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": true}},
        "reasoning": {"effort": "low"}, "store": true})
}

#[tokio::test]
async fn a_responses_request_is_answered_by_a_server_of_chat_completions() {
    let answer = json!({"id": "c", "created": 1, "model": "m", "choices": [{"message": {"role": "assistant", "content": "hi",
        "tool_calls": [{"id": "b", "type": "function", "function": {"name": "calc", "arguments": "{\"e\":1}"}}]}, "finish_reason": "tool_calls"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}});
    let provider = Provider::start([Reply::Json(200, answer)]).await;
    let service = Service::with_openai(&provider).await;
    let response = service.post("/v1/responses").json(&responses(false)).send().await.unwrap();
    assert_eq!(response.headers()["x-warning"], "store: this response is not stored");
    let (status, body) = read(response).await;
    assert_eq!((status, &body["object"], &body["status"]), (200, &json!("response"), &json!("completed")));
    assert_eq!(body["output"][0]["content"][0]["text"], "hi");
    assert_eq!(
        (&body["output"][1]["call_id"], &body["output"][1]["arguments"]),
        (&json!("b"), &json!("{\"e\":1}"))
    );
    assert_eq!((&body["usage"]["input_tokens"], &body["usage"]["total_tokens"]), (&json!(10), &json!(15)));
    assert_eq!((&body["instructions"], &body["store"]), (&json!("be exact"), &json!(false)));
    let asked = provider.asked().remove(0);
    assert_eq!(asked.path, "/v1/chat/completions");
    assert_eq!(
        asked.body,
        json!({
            "model": "gpt-4.1-mini", "max_completion_tokens": 64, "reasoning_effort": "low",
            "messages": [
                {"role": "system", "content": "be exact"},
                {"role": "user", "content": [{"type": "text", "text": "6*7?"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}}]},
                {"role": "assistant", "content": null, "tool_calls": [{"id": "a", "type": "function", "function": {"name": "calc", "arguments": "{}"}}]},
                {"role": "tool", "tool_call_id": "a", "content": "42"}],
            "tools": [{"type": "function", "function": {"name": "calc", "parameters": {"type": "object"}, "strict": true}}],
            "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}, "strict": true}}
        })
    );
}

#[tokio::test]
async fn a_chat_stream_becomes_the_events_of_responses() {
    let provider = Provider::start([Reply::Events(CHAT_STREAM)]).await;
    let service = Service::with_openai(&provider).await;
    let events = events(&text(&service, "/v1/responses", &responses(true)).await);
    assert_eq!(
        types(&events),
        [
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.output_item.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.output_item.done",
            "response.output_item.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.output_item.done",
            "response.completed",
        ]
    );
    let numbers: Vec<_> = events.iter().map(|event| event["sequence_number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (0..19).collect::<Vec<_>>());
    let last = &events[18]["response"];
    assert_eq!(last["output"][0]["content"][0]["text"], "Let me see.");
    assert_eq!(
        (&last["output"][1]["arguments"], &last["output"][2]["call_id"]),
        (&json!("{\"e\":1}"), &json!("call_b"))
    );
    assert_eq!((&last["status"], &last["usage"]["output_tokens"]), (&json!("completed"), &json!(5)));
}

#[tokio::test]
async fn what_responses_cannot_carry_is_refused_by_name() {
    let provider = Provider::start([]).await;
    let service = Service::with_openai(&provider).await;
    for (name, value, field) in [
        ("previous_response_id", json!("resp_1"), "previous_response_id"),
        ("tools", json!([{"type": "web_search"}]), "tools[0].type"),
        ("input", json!([{"type": "item_reference", "id": "x"}]), "input[0].type"),
    ] {
        let mut request = responses(false);
        request[name] = value;
        let (status, problem) = service.ask("/v1/responses", request).await;
        assert_eq!((status, &problem["error"]["param"]), (422, &json!(field)), "{problem}");
    }
    assert!(provider.asked().is_empty());
}

#[tokio::test]
async fn a_server_that_speaks_responses_gets_them_as_they_are() {
    let body = json!({"id": "resp_1", "object": "response", "output": [], "usage": {"input_tokens": 3, "output_tokens": 4}});
    let provider = Provider::start([Reply::Json(200, body.clone())]).await;
    let servers = format!(
        r#"[{{ name = "native", base_url = "{}", model = "m", responses = true }}]"#,
        provider.url("/v1")
    );
    let service = Service::start(&[("LIGHTNING__MODELS__COMPATIBLE", &servers)]).await;
    let request = json!({"model": "native/m", "input": "x", "previous_response_id": "resp_0"});
    assert_eq!(service.ask("/v1/responses", request).await, (200, body));
    assert_eq!(provider.asked()[0].body["previous_response_id"], "resp_0");
    let costs = service.stop().await.model_costs(storage::CostGroup::Model, None, None).await.unwrap();
    assert_eq!((costs[0].tokens_in, costs[0].tokens_out), (3, 4));
}

#[tokio::test]
async fn the_catalog_tells_the_price_of_a_servers_own_model() {
    let answer = json!({"choices": [{"message": {"role": "assistant", "content": "hi"}}], "usage": {"prompt_tokens": 1_000_000, "completion_tokens": 0}});
    let provider = Provider::start([Reply::Json(200, answer)]).await;
    let servers = format!(r#"[{{ name = "vllm", base_url = "{}", model = "qwen" }}]"#, provider.url("/v1"));
    let service = Service::start(&[
        ("LIGHTNING__MODELS__COMPATIBLE", servers.as_str()),
        (
            "LIGHTNING__MODELS__CATALOG",
            r#"[{ id = "vllm/qwen", provider = "vllm", input_usd = 2, output_usd = 3 }]"#,
        ),
    ])
    .await;
    let (_, body) = service.ask("/v1/chat/completions", chat("hi", &[])).await;
    assert_eq!(
        (&body["usage"]["cost_usd"], &provider.asked()[0].body["model"]),
        (&json!(2.0), &json!("qwen"))
    );
}

#[tokio::test]
async fn azure_is_asked_at_its_deployments() {
    let answer = json!({"choices": [{"message": {"role": "assistant", "content": "hi"}}]});
    let provider = Provider::start([Reply::Json(200, answer.clone()), Reply::Json(200, answer)]).await;
    for (version, path) in [
        ("2024-10-21", "/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21"),
        ("", "/openai/v1/chat/completions"),
    ] {
        let service = Service::start(&[
            ("AZURE_OPENAI_API_KEY", "azure-test"),
            ("AZURE_OPENAI_ENDPOINT", &provider.url("")),
            ("LIGHTNING__MODELS__AZURE_API_VERSION", version),
        ])
        .await;
        let mut request = chat("hi", &[]);
        request["model"] = json!("azure/my-gpt");
        assert_eq!(service.ask("/v1/chat/completions", request).await.0, 200);
        let asked = provider.asked().pop().unwrap();
        assert_eq!(asked.path, path);
        assert_eq!(asked.headers["api-key"], "azure-test");
        assert!(asked.headers.get("authorization").is_none());
    }
}

#[tokio::test]
async fn a_key_opens_gemini_and_xai() {
    let answer = json!({"choices": [{"message": {"role": "assistant", "content": "hi"}}], "usage": {"prompt_tokens": 1_000_000, "completion_tokens": 0}});
    let provider = Provider::start([Reply::Json(200, answer.clone()), Reply::Json(200, answer)]).await;
    for (key, base, model) in [
        ("GEMINI_API_KEY", "LIGHTNING__MODELS__GEMINI_BASE_URL", "gemini-3.8-flash"),
        ("XAI_API_KEY", "LIGHTNING__MODELS__XAI_BASE_URL", "grok-4.3"),
    ] {
        let service = Service::start(&[(key, "k-test"), (base, &provider.url("/v1beta/openai"))]).await;
        let (status, body) = service.ask("/v1/chat/completions", chat("hi", &[])).await;
        assert!(status == 200 && body["usage"]["cost_usd"].as_f64().unwrap() > 0.0, "{body}");
        let asked = provider.asked().pop().unwrap();
        assert_eq!(
            (asked.path.as_str(), &asked.body["model"]),
            ("/v1beta/openai/chat/completions", &json!(model))
        );
        assert_eq!(asked.headers["authorization"], "Bearer k-test");
    }
}

#[tokio::test]
async fn an_ollama_on_this_machine_is_found_and_used() {
    let tags = json!({"models": [{"name": "llama3.2:1b", "model": "llama3.2:1b", "size": 1}]});
    let answer = json!({"choices": [{"message": {"role": "assistant", "content": "hi"}}], "usage": {"prompt_tokens": 5, "completion_tokens": 1}});
    let provider = Provider::start([Reply::Json(200, tags), Reply::Json(200, answer)]).await;
    let service = Service::start(&[("LIGHTNING__MODELS__OLLAMA_URL", &provider.url(""))]).await;
    let found = async {
        while !read(service.get("/v1/models").send().await.unwrap())
            .await
            .1
            .to_string()
            .contains("\"id\":\"ollama/")
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), found).await.unwrap();
    let (status, body) = service.ask("/v1/chat/completions", chat("hi", &[])).await;
    assert_eq!((status, &body["provider"], &body["usage"]["cost_usd"]), (200, &json!("ollama"), &json!(0.0)));
    let asked = provider.asked();
    assert_eq!((asked[0].path.as_str(), asked[1].path.as_str()), ("/api/tags", "/v1/chat/completions"));
    assert_eq!(asked[1].body["model"], "llama3.2:1b");
}
