//! What is read and what is refused, and with which status and field.

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::*;
use crate::Problem;

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Order {
    name: String,
    #[serde(default)]
    count: u8,
    #[serde(default)]
    lines: Vec<Line>,
    #[serde(default)]
    metadata: Map<String, Value>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Line {
    price: f64,
}

fn refused(body: impl AsRef<[u8]>) -> (u16, String, String) {
    let problem = parse_json::<Order>(body.as_ref(), 8).expect_err("the body is wrong");
    (problem.status().as_u16(), field(&problem), problem.body().detail.clone())
}

fn field(problem: &Problem) -> String {
    problem.body().errors.first().map(|error| error.field.clone()).unwrap_or_default()
}

fn check(body: impl AsRef<[u8]>, status: u16, field: &str) {
    let (got, at, detail) = refused(body);
    assert_eq!((got, at.as_str()), (status, field), "{detail}");
}

#[test]
fn reads_what_is_right() {
    let order: Order = parse_json(br#" {"name":"a","lines":[{"price":1}]} "#, 8).unwrap();
    assert_eq!((order.name.as_str(), order.lines[0].price), ("a", 1.0));
}

#[test]
fn what_is_not_json_is_unreadable() {
    for body in [
        "",
        "{",
        "{\"name\":}",
        "nope",
        "{\"name\":\"a\"} x",
        "{\"name\":\"a\",}",
        "{'name':'a'}",
        "{\"name\":\"\0\"}",
    ] {
        check(body, 400, "");
    }
    check(b"{\"name\":\"\xff\"}", 400, "");
}

#[test]
fn wrong_fields_are_named_with_their_path() {
    check("{}", 422, "name");
    check(r#"{"name":5}"#, 422, "name");
    check(r#"{"name":"a","count":256}"#, 422, "count");
    check(r#"{"name":"a","count":-1}"#, 422, "count");
    check(r#"{"name":"a","lines":[{"price":1},{"price":"2"}]}"#, 422, "lines[1].price");
    check(r#"{"name":"a","lines":[{}]}"#, 422, "lines[0].price");
    check(r#"{"name":"a","colour":"red"}"#, 422, "colour");
    check("[]", 422, "");
}

#[test]
fn messages_say_what_is_allowed_and_name_no_types_of_ours() {
    let (_, _, detail) = refused(r#"{"name":"a","count":256}"#);
    assert_eq!(detail, "count: invalid value: integer `256`; allowed: a whole number from 0 to 255");
    let (_, _, detail) = refused("[]");
    assert!(!detail.contains("Order"), "{detail}");
}

#[test]
fn a_key_given_twice_is_wrong_in_a_fixed_object_and_the_last_counts_in_a_free_one() {
    check(r#"{"name":"a","name":"b"}"#, 422, "name");
    let order: Order = parse_json(br#"{"name":"a","metadata":{"k":1,"k":2}}"#, 8).unwrap();
    assert_eq!(order.metadata["k"], 2);
}

#[test]
fn numbers_too_large_for_any_field_are_wrong() {
    check(r#"{"name":"a","lines":[{"price":1e999}]}"#, 422, "lines[0].price");
    check(r#"{"name":"a","count":123456789012345678901234567890}"#, 422, "count");
}

#[test]
fn nul_characters_are_wrong_wherever_they_are() {
    check(r#"{"name":"a\u0000"}"#, 422, "name");
    check(r#"{"name":"a","metadata":{"x":[1,"\u0000"]}}"#, 422, "metadata.x[1]");
    assert!(parse_json::<Order>(br#"{"name":"\\u0000"}"#, 8).is_ok());
}

#[test]
fn documents_nested_too_deeply_are_unreadable() {
    let nested = |levels: usize| {
        format!(r#"{{"name":"a","metadata":{{"x":{}{}}}}}"#, "[".repeat(levels), "]".repeat(levels))
    };
    assert!(parse_json::<Order>(nested(6).as_bytes(), 8).is_ok());
    check(nested(7), 400, "");
    check(nested(100_000), 400, "");
    let wide =
        format!(r#"{{"name":"{}","metadata":{{"x":[{}]}}}}"#, "[\\\"{".repeat(50), "[],".repeat(50) + "[]");
    assert!(parse_json::<Order>(wide.as_bytes(), 8).is_ok());
}

#[test]
fn long_values_are_not_repeated_in_full() {
    let (_, _, detail) = refused(format!(r#"{{"name":"a","count":"{}"}}"#, "x".repeat(10_000)));
    assert!(detail.len() < 500, "{}", detail.len());
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Word {
    Old,
    New,
}

#[derive(Debug, Deserialize, PartialEq, Default)]
#[serde(default, deny_unknown_fields)]
struct Filter {
    status: Vec<String>,
    limit: Option<u32>,
    order: Option<Word>,
    wait: bool,
    q: String,
}

fn query(text: &str) -> Result<Filter, (StatusCode, String)> {
    parse_query(text).map_err(|problem| (problem.status(), field(&problem)))
}

#[test]
fn queries_are_read() {
    let filter = query("status=a&status=b&limit=5&order=new&wait=true&q=x%20y+z%21").unwrap();
    assert_eq!(
        filter,
        Filter {
            status: vec!["a".into(), "b".into()],
            limit: Some(5),
            order: Some(Word::New),
            wait: true,
            q: "x y z!".into()
        }
    );
    assert_eq!(query("").unwrap(), Filter::default());
    assert_eq!(query("limit=&status=").unwrap(), Filter::default());
    assert_eq!(query("q=100%").unwrap().q, "100%");
}

#[test]
fn wrong_parameters_are_named() {
    for (text, name) in [
        ("limit=-1", "limit"),
        ("limit=1&limit=2", "limit"),
        ("order=newest", "order"),
        ("wait=maybe", "wait"),
        ("page=2", "page"),
    ] {
        assert_eq!(query(text), Err((StatusCode::UNPROCESSABLE_ENTITY, name.to_owned())), "{text}");
    }
}

#[test]
fn queries_that_are_no_text_are_refused() {
    assert_eq!(query("q=%ff"), Err((StatusCode::BAD_REQUEST, String::new())));
    assert_eq!(query("q=%00"), Err((StatusCode::UNPROCESSABLE_ENTITY, "q".to_owned())));
}
