//! Violations found and placed, and schemas that would take for ever refused at once.

use super::*;

fn validate(document: Value, schema: Value) -> Result<Value, String> {
    run(&json!({"document": document, "schema": schema})).map_err(|e| e.message)
}

fn refuses(document: Value, schema: Value, why: &str) {
    let said = validate(document, schema).expect_err(why);
    assert!(said.contains(why), "{said}");
}

#[test]
fn a_fitting_document_is_valid() {
    let told =
        validate(json!({"n": 1}), json!({"properties": {"n": {"type": "integer"}}})).expect("validates");
    assert_eq!(told, json!({"valid": true, "error_count": 0, "errors": []}));
}

#[test]
fn every_violation_is_listed_with_its_place() {
    let schema =
        json!({"required": ["id"], "properties": {"tags": {"items": {"type": "string"}}}}).to_string();
    let told = validate(json!("{\"tags\": [\"a\", 7]}"), json!(schema)).expect("validates");
    assert_eq!((&told["valid"], &told["error_count"]), (&json!(false), &json!(2)));
    let places: Vec<_> = told["errors"].as_array().into_iter().flatten().map(|e| e["path"].clone()).collect();
    assert!(places.contains(&json!("/tags/1")) && places.contains(&json!("")), "{places:?}");
}

#[test]
fn references_inside_the_schema_are_followed() {
    let tree = json!({"$ref": "#/$defs/node", "$defs": {"node": {
        "type": "object", "properties": {"left": {"$ref": "#/$defs/node"}, "right": {"$ref": "#/$defs/node"}}}}});
    let told = validate(json!({"left": {"right": 5}}), tree).expect("validates");
    assert_eq!(told["errors"][0]["path"], "/left/right");
}

#[test]
fn nothing_is_fetched() {
    refuses(json!(1), json!({"$ref": "https://schemas.example/x.json"}), "must point into the schema");
    refuses(json!(1), json!({"$ref": "file:///etc/passwd"}), "must point into the schema");
    refuses(
        json!({"a": 1}),
        json!({"properties": {"a": {"$ref": "other.json"}}}),
        "must point into the schema",
    );
    // Where the walk does not come by, the compiler still refuses.
    assert!(validate(json!(1), json!({"properties": {"a": {"$ref": "https://schemas.example/x"}}})).is_err());
}

#[test]
fn references_that_multiply_are_refused_before_they_run() {
    let mut defs = serde_json::Map::new();
    for n in 0..40 {
        let next = json!({"$ref": format!("#/$defs/d{}", n + 1)});
        defs.insert(format!("d{n}"), json!({"allOf": [next, next]}));
    }
    defs.insert("d40".to_owned(), json!({"type": "integer"}));
    refuses(json!(1), json!({"$ref": "#/$defs/d0", "$defs": defs}), "multiply");
    refuses(json!(1), json!({"allOf": [{"$ref": "#"}]}), "multiply");
}

#[test]
fn broken_input_says_what_is_broken() {
    refuses(json!("{"), json!({}), "`document` is not valid JSON");
    refuses(json!({}), json!("{"), "`schema` is not valid JSON");
    refuses(json!({}), json!([1]), "object or a boolean");
    refuses(json!({}), json!({"type": "number?"}), "the schema itself is wrong");
    refuses(json!("\"x\""), json!({"pattern": "(?=look)x"}), "the schema itself is wrong");
}

#[test]
fn many_errors_are_cut_and_counted_and_messages_are_short() {
    let told = validate(json!(vec!["y".repeat(1000); 80]), json!({"items": {"type": "integer"}}))
        .expect("validates");
    assert_eq!(told["error_count"], 80);
    let shown = told["errors"].as_array().expect("a list");
    assert_eq!(shown.len(), 50);
    assert_eq!(
        shown[0]["message"], "value is not of type \"integer\"",
        "a long value gives way to the reason"
    );
}
