//! What expressions mean, and how the calculator says no.

use super::*;

fn result(expression: &str) -> Result<Value, String> {
    run(&json!({ "expression": expression })).map_err(|e| e.message)
}

fn check(expression: &str, expected: &str) {
    assert_eq!(result(expression).expect(expression)["result"], expected, "{expression}");
}

fn refuses(expression: &str, why: &str) {
    let said = result(expression).expect_err(expression);
    assert!(said.contains(why), "{expression}: {said}");
}

#[test]
fn decimals_are_exact() {
    check("0.1 + 0.2", "0.3");
    check("1.10 * 3", "3.3");
    check("(3 * 1299.99 + 89.50) * 1.19", "4747.4693");
    check("10 / 4", "2.5");
}

#[test]
fn precedence_and_associativity_are_the_usual_ones() {
    check("2 + 3 * 4", "14");
    check("(2 + 3) * 4", "20");
    check("100 / 10 / 2", "5");
    check("10 - 4 - 3", "3");
    check("2 ^ 3 ^ 2", "512");
    check("-2 ^ 2", "-4");
    check("2 ^ -2", "0.25");
    check("--3", "3");
    check("2 ** 10", "1024");
}

#[test]
fn percent_is_a_hundredth() {
    check("17.5% of 2,480", "434");
    check("30 * 24 * 60 * (1 - 99.95%)", "21.6");
    check("50%", "0.5");
    check("120 * (1 + 4.5%) ^ 2", "131.043");
    refuses("7 % 3", "mod(a, b)");
}

#[test]
fn people_write_numbers_in_many_ways() {
    check("$1,234,567.50 + 0.5", "1234568");
    check("1_000 × 2", "2000");
    check("1e3 − 1", "999");
    check("max(1,200, 3)", "200");
    check("6 ÷ 4 =", "1.5");
    check(".5 + 1.", "1.5");
}

#[test]
fn functions_and_constants_work() {
    check("sqrt(144) + abs(-3)", "15");
    check("round(2.5) + round(-1.005, 2)", "1.99");
    check("ceil(1284 / 25) + floor(-0.5)", "51");
    check("mod(17, 5) + min(3, 1, 2) + max(4, 9) + sum(1, 2, 3) + avg(2, 4)", "21");
    check("5! + 0!", "121");
    check("log10(1000) + log2(8)", "6");
    check("round(ln(e), 10)", "1");
    check("8 ^ (1/3)", "2");
    check("round(pi, 5)", "3.14159");
    check("pow(2, 0.5) - sqrt(2)", "0");
    check("27!", "10888869450418352160768000000");
}

#[test]
fn rounding_is_confessed() {
    assert_eq!(result("1 / 8").expect("runs")["exact"], true);
    assert_eq!(result("1 / 3").expect("runs")["exact"], false);
    assert_eq!(result("1 / 3 * 3").expect("runs")["exact"], false);
    assert_eq!(result("sqrt(2.25)").expect("runs")["exact"], true);
    assert_eq!(result("sqrt(2)").expect("runs")["exact"], false);
    assert_eq!(result("1.045 ^ 12").expect("runs")["exact"], false);
    assert_eq!(result("0.00000000000001 * 0.000000000000001").expect("runs")["exact"], false);
    assert_eq!(result("79228162514264337593543950335 + 0.1").expect("runs")["exact"], false);
}

#[test]
fn the_result_is_rounded_on_request_halves_away_from_zero() {
    let rounded = |expression: &str| {
        run(&json!({"expression": expression, "round": 2})).expect("runs")["result"].clone()
    };
    assert_eq!(rounded("2.345"), "2.35");
    assert_eq!(rounded("-2.345"), "-2.35");
    assert_eq!(rounded("((5400000 / 3100000) ^ (1/3) - 1) * 100"), "20.32");
}

#[test]
fn impossible_arithmetic_says_why() {
    refuses("1 / 0", "division by zero");
    refuses("0 ^ -1", "division by zero");
    refuses("mod(1, 0)", "mod by zero");
    refuses("sqrt(-1)", "square root");
    refuses("(-8) ^ 0.5", "negative number");
    refuses("ln(0)", "positive");
    refuses("28!", "too large");
    refuses("2.5!", "whole number");
    refuses("10 ^ 29", "too large");
    refuses("10 ^ 10 ^ 10", "too large");
    refuses("99999999999999 ^ 99999999999999", "too large");
    refuses("exp(1000)", "too large");
    refuses("79228162514264337593543950335 + 79228162514264337593543950335", "too large");
    refuses("1.00000000000000000000000000000001", "28 digits");
}

#[test]
fn broken_expressions_say_where() {
    refuses("", "ends where a number");
    refuses("1 +", "ends where a number");
    refuses("* 2", "missing before `*`");
    refuses("(1 + 2", "closing bracket is missing");
    refuses("1 + 2)", "bracket too many");
    refuses("2 3", "operator is missing before `3`");
    refuses("1 = 1", "equals sign");
    refuses("x + 1", "`x` is unknown");
    refuses("import(1)", "no function `import`");
    refuses("sqrt(1, 2)", "does not take 2");
    refuses("1 & 2", "`&` has no meaning");
    refuses("1.2.3", "operator is missing");
}

#[test]
fn depth_and_size_are_bounded() {
    refuses(&"(".repeat(500), "deeper than 64");
    refuses(&"-".repeat(900), "deeper than 64");
    check(&format!("{}1{}", "(".repeat(50), ")".repeat(50)), "1");
    check(&vec!["1"; 500].join("+"), "500");
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[0-9a-z.,+*/^%!() -]{0,40}") {
        let _ = result(&text);
    }

    #[test]
    fn whole_numbers_agree_with_machine_arithmetic(a in -1_000_000i64..1_000_000, b in -1_000_000i64..1_000_000, c in 1i64..1000) {
        check(&format!("{a} + {b} * {c}"), &(a + b * c).to_string());
        check(&format!("({a} - {b}) * {c}"), &((a - b) * c).to_string());
        check(&format!("mod({}, {c})", a.abs()), &(a.abs() % c).to_string());
    }
}
