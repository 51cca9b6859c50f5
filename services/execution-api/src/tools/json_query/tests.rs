//! Paths over one small shop.

use super::*;

fn shop() -> Value {
    json!({
        "books": [
            {"title": "Moby Dick", "price": 8.99, "isbn": "x", "tags": ["sea"]},
            {"title": "Sayings", "price": 8.95, "sold": true},
            {"title": "Sword", "price": 12.99, "in stock": 0}
        ],
        "bicycle": {"price": 399, "a/b": {"m~n": 1}},
        "owner's": null
    })
}

fn ask(path: &str, aggregate: Option<&str>) -> Result<Value, String> {
    let mut arguments = json!({"document": shop().to_string(), "path": path});
    if let Some(aggregate) = aggregate {
        arguments["aggregate"] = aggregate.into();
    }
    run(&arguments).map_err(|e| e.message)
}

fn check(path: &str, expected: Value) {
    assert_eq!(ask(path, None).expect(path)["matches"], expected, "{path}");
}

fn refuses(path: &str, why: &str) {
    let said = ask(path, None).expect_err(path);
    assert!(said.contains(why), "{path}: {said}");
}

#[test]
fn pointers_reach_exactly_one_value_or_none() {
    check("/books/0/title", json!(["Moby Dick"]));
    check("/bicycle/a~1b/m~0n", json!([1]));
    check("/books/7", json!([]));
    check("", json!([shop()]));
}

#[test]
fn paths_walk_wildcards_indices_and_slices() {
    check("$.books[*].title", json!(["Moby Dick", "Sayings", "Sword"]));
    check("$.books[-1].title", json!(["Sword"]));
    check("$.books[1:].price", json!([8.95, 12.99]));
    check("$.books[:-2].price", json!([8.99]));
    check("$.books[2:1]", json!([]));
    check("$['owner\\'s']", json!([null]));
    check("$.books[2]['in stock']", json!([0]));
    check("books[0].tags.*", json!(["sea"]));
}

#[test]
fn descent_finds_a_name_at_any_depth() {
    check("$..isbn", json!(["x"]));
    assert_eq!(ask("$..price", Some("count")).expect("counts")["result"], "4");
    check("$..[0]", json!([shop()["books"][0], "sea"]));
}

#[test]
fn filters_compare_and_combine() {
    check("$.books[?(@.price < 9)].title", json!(["Moby Dick", "Sayings"]));
    check("$.books[?(@.price < 9 && @.isbn)].title", json!(["Moby Dick"]));
    check("$.books[?@.sold == true || @.price >= 12.99].title", json!(["Sayings", "Sword"]));
    check("$.books[?(!(@.isbn))].title", json!(["Sayings", "Sword"]));
    check("$.books[?(@.title == 'Sword')].price", json!([12.99]));
    check("$.books[?(@['in stock'] == 0)].title", json!(["Sword"]));
    check("$.books[?(@.tags[0] != 'sea')].title", json!(["Sayings", "Sword"]));
    check("$.books[?(@.title > 5)]", json!([]));
}

#[test]
fn aggregates_are_exact() {
    let aggregate = |word: &str| ask("$.books[*].price", Some(word)).expect("computes")["result"].clone();
    assert_eq!(aggregate("sum"), "30.93");
    assert_eq!(aggregate("mean"), "10.31");
    assert_eq!((aggregate("min"), aggregate("max")), (json!("8.95"), json!("12.99")));
    assert!(ask("$.books[*].title", Some("sum")).expect_err("texts").contains("no numbers"));
}

#[test]
fn broken_paths_and_documents_say_where() {
    refuses("$.books[", "no index");
    refuses("$.books[?(@.price < )]", "no literal");
    refuses("$.books[?(@.price < 9]", "lacks `)`");
    refuses("$.books[?('x')]", "no condition");
    refuses("$.", "lacks a name");
    refuses("$.books['x]", "not closed");
    refuses("$.books extra", "cannot be read");
    refuses(&format!("$[?{}@.a{}]", "(".repeat(200), ")".repeat(200)), "nested too deeply");
    let said = run(&json!({"document": "{oops", "path": "$"})).expect_err("broken").message;
    assert!(said.contains("not valid JSON"), "{said}");
}

#[test]
fn repeated_descent_is_bounded() {
    let deep = (0..60).fold(json!(0), |inner, _| json!([inner]));
    let said =
        run(&json!({"document": deep, "path": "$..*..*..*..*"})).expect_err("60 over 4 values").message;
    assert!(said.contains("more than"), "{said}");
}

proptest::proptest! {
    #[test]
    fn no_path_makes_it_panic(path in r#"[$.@a-c0-9\[\]*?()'"<>=!&|:\-\\ ]{0,30}"#) {
        let _ = ask(&path, None);
    }
}
