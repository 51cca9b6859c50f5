//! The provider as the loop sees it: calls, then an answer that quotes them, and honest refusals.

use serde_json::{Value, json};
use service_api::chat::{ChatTool, ResponseFormat};

use super::*;

fn request(task: &str, tools: &[&str]) -> ChatRequest {
    ChatRequest {
        model: "offline-rules".into(),
        messages: vec![
            ChatMessage::new(Role::System, "You are an agent."),
            ChatMessage::new(Role::User, task),
        ],
        tools: tools.iter().map(|name| ChatTool::function(*name, "", (&json!({})).into())).collect(),
        ..ChatRequest::default()
    }
}

fn observe(request: &mut ChatRequest, answers: &[Value]) {
    let message = complete(request, 0).unwrap().choices.remove(0).message;
    let ids: Vec<String> = message.tool_calls.iter().map(|call| call.id.clone()).collect();
    assert_eq!(ids.len(), answers.len(), "{message:?}");
    request.messages.push(message);
    for (id, answer) in ids.into_iter().zip(answers) {
        request.messages.push(ChatMessage::observation(id, answer.to_string()));
    }
}

fn final_text(request: &ChatRequest) -> String {
    let answer = complete(request, 0).unwrap();
    assert_eq!(answer.choices[0].finish_reason, Some(FinishReason::Stop));
    answer.message().unwrap().text()
}

const PERCENT: &str = "What is 17.5% of 2,480?";

#[test]
fn calls_a_tool_then_answers_with_what_it_observed() {
    let mut request = request(PERCENT, &["calculator"]);
    observe(&mut request, &[json!({ "expression": "17.5% of 2,480", "result": "434", "exact": true })]);
    assert_eq!(final_text(&request), format!("{NOTE} 17.5% of 2,480 = 434."));
}

#[test]
fn every_message_says_that_there_is_no_language_model() {
    let message = complete(&request(PERCENT, &["calculator"]), 0).unwrap().choices.remove(0).message;
    assert!(message.text().starts_with(NOTE));
}

#[test]
fn several_calls_go_out_at_once_unless_forbidden() {
    let mut request = request("Convert 5 km to miles and 3 kg to lb", &["unit_convert"]);
    assert_eq!(complete(&request, 0).unwrap().message().unwrap().tool_calls.len(), 2);
    request.parallel_tool_calls = Some(false);
    observe(&mut request, &[json!({ "text": "5 km = 3.1 mi" })]);
    observe(&mut request, &[json!({ "text": "3 kg = 6.6 lb" })]);
    assert_eq!(
        final_text(&request),
        format!("{NOTE} The tools answered:\n- 5 km = 3.1 mi.\n- 3 kg = 6.6 lb.")
    );
}

#[test]
fn a_second_step_uses_what_the_first_observed() {
    let task = "Extract all numbers and add them up:\n```text\n3 apples, 4 pears\n```";
    let mut request = request(task, &["extract", "calculator"]);
    observe(&mut request, &[json!({ "numbers": ["3", "4"], "counts": { "numbers": 2 } })]);
    let next = complete(&request, 0).unwrap().choices.remove(0).message;
    assert_eq!(next.tool_calls[0].function.arguments, r#"{"expression":"sum(3, 4)"}"#);
    assert_eq!(next.tool_calls[0].id, "call_2");
}

#[test]
fn a_failed_tool_fails_the_task_with_the_tools_words() {
    let mut request = request("Calculate `1/0`", &["calculator"]);
    observe(&mut request, &[json!({ "error": { "code": "TOOL_FAILED", "message": "division by zero" } })]);
    let failed = complete(&request, 0).unwrap_err();
    assert_eq!(failed, Cannot::ToolFailed { tool: "calculator".into(), message: "division by zero".into() });
}

#[test]
fn a_tool_that_is_not_offered_is_named_not_replaced() {
    let failed = complete(&request(PERCENT, &["extract"]), 0).unwrap_err();
    assert_eq!(failed, Cannot::ToolNotOffered { tool: "calculator" });
    assert!(failed.to_string().contains("calculator") && failed.to_string().contains("another agent"));
}

#[test]
fn writing_is_refused_with_what_to_configure() {
    let failed = complete(&request("Write a poem", &["calculator"]), 0).unwrap_err().to_string();
    assert!(failed.contains("ANTHROPIC_API_KEY") && failed.contains("cannot write"), "{failed}");
}

#[test]
fn the_self_test_verifies_two_tools() {
    let mut request = request("Test task", &["datetime", "text_stats", "calculator"]);
    observe(&mut request, &[json!({ "result": "42" }), json!({ "days": 2 })]);
    let text = final_text(&request);
    assert!(text.starts_with(NOTE) && text.contains("calculator") && text.contains("datetime"), "{text}");
}

#[test]
fn the_self_test_without_tools_claims_no_tool() {
    assert!(final_text(&request("Test task", &["send_mail"])).contains("none was called"));
}

#[test]
fn the_context_of_a_task_is_not_read_as_a_task() {
    let request = request("Test task\n\n<context>\n{\"note\":\"Write a poem\"}\n</context>", &[]);
    assert!(final_text(&request).contains("Self-test"));
}

#[test]
fn a_correction_does_not_hide_the_task() {
    let mut request = request(PERCENT, &["calculator"]);
    request.messages.push(ChatMessage::new(Role::User, "Your last reply could not be used: no JSON"));
    assert_eq!(complete(&request, 0).unwrap().message().unwrap().tool_calls.len(), 1);
}

#[test]
fn a_new_question_in_a_conversation_starts_over() {
    let mut request = request(PERCENT, &["calculator"]);
    observe(&mut request, &[json!({ "expression": "17.5% of 2,480", "result": "434" })]);
    request.messages.push(ChatMessage::new(Role::Assistant, "434"));
    request.messages.push(ChatMessage::new(Role::User, PERCENT));
    let next = complete(&request, 0).unwrap().choices.remove(0).message;
    assert_eq!(next.tool_calls[0].id, "call_2");
}

#[test]
fn demands_beyond_rules_are_refused() {
    let mut structured = request(PERCENT, &["calculator"]);
    structured.response_format = Some(ResponseFormat { kind: "json_object".into(), json_schema: None });
    assert!(matches!(complete(&structured, 0), Err(Cannot::Demand(_))));
    let mut forbidden = request(PERCENT, &["calculator"]);
    forbidden.tool_choice = Some(ToolChoice::Mode(ToolMode::None));
    assert!(matches!(complete(&forbidden, 0), Err(Cannot::Demand(_))));
}

#[test]
fn the_same_conversation_gives_the_same_thought() {
    let request = request(PERCENT, &["calculator"]);
    assert_eq!(complete(&request, 7).unwrap(), complete(&request, 7).unwrap());
}
