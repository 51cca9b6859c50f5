//! One text per JSON value: sorted keys, no white space, integral numbers without a fraction.
//! Two models (or two attempts) that write the same arguments differently must hash alike.

use serde_json::{Number, Value};
use std::fmt::Write;

/// The canonical text of a value. Not RFC 8785 in every corner of number formatting, but stable:
/// equal values give equal bytes whatever the key order, spacing or `2` against `2.0`.
pub fn canonical_json(value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value);
    out
}

fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::Array(items) => write_array(out, items),
        Value::Object(map) => {
            // Sorted here, because another crate may switch serde_json's map to insertion order.
            let mut members: Vec<_> = map.iter().collect();
            members.sort_unstable_by(|a, b| a.0.cmp(b.0));
            out.push('{');
            for (i, (key, member)) in members.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_string(out, key);
                out.push(':');
                write_value(out, member);
            }
            out.push('}');
        }
        Value::Number(number) => write_number(out, number),
        Value::String(text) => write_string(out, text),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Null => out.push_str("null"),
    }
}

fn write_array(out: &mut String, items: &[Value]) {
    out.push('[');
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write_value(out, item);
    }
    out.push(']');
}

fn write_string(out: &mut String, text: &str) {
    out.push_str(&Value::from(text).to_string());
}

fn write_number(out: &mut String, number: &Number) {
    // 2^53: up to here every integral double is that integer and no other.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let written = match number.as_f64() {
        Some(n) if number.is_f64() && n.fract() == 0.0 && n.abs() <= EXACT => write!(out, "{}", n as i64),
        _ => write!(out, "{number}"),
    };
    debug_assert!(written.is_ok(), "writing to a string does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(given: &str, canonical: &str) {
        let value: Value = serde_json::from_str(given).expect("test JSON");
        assert_eq!(canonical_json(&value), canonical);
    }

    #[test]
    fn key_order_and_spacing_do_not_matter() {
        check(r#"{ "b": 1, "a": [ true, null ] }"#, r#"{"a":[true,null],"b":1}"#);
        check(r#"{"z":{"y":1,"x":2}}"#, r#"{"z":{"x":2,"y":1}}"#);
    }

    #[test]
    fn integral_floats_equal_integers() {
        check("[2.0, 2, -0.0, 1e3]", "[2,2,0,1000]");
        check("[0.1, 1e300]", "[0.1,1e+300]");
    }

    #[test]
    fn large_integers_keep_every_digit() {
        check("[18446744073709551615,-9223372036854775808]", "[18446744073709551615,-9223372036854775808]");
    }

    #[test]
    fn strings_are_escaped_once() {
        check(r#"["a\"b\n\u00e4"]"#, "[\"a\\\"b\\nä\"]");
    }
}
