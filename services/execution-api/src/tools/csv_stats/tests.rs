//! Tables with figures one can check by hand.

use super::*;

fn stats(csv: &str) -> Value {
    run(&json!({ "csv": csv })).unwrap_or_else(|e| panic!("{csv}: {e}"))
}

fn refuses(arguments: Value, why: &str) {
    let said = run(&arguments).expect_err(why).message;
    assert!(said.contains(why), "{said}");
}

#[test]
fn numbers_and_texts_are_told_apart() {
    let told = stats("name,n\na,2\nb,4\na,4\nc,4\nb,5\na,5\nb,7\nb,9\n");
    assert_eq!(told["rows"], 8);
    assert_eq!(
        told["columns"][1],
        json!({"name": "n", "type": "number", "count": 8, "nulls": 0, "sum": "40", "mean": "5", "median": "4.5",
            "min": "2", "max": "9", "std": "2.1380899353"})
    );
    assert_eq!(told["columns"][0]["unique"], 3);
    assert_eq!(told["columns"][0]["top"][0], json!({"value": "b", "count": 4}));
}

#[test]
fn decimals_are_summed_exactly() {
    let told = stats("x\n0.1\n0.2\n\"1,234.50\"\n");
    assert_eq!(told["columns"][0]["sum"], "1234.8");
    assert_eq!(stats("x\n1\n1\n2")["columns"][0]["mean"], "1.3333333333");
}

#[test]
fn nothing_is_counted_as_nothing() {
    let told = stats("a,b\n1,\nN/A,x\n3,null\n");
    assert_eq!((&told["columns"][0]["nulls"], &told["columns"][0]["mean"]), (&json!(1), &json!("2")));
    assert_eq!((&told["columns"][1]["type"], &told["columns"][1]["nulls"]), (&json!("text"), &json!(2)));
}

#[test]
fn a_single_number_has_no_deviation() {
    assert_eq!(stats("x\n5")["columns"][0]["std"], Value::Null);
}

#[test]
fn groups_come_in_the_order_of_the_table() {
    let told = run(&json!({"csv": "City,t,note\nRome,1,a\nOslo,5,b\nRome,3,c", "group_by": "city"}))
        .expect("groups");
    assert_eq!((&told["group_by"], &told["group_count"]), (&json!("City"), &json!(2)));
    assert_eq!(told["groups"][0]["value"], "Rome");
    assert_eq!(
        (&told["groups"][0]["rows"], &told["groups"][0]["columns"][0]["mean"]),
        (&json!(2), &json!("2"))
    );
    assert_eq!(told["groups"][0]["columns"].as_array().map(Vec::len), Some(1), "only columns of numbers");
}

#[test]
fn separators_are_guessed_and_quotes_respected() {
    assert_eq!(stats("a;b\n1,5;2\n2,5;4")["columns"][0]["mean"], "2");
    assert_eq!(stats("a\tb\n1\t2")["columns"][1]["sum"], "2");
    assert_eq!(stats("\"a;x\",b\n\"p, q\",2")["columns"][0]["top"][0]["value"], "p, q");
    assert_eq!(stats("a|b\n1|2")["columns"][1]["name"], "b");
}

#[test]
fn only_the_columns_asked_for_are_told() {
    let told = run(&json!({"csv": "a,b,c\n1,2,3", "columns": ["c"]})).expect("tells");
    assert_eq!(told["columns"].as_array().map(Vec::len), Some(1));
}

#[test]
fn broken_tables_say_where() {
    refuses(json!({"csv": "a,b\n1,2\n3"}), "line 3 has 1 cells, the header has 2");
    refuses(json!({"csv": "a,b"}), "no rows");
    refuses(json!({"csv": "a,a\n1,2"}), "two columns are called `a`");
    refuses(json!({"csv": "a\n1", "group_by": "z"}), "no column `z`; there are: a");
    refuses(json!({"csv": "a\n1", "columns": ["q"]}), "no column `q`");
    refuses(json!({"csv": "a\n1", "delimiter": "é"}), "one ASCII character");
    refuses(
        json!({"csv": vec!["x"; 300].iter().enumerate().map(|(i, x)| format!("{x}{i}")).collect::<Vec<_>>().join(",")}),
        "more than 200",
    );
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(csv in "[a-b0-9,;\"\n.\\-]{1,60}") {
        let _ = run(&json!({ "csv": csv }));
    }
}
