//! Conversions with known answers, and a table without contradictions.

use super::*;

fn convert_text(value: &str, from: &str, to: &str) -> Result<String, String> {
    let result = run(&json!({"value": value, "from": from, "to": to})).map_err(|e| e.message)?;
    Ok(result["result"].as_str().expect("a text").to_owned())
}

fn check(value: &str, from: &str, to: &str, expected: &str) {
    assert_eq!(convert_text(value, from, to).as_deref(), Ok(expected), "{value} {from} to {to}");
}

fn refuses(value: &str, from: &str, to: &str, why: &str) {
    let said = convert_text(value, from, to).expect_err(why);
    assert!(said.contains(why), "{said}");
}

#[test]
fn definitions_are_exact() {
    check("26.2", "miles", "kilometers", "42.1648128");
    check("180", "pounds", "kilograms", "81.6466266");
    check("1536", "MiB", "GB", "1.610612736");
    check("1", "US gallon", "litres", "3.785411784");
    check("1", "acre", "square metres", "4046.8564224");
    check("2.5", "kWh", "MJ", "9");
    check("1", "atm", "psi", "14.6959487755142");
}

#[test]
fn every_quantity_converts() {
    check("98.6", "degrees Fahrenheit", "degrees Celsius", "37");
    check("0", "K", "°C", "-273.15");
    check("100", "km/h", "mph", "62.1371192237334");
    check("90", "minutes", "hours", "1.5");
    check("100", "Mb", "MB", "12.5");
    check("1000", "square feet", "m²", "92.90304");
    check("760", "Torr", "atm", "1");
    check("500", "kcal", "kilojoules", "2092");
}

#[test]
fn spellings_are_forgiven() {
    for metres in ["metre", "metres", "meters", "Meter", "m", " M "] {
        check("3", "km", metres, "3000");
    }
    check("60", "miles per hour", "feet per second", "88");
    check("5", "Litres", "us gallons", "1.32086026179074");
    check("1", "sq ft", "square inches", "144");
    check("12", "inches", "feet", "1");
    check("1", "celsius", "fahrenheit", "33.8");
    check("1", "KB", "bytes", "1000");
}

#[test]
fn ambiguity_is_told_and_never_guessed() {
    // Neither is written "MB" or "Mb".
    refuses("1", "mB", "bit", "may be Mb or MB");
}

#[test]
fn impossible_conversions_say_why() {
    refuses("1", "kg", "km", "kilogram is mass, kilometer is length");
    refuses("1", "parsnip", "km", "`parsnip` is unknown");
    refuses("-300", "°C", "K", "below absolute zero");
    refuses("lots", "m", "km", "not a number");
    refuses("79228162514264337593543950335", "ly", "nm", "too many digits");
}

#[test]
fn numbers_may_come_as_numbers() {
    let result = run(&json!({"value": 0.1, "from": "km", "to": "m"})).expect("converts");
    assert_eq!(result["text"], "0.1 km = 100 m");
}

#[test]
fn every_unit_is_found_by_its_name_and_symbol_and_returns_from_the_base() {
    for unit in units::all() {
        for written in [unit.name, unit.symbol] {
            assert!(find(written).iter().any(|found| found.name == unit.name), "{written}");
        }
        assert_eq!(find(unit.symbol).len(), 1, "the symbol {} means one unit", unit.symbol);
        let there = convert(Decimal::ONE, unit, unit).expect("converts");
        assert_eq!(there, Decimal::ONE, "{}", unit.name);
    }
}
