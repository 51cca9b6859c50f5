//! What is found, and what only looks like it.

use super::*;

fn check(kind: &str, text: &str, expected: &[&str]) {
    let result = run(&json!({ "text": text, "kinds": [kind] })).expect("extracts");
    assert_eq!(result[kind], json!(expected), "{kind} of {text:?}");
    assert_eq!(result["counts"][kind], expected.len());
}

#[test]
fn addresses_are_found_once_and_in_order() {
    check(
        "emails",
        "b@x.example, a.b+c@mail.example.org; b@x.example.",
        &["b@x.example", "a.b+c@mail.example.org"],
    );
    check(
        "emails",
        "<hello@shop.example> mailto:me@shop.example",
        &["hello@shop.example", "me@shop.example"],
    );
    check("emails", "no@tld, @nobody, a@b..c, twitter@", &[]);
}

#[test]
fn urls_end_where_the_sentence_goes_on() {
    check(
        "urls",
        "See https://a.example/x?y=1#z. (http://b.example/p_(q)) \"https://c.example/\", ftp://d.example!",
        &["https://a.example/x?y=1#z", "http://b.example/p_(q)", "https://c.example/", "ftp://d.example"],
    );
    check("urls", "<a href='https://a.example/b'>https://a.example/b</a>", &["https://a.example/b"]);
    check("urls", "www.example, file:///etc/passwd, http:// nothing", &[]);
}

#[test]
fn dates_become_iso_and_impossible_ones_are_dropped() {
    check(
        "dates",
        "From 2026-11-22 to 4 July 2027, July 5th, 2027 and 22.11.2026; never 2026-02-30.",
        &["2026-11-22", "2027-07-04", "2027-07-05"],
    );
    check("dates", "1.2.3.4 or 12/13 or may 2026", &[]);
}

#[test]
fn numbers_stand_for_themselves() {
    check("numbers", "It rose by -3.5% from 1,234.50 to 1e6, see 2nd try", &["-3.5", "1,234.50", "1e6", "2"]);
    check("numbers", "v2 x86_64 COVID-19 pages 10-12", &["19", "10", "12"]);
    check("numbers", "2026-11-22 10.0.0.1 https://a.example/42 a7@b.example", &[]);
}

#[test]
fn ip_addresses_are_checked() {
    check(
        "ips",
        "from 203.0.113.45 port 22, to 10.0.0.1. Not 256.1.1.1 or 1.2.3.4.5",
        &["203.0.113.45", "10.0.0.1"],
    );
    check("ips", "2001:db8::1 and ::1 and fe80::1:2: at 02:14:07", &["2001:db8::1", "::1", "fe80::1:2"]);
    check("ips", "::ffff:192.0.2.1", &["::ffff:192.0.2.1"]);
}

#[test]
fn everything_is_extracted_when_no_kind_is_named() {
    let result = run(&json!({ "text": "a@b.example 7" })).expect("extracts");
    assert_eq!(result["counts"], json!({"emails": 1, "urls": 0, "numbers": 1, "dates": 0, "ips": 0}));
}

#[test]
fn long_lists_are_cut_and_counted() {
    let text: String = (0..700).map(|n| format!("{n} ")).collect();
    let result = run(&json!({ "text": text, "kinds": ["numbers"] })).expect("extracts");
    assert_eq!(result["counts"]["numbers"], 700);
    assert_eq!(result["numbers"].as_array().map(Vec::len), Some(500));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in r"[0-9a-fA-F:.@/ \-+,éhttps]{0,80}") {
        let _ = run(&json!({ "text": text }));
    }
}
