use super::*;

fn declared(change: Value) -> DeclaredTool {
    let mut entry = json!({ "name": "pay", "description": "Pays.", "url": "https://shop.example/pay" });
    entry.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
    serde_json::from_value(entry).expect("a declaration")
}

fn fetch() -> Fetch {
    service_kit::Settings::with::<String, String>([])
        .and_then(|settings| settings.section("fetch"))
        .expect("defaults")
}

fn wrong(change: Value) -> &'static str {
    let declared = declared(change);
    let key = declared.key_env.as_deref().map(|name| (name, None));
    open(&declared, &fetch(), key).expect_err("wrong").field
}

#[test]
fn a_tool_that_nobody_vouched_for_is_unsafe() {
    let (spec, tool) = open(&declared(json!({})), &fetch(), None).expect("a tool");
    assert_eq!((spec.effect, tool.method), (EffectClass::Unsafe, Method::POST));
    assert_eq!(spec.parameters, json!({ "type": "object" }));
}

#[test]
fn wrong_declarations_are_refused_by_the_member() {
    for (change, field) in [
        (json!({ "name": "two words" }), "name"),
        (json!({ "parameters": { "type": "string" } }), "parameters"),
        (json!({ "parameters": { "type": "object", "required": 3 } }), "parameters"),
        (json!({ "url": "http://127.0.0.1/pay" }), "url"),
        (json!({ "url": "ftp://shop.example" }), "url"),
        (json!({ "method": "BREW" }), "method"),
        (json!({ "effect": "pure" }), "effect"),
        (json!({ "effect": "harmless" }), "effect"),
        (json!({ "effect": "probe" }), "probe_url"),
        (json!({ "effect": "probe", "probe_url": "https://shop.example/pay" }), "probe_url"),
        (json!({ "effect": "keyed", "probe_url": "https://shop.example/{key}" }), "probe_url"),
        (json!({ "timeout_ms": 0 }), "timeout_ms"),
        (json!({ "key_env": "ABSENT" }), "key_env"),
        (json!({ "key_header": "two words" }), "key_header"),
    ] {
        assert_eq!(wrong(change.clone()), field, "{change}");
    }
}

#[test]
fn the_key_goes_where_it_is_said_and_is_not_shown() {
    let declared = declared(json!({ "key_env": "K", "key_header": "X-Key" }));
    let (_, tool) = open(&declared, &fetch(), Some(("K", Some("s3cret")))).expect("a tool");
    assert_eq!(tool.headers["x-key"], "s3cret");
    assert!(!format!("{tool:?}").contains("s3cret"));
}
