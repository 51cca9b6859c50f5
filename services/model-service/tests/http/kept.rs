//! Kept answers in both forms: a whole one serves a stream and a stream that ended well serves whole ones, in all three protocols.

use serde_json::{Value, json};

use crate::support::{Provider, Reply, Service, chat};

const CHAT_STREAM: &str = concat!(
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n",
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Let me \"},\"finish_reason\":null}]}\n\n",
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"see.\"},\"finish_reason\":null}]}\n\n",
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"call_a\",\"type\":\"function\",\"function\":{\"name\":\"calc\",\"arguments\":\"{\\\"e\\\":\"}}]},\"finish_reason\":null}]}\n\n",
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"1}\"}}]},\"finish_reason\":null}]}\n\n",
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n",
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":15}}\n\n",
    "data: [DONE]\n\n",
);

const MESSAGES_STREAM: &str = concat!(
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":10,\"output_tokens\":1}}}\n\n",
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
    "event: ping\ndata: {\"type\":\"ping\"}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Let me \"}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"see.\"}}\n\n",
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"id\":\"call_a\",\"name\":\"calc\",\"input\":{}}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"e\\\":\"}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"1}\"}}\n\n",
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":1}\n\n",
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":5}}\n\n",
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
);

const RESPONSES_STREAM: &str = concat!(
    "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"resp_1\",\"status\":\"in_progress\",\"output\":[]}}\n\n",
    "event: response.completed\ndata: {\"type\":\"response.completed\",\"sequence_number\":1,\"response\":{\"id\":\"resp_1\",\"object\":\"response\",\"status\":\"completed\",\"model\":\"m\",\"output\":[",
    "{\"id\":\"msg_1\",\"type\":\"message\",\"status\":\"completed\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"Let me see.\",\"annotations\":[],\"logprobs\":[]}]},",
    "{\"id\":\"fc_1\",\"type\":\"function_call\",\"status\":\"completed\",\"call_id\":\"call_a\",\"name\":\"calc\",\"arguments\":\"{\\\"e\\\":1}\"}],",
    "\"usage\":{\"input_tokens\":10,\"output_tokens\":5,\"total_tokens\":15}}}\n\n",
);

fn chat_answer() -> Value {
    json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [{"index": 0, "finish_reason": "tool_calls",
        "message": {"role": "assistant", "content": "Let me see.",
            "tool_calls": [{"id": "call_a", "type": "function", "function": {"name": "calc", "arguments": "{\"e\":1}"}}]}}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}})
}

fn message() -> Value {
    json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "c", "stop_reason": "tool_use", "stop_sequence": null,
        "content": [{"type": "text", "text": "Let me see."}, {"type": "tool_use", "id": "call_a", "name": "calc", "input": {"e": 1}}],
        "usage": {"input_tokens": 10, "output_tokens": 5}})
}

/// A protocol with the request and what its answers say in each form.
struct Spoken {
    path: &'static str,
    request: Value,
    /// The text, the arguments of the call, and the tokens written.
    whole: fn(&Value) -> [String; 3],
    stream: fn(&[Value]) -> [String; 3],
    end: &'static str,
}

fn chat_completions() -> Spoken {
    Spoken {
        path: "/v1/chat/completions",
        request: json!({"model": "default", "temperature": 0, "messages": [{"role": "user", "content": "1?"}],
        "tools": [{"type": "function", "function": {"name": "calc"}}], "stream_options": {"include_usage": true}}),
        whole: |body| {
            let message = &body["choices"][0]["message"];
            [
                text(&message["content"]),
                text(&message["tool_calls"][0]["function"]["arguments"]),
                body["usage"]["completion_tokens"].to_string(),
            ]
        },
        stream: |chunks| {
            let deltas =
                || chunks.iter().filter_map(|chunk| chunk["choices"].get(0)).map(|choice| &choice["delta"]);
            let last = &chunks.last().unwrap();
            assert!(
                chunks.iter().rev().nth(1).unwrap()["choices"][0]["finish_reason"] == "tool_calls"
                    && last["choices"] == json!([])
            );
            [
                deltas().map(|delta| text(&delta["content"])).collect(),
                deltas().map(|delta| text(&delta["tool_calls"][0]["function"]["arguments"])).collect(),
                last["usage"]["completion_tokens"].to_string(),
            ]
        },
        end: "data: [DONE]\n\n",
    }
}

fn messages() -> Spoken {
    Spoken {
        path: "/v1/messages",
        request: json!({"model": "default", "max_tokens": 64, "temperature": 0.0, "messages": [{"role": "user", "content": "1?"}],
        "tools": [{"name": "calc", "input_schema": {"type": "object"}}]}),
        whole: |body| {
            [
                text(&body["content"][0]["text"]),
                body["content"][1]["input"].to_string(),
                body["usage"]["output_tokens"].to_string(),
            ]
        },
        stream: |events| {
            let of =
                |name: &str| events.iter().filter(move |event| event["type"] == name).collect::<Vec<_>>();
            assert_eq!((of("content_block_start").len(), of("content_block_stop").len()), (2, 2));
            let all = |member: &str| {
                of("content_block_delta").into_iter().map(|event| text(&event["delta"][member])).collect()
            };
            [all("text"), all("partial_json"), of("message_delta")[0]["usage"]["output_tokens"].to_string()]
        },
        end: "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
    }
}

fn responses() -> Spoken {
    Spoken {
        path: "/v1/responses",
        request: json!({"model": "default", "temperature": 0, "input": "1?", "tools": [{"type": "function", "name": "calc"}]}),
        whole: |body| {
            [
                text(&body["output"][0]["content"][0]["text"]),
                text(&body["output"][1]["arguments"]),
                body["usage"]["output_tokens"].to_string(),
            ]
        },
        stream: |events| {
            let all = |name: &str| {
                events
                    .iter()
                    .filter(|event| event["type"] == name)
                    .map(|event| text(&event["delta"]))
                    .collect()
            };
            let last = events.last().unwrap();
            assert_eq!(last["type"], "response.completed");
            [
                all("response.output_text.delta"),
                all("response.function_call_arguments.delta"),
                last["response"]["usage"]["output_tokens"].to_string(),
            ]
        },
        end: "\n\n",
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// What an answer said, with `X-Cache` and `X-Cost-Usd`.
async fn asked(service: &Service, spoken: &Spoken, stream: bool) -> ([String; 3], String, String) {
    let mut request = spoken.request.clone();
    if stream {
        request["stream"] = json!(true);
    }
    let response = service.post(spoken.path).json(&request).send().await.unwrap();
    let header = |name: &str| response.headers().get(name).map_or("", |v| v.to_str().unwrap()).to_owned();
    let (cached, cost) = (header("x-cache"), header("x-cost-usd"));
    let body = response.text().await.unwrap();
    if !stream {
        return ((spoken.whole)(&serde_json::from_str(&body).unwrap()), cached, cost);
    }
    assert!(body.ends_with(spoken.end), "{body}");
    let data = body.split("\n\n").filter_map(|part| part.split_once("data: ")).map(|(_, data)| data);
    let parsed: Vec<Value> =
        data.filter(|data| *data != "[DONE]").map(|data| serde_json::from_str(data).unwrap()).collect();
    ((spoken.stream)(&parsed), cached, cost)
}

/// The first answer comes in one form and the next two in both; only the first is asked of the provider.
async fn both_forms_are_served(service: Service, provider: &Provider, spoken: &Spoken, first_streams: bool) {
    let says = ["Let me see.", "{\"e\":1}", "5"].map(str::to_owned);
    let (said, cached, _) = asked(&service, spoken, first_streams).await;
    assert_eq!((said, cached.as_str()), (says.clone(), "miss"));
    for stream in [first_streams, !first_streams] {
        let hit = asked(&service, spoken, stream).await;
        assert_eq!(
            hit,
            (says.clone(), "hit".to_owned(), "0.000000".to_owned()),
            "{} stream: {stream}",
            spoken.path
        );
    }
    assert_eq!(provider.asked().len(), 1);
    let costs = service.stop().await.model_costs(storage::CostGroup::Model, None, None).await.unwrap();
    assert_eq!(
        (costs[0].calls, costs[0].tokens_in, costs[0].tokens_out),
        (3, 10, 5),
        "what is kept takes no tokens"
    );
}

/// The same, whichever form the provider gives first.
async fn kept(start: impl AsyncFn(&Provider) -> Service, spoken: Spoken, stream: &'static str, whole: Value) {
    for (first_streams, reply) in [(true, Reply::Events(stream)), (false, Reply::Json(200, whole))] {
        let provider = Provider::start([reply]).await;
        both_forms_are_served(start(&provider).await, &provider, &spoken, first_streams).await;
    }
}

/// A service with a provider that speaks Responses itself.
async fn with_native(provider: &Provider) -> Service {
    let url = provider.url("/v1");
    let servers = format!(r#"[{{ name = "native", base_url = "{url}", model = "m", responses = true }}]"#);
    Service::start(&[("LIGHTNING__MODELS__COMPATIBLE", &servers)]).await
}

#[tokio::test]
async fn chat_completions_are_kept_in_both_forms() {
    kept(Service::with_openai, chat_completions(), CHAT_STREAM, chat_answer()).await;
}

#[tokio::test]
async fn messages_are_kept_in_both_forms_as_anthropic_told_them() {
    kept(Service::with_anthropic, messages(), MESSAGES_STREAM, message()).await;
}

#[tokio::test]
async fn messages_are_kept_in_both_forms_when_they_are_translated() {
    kept(Service::with_openai, messages(), CHAT_STREAM, chat_answer()).await;
}

#[tokio::test]
async fn responses_are_kept_in_both_forms_as_their_provider_told_them() {
    let whole = RESPONSES_STREAM.split_once("\"response\":{\"id\":\"resp_1\",\"object\"").unwrap().1;
    let whole = format!("{{\"id\":\"resp_1\",\"object\"{}", whole.trim_end().strip_suffix('}').unwrap());
    let whole: Value = serde_json::from_str(&whole).unwrap();
    let mut told_by_the_last_event = Spoken { stream: whole_of_the_last, ..responses() };
    told_by_the_last_event.request["model"] = json!("native/m");
    kept(with_native, told_by_the_last_event, RESPONSES_STREAM, whole).await;
}

fn whole_of_the_last(events: &[Value]) -> [String; 3] {
    (responses().whole)(&events.last().unwrap()["response"])
}

#[tokio::test]
async fn responses_are_kept_in_both_forms_when_they_are_translated() {
    kept(Service::with_openai, responses(), CHAT_STREAM, chat_answer()).await;
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_not_kept() {
    let end = "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},";
    let cut = CHAT_STREAM.split_once(end).unwrap().0;
    let provider = Provider::start([Reply::Events(cut), Reply::Json(200, chat_answer())]).await;
    let service = Service::with_openai(&provider).await;
    let mut request = chat_completions().request;
    request["stream"] = json!(true);
    let text =
        service.post("/v1/chat/completions").json(&request).send().await.unwrap().text().await.unwrap();
    assert!(text.contains("PROVIDER_UNAVAILABLE"), "{text}");
    assert_eq!(asked(&service, &chat_completions(), false).await.1, "miss");
}

#[tokio::test]
async fn what_a_fallback_said_is_not_kept_for_the_model_that_was_asked() {
    let answers = || Reply::Json(200, chat_answer());
    let provider = Provider::start([Reply::Json(500, json!({})), answers(), answers()]).await;
    let service = Service::start(&[
        ("OPENAI_API_KEY", "sk-openai-test"),
        ("OPENAI_BASE_URL", &provider.url("/v1")),
        ("LIGHTNING__MODELS__FALLBACKS", r#"[{ model = "default", then = ["gpt-4.1"] }]"#),
    ])
    .await;
    assert_eq!(asked(&service, &chat_completions(), false).await.1, "miss");
    assert_eq!(asked(&service, &chat_completions(), false).await.1, "miss");
    assert_eq!(provider.asked().len(), 3);
}

#[tokio::test]
async fn tenants_and_protocols_have_answers_of_their_own() {
    let provider = Provider::start(std::iter::repeat_n(Reply::Json(200, chat_answer()), 4)).await;
    let service = Service::with_openai(&provider).await;
    let cached = async |tenant: &str| {
        let sent =
            service.post("/v1/chat/completions").header("X-Tenant", tenant).json(&chat_completions().request);
        sent.send().await.unwrap().headers()["x-cache"].to_str().unwrap().to_owned()
    };
    assert_eq!([cached("a").await, cached("b").await, cached("a").await], ["miss", "miss", "hit"]);
    assert_eq!(asked(&service, &messages(), false).await.1, "miss");
}

#[tokio::test]
async fn what_was_lost_in_translation_is_told_again() {
    let provider = Provider::start([Reply::Json(200, message())]).await;
    let service = Service::with_anthropic(&provider).await;
    let mut request = chat("1?", &[]);
    request["temperature"] = json!(0);
    request["seed"] = json!(7);
    for cached in ["miss", "hit"] {
        let response = service.post("/v1/chat/completions").json(&request).send().await.unwrap();
        assert_eq!(response.headers()["x-cache"], cached);
        assert_eq!(response.headers()["x-warning"], "seed is not carried over to Anthropic's protocol");
    }
}

#[tokio::test]
async fn a_response_that_goes_on_with_a_conversation_is_not_kept() {
    let provider = Provider::start([Reply::Events(RESPONSES_STREAM)]).await;
    let service = with_native(&provider).await;
    let request = json!({"model": "native/m", "temperature": 0, "input": "1?", "conversation": "conv_1"});
    let response = service.post("/v1/responses").json(&request).send().await.unwrap();
    assert_eq!((response.headers().get("x-cache"), provider.asked().len()), (None, 1));
}
