use super::*;
use axum::http::StatusCode;
use serde_json::json;
use service_api::problem::Problem;

fn problem(code: &str, extra: serde_json::Value) -> Box<Problem> {
    let mut document = json!({ "code": code, "detail": "why" });
    document.as_object_mut().unwrap().extend(extra.as_object().cloned().unwrap_or_default());
    Box::new(serde_json::from_value(document).unwrap())
}

fn refusal(code: &str, extra: serde_json::Value) -> Error {
    Error::Refused {
        peer: "model-service".into(),
        status: StatusCode::UNPROCESSABLE_ENTITY,
        problem: problem(code, extra),
    }
}

fn check(error: Error, kind: ModelFailureKind) {
    match refused(1, error) {
        Thought::Failed(failure) => assert_eq!((failure.kind, failure.message.as_str()), (kind, "why")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn refusals_say_who_must_act() {
    check(refusal("MODEL_CANNOT", json!({})), ModelFailureKind::Cannot);
    check(refusal("CONTEXT_TOO_LONG", json!({})), ModelFailureKind::ContextTooLong);
    check(refusal("PROVIDER_REJECTED", json!({ "blame": "agent" })), ModelFailureKind::Refused);
    check(refusal("PROVIDER_REJECTED", json!({ "blame": "infrastructure" })), ModelFailureKind::Unavailable);
    check(refusal("MODEL_UNKNOWN", json!({})), ModelFailureKind::Unavailable);
}

#[test]
fn a_model_that_cannot_is_believed_whatever_the_status() {
    let error = Error::Unavailable {
        peer: "model-service".into(),
        retry_after: None,
        problem: Some(problem("MODEL_CANNOT", json!({}))),
        source: None,
    };
    check(error, ModelFailureKind::Cannot);
}

#[test]
fn a_service_out_of_reach_is_trouble_and_no_failure() {
    let retry_after = Some(Duration::from_secs(3));
    let error = Error::Unavailable { peer: "model-service".into(), retry_after, problem: None, source: None };
    assert!(matches!(refused(1, error), Thought::Trouble { retry_after: Some(_), .. }));
}

#[test]
fn an_answer_becomes_an_event_with_tokens_and_money() {
    let answer = json!({
        "model": "m1", "provider": "offline",
        "choices": [{ "message": { "role": "assistant", "content": null, "tool_calls": [
            { "id": "c", "type": "function", "function": { "name": "add", "arguments": "{}" } }] },
            "finish_reason": "tool_calls" }],
        "usage": { "prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7, "cost_usd": 0.000012 },
    });
    let Thought::Answered { answer, model, provider } = read(4, serde_json::from_value(answer).unwrap())
    else {
        panic!()
    };
    assert_eq!((answer.step, answer.tokens_in, answer.tokens_out, answer.cost_micro), (4, 5, 2, 12));
    assert_eq!((answer.content, answer.finish_reason), (None, FinishReason::ToolCalls));
    assert_eq!(answer.tool_calls[0].function.name, "add");
    assert_eq!((model.as_str(), provider.as_deref()), ("m1", Some("offline")));
}

#[test]
fn the_conversation_goes_out_in_the_wire_form() {
    let request = ModelRequest {
        step: 1,
        model: "default".into(),
        messages: vec![
            Message::system("s"),
            Message::Assistant {
                content: None,
                tool_calls: vec![ToolCallMessage::function("c", "add", "{\"a\":1}")],
            },
            Message::Tool { tool_call_id: "c".into(), content: "2".into() },
        ],
        tools: vec![].into(),
        tool_choice: ToolChoice::None,
        sampling: Default::default(),
    };
    let sent = serde_json::to_value(chat_request(request, &[])).unwrap();
    assert_eq!(sent["messages"][1]["tool_calls"][0]["function"]["arguments"], "{\"a\":1}");
    assert_eq!(sent["messages"][2], json!({ "role": "tool", "tool_call_id": "c", "content": "2" }));
    assert!(sent.get("tool_choice").is_none(), "without tools nothing is chosen");
}
