//! Calls from outside: what is checked before a tool sees it, and what comes back.

use super::*;
use react_agent::EffectClass;
use serde_json::json;

fn call(tool: &str, arguments: Value) -> ToolCall {
    let (id, key) = ("c".to_owned(), "k".to_owned());
    ToolCall { step: 2, id, tool: tool.to_owned(), arguments, effect: EffectClass::Pure, key }
}

fn compute(tool: &str, arguments: Value) -> Outcome {
    Toolbox::computing().compute(&call(tool, arguments), DateTime::UNIX_EPOCH)
}

fn refuses(tool: &str, arguments: Value, code: ToolErrorCode, why: &str) {
    match compute(tool, arguments) {
        Outcome::Error { code: given, message } => {
            assert_eq!(given, code, "{message}");
            assert!(message.contains(why), "{message}");
        }
        output => panic!("not refused: {output:?}"),
    }
}

#[test]
fn every_tool_describes_itself_and_takes_an_object() {
    for tool in &Toolbox::computing().tools {
        assert_eq!(tool.spec.effect, EffectClass::Pure, "{}", tool.spec.name);
        assert_eq!(tool.spec.parameters["additionalProperties"], false, "{}", tool.spec.name);
        assert!(
            tool.spec.description.len() > 40 && !tool.spec.description.contains("  "),
            "{}",
            tool.spec.name
        );
    }
}

#[test]
fn the_network_and_the_database_are_described_as_reading() {
    for spec in [http_fetch::describe(), knowledge_search::describe()] {
        assert_eq!(spec.effect, EffectClass::Read);
        assert!(json_validate::compile(&spec.parameters).is_ok());
    }
}

#[test]
fn output_is_compact_json() {
    let output = compute("calculator", json!({"expression": "6 * 7"}));
    assert_eq!(output, Outcome::output(r#"{"exact":true,"expression":"6 * 7","result":"42"}"#));
}

#[test]
fn arguments_are_checked_before_the_tool_runs() {
    use ToolErrorCode::InvalidArguments;
    refuses("calculator", json!({}), InvalidArguments, "expression");
    refuses("calculator", json!({"expression": "1", "round": 99}), InvalidArguments, "`round`: 99");
    refuses("calculator", json!({"expression": "1", "eval": true}), InvalidArguments, "eval");
    refuses("calculator", json!({"expression": "1".repeat(1001)}), InvalidArguments, "1000 characters");
    refuses("text_stats", json!("text"), InvalidArguments, "object");
}

#[test]
fn an_unknown_tool_is_named() {
    refuses("rm", json!({}), ToolErrorCode::UnknownTool, "`rm`");
}

#[test]
fn the_clock_is_the_callers() {
    let Outcome::Output { content } = compute("datetime", json!({"operation": "now"})) else { panic!() };
    assert!(content.contains("1970-01-01T00:00:00+00:00"), "{content}");
}

#[test]
fn only_known_names_become_specs() {
    let toolbox = Toolbox::computing();
    let names = ["extract".to_owned(), "http_fetch".to_owned(), "calculator".to_owned()];
    let found: Vec<_> = toolbox.specs(&names).iter().map(|spec| spec.name.clone()).collect();
    assert_eq!(found, ["extract", "calculator"]);
    assert!(toolbox.knows("json_query") && !toolbox.knows("http_fetch"));
}

#[test]
fn output_is_cut_at_a_character() {
    let text = cut("é".repeat(OUTPUT_MAX), OUTPUT_MAX);
    assert!(text.ends_with("bytes kept]") && text.len() < OUTPUT_MAX + 60);
    assert_eq!(cut("short".to_owned(), OUTPUT_MAX), "short");
}

#[test]
fn a_tool_that_breaks_breaks_alone() {
    let mut toolbox = Toolbox { tools: vec![], output_max: OUTPUT_MAX };
    let spec = super::super::tool::spec("broken", EffectClass::Pure, "panics", json!({}));
    toolbox.add(spec, Run::Compute(|_| panic!("a bug")));
    let outcome = toolbox.compute(&call("broken", json!({})), DateTime::UNIX_EPOCH);
    assert!(matches!(outcome, Outcome::Error { code: ToolErrorCode::ToolFailed, .. }));
}

#[tokio::test]
async fn heavy_arguments_are_computed_apart_with_the_same_result() {
    let agent = AgentId::parse("tester").expect("an id");
    let text = "word ".repeat(10_000);
    let heavy = call("text_stats", json!({"text": text}));
    let toolbox = Toolbox::computing();
    assert_eq!(toolbox.call(&agent, &heavy).await, toolbox.compute(&heavy, DateTime::UNIX_EPOCH));
}
