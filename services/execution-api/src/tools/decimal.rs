//! Decimals in and out of JSON: read from numbers or text, written plainly, never through binary floating point.

use rust_decimal::Decimal;
use serde_json::Value;
use std::str::FromStr;

/// A JSON number, digit for digit.
pub(super) fn from_json(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => from_text(&number.to_string()),
        _ => None,
    }
}

/// `1234.5`, `-1,234.50`, `1e6`.
pub(super) fn from_text(text: &str) -> Option<Decimal> {
    let text = text.trim();
    if text.contains(',') {
        return grouped(text).and_then(|digits| Decimal::from_str(&digits).ok());
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
        return None;
    }
    Decimal::from_str(text).or_else(|_| Decimal::from_scientific(text)).ok()
}

/// Digits without the commas, when every comma stands before three digits.
fn grouped(text: &str) -> Option<String> {
    let whole = text.split('.').next().unwrap_or_default().trim_start_matches(['-', '+']);
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let fits = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    (fits && !text.split('.').skip(1).any(|rest| rest.contains(','))).then(|| text.replace(',', ""))
}

/// Digits without exponent or trailing zeros.
pub(super) fn plain(value: Decimal) -> String {
    let value = value.normalize();
    if value.is_zero() { "0".to_owned() } else { value.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(from_text(text).map(plain).as_deref(), expected, "{text}");
    }

    #[test]
    fn numbers_are_read_as_they_are_written() {
        check("42.1950", Some("42.195"));
        check("-1,234,567.50", Some("-1234567.5"));
        check("1e6", Some("1000000"));
        check("2.5E-3", Some("0.0025"));
        check("-0.0", Some("0"));
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", "1,5", "12,34,567", "abc", "e5", "1.2.3", "1,234.5,6", "NaN", "2026-11-22"] {
            check(text, None);
        }
    }

    #[test]
    fn json_numbers_keep_their_digits() {
        assert_eq!(from_json(&serde_json::json!(0.1)).map(plain).as_deref(), Some("0.1"));
        assert_eq!(from_json(&serde_json::json!(1e21)).map(plain).as_deref(), Some("1000000000000000000000"));
        assert_eq!(from_json(&serde_json::json!("1")), None);
    }
}
